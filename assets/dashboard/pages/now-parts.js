// Parts of the page of the moment: how things stand, how far the launch is, destinations and open polls.

import { h } from "../lib/dom.js";
import { ago, count, counted } from "../lib/format.js";
import { standing } from "../lib/lane.js";
import { until, zoned } from "../lib/launch.js";
import { standing as pollStanding } from "../lib/poll.js";
import { sentence } from "../lib/standing.js";
import { badge } from "../ui/badge.js";
import { empty } from "../ui/empty.js";
import { card } from "../ui/facts.js";

const SHOWN = 5;

/** The line of how things stand, and the page where something can be done about it. */
export function standingBand({ state, live, at }) {
  const next = state.destination
    ? [`/destinations/${encodeURIComponent(state.destination)}`, `See ${state.destination}`]
    : live.alertsFiring
      ? ["/system", "See the alerts"]
      : live.deadLetters
        ? ["/dead-letters", "Look at the dead letters"]
        : state.level === "ok"
          ? ["/launch", "See what is to do next"]
          : ["/destinations", "See the destinations"];
  const band = h(
    "div",
    {},
    h("p", { class: "band-title" }, h("span", { class: `dot ${state.level}` }), h("span", {}, sentence(state, at))),
    h("a", { href: next[0] }, next[1]),
  );
  return { band, level: state.level };
}

/** How far it is to the launch, and what is to do for it. */
export function launchBand({ at, timezone, items }) {
  const open = items.filter(({ state }) => state === "due" || state === "failed");
  const words = open.length ? `${counted(open.length, "thing")} to do` : "Nothing to do now";
  const next = h("a", { href: "/launch" }, words);
  if (!at)
    return [h("p", { class: "band-title" }, "No launch is planned"), h("a", { href: "/launch" }, "How to plan one")];
  return [h("p", { class: "band-title" }, until(at)), h("p", { class: "soft" }, zoned(at, timezone)), next];
}

export function lanes({ items, pausedSince }) {
  if (!items.length)
    return card(
      "Destinations",
      {},
      empty(
        "No destination is configured",
        "Events are kept; to deliver them, name a destination and a route in gantry.toml.",
        h("a", { href: "/destinations" }, "How to"),
      ),
    );
  const troubled = items
    .map((to) => [to, standing(to, pausedSince)])
    .sort(([, one], [, other]) => rank(one) - rank(other));
  return card(
    "Destinations",
    { actions: [h("a", { href: "/destinations" }, "See all")] },
    h(
      "ul",
      { class: "plain" },
      troubled
        .slice(0, SHOWN)
        .map(([to, { word, tone, sentence: words }]) =>
          h(
            "li",
            { class: "pair" },
            h(
              "span",
              {},
              h("a", { href: `/destinations/${encodeURIComponent(to.name)}` }, to.name),
              h("span", { class: "soft" }, words),
            ),
            badge(word, { tone }),
          ),
        ),
    ),
  );
}

const rank = ({ tone }) => ["bad", "wait", "busy", "good", "still"].indexOf(tone);

export function polls({ items }) {
  if (!items.length)
    return card(
      "Polls",
      {},
      empty(
        "No poll yet",
        "Ask visitors something on your page; the results move as they vote.",
        h("a", { href: "/polls?new=1", class: "button primary" }, "Create a poll"),
      ),
    );
  const first = [...items.filter(({ open }) => open), ...items.filter(({ open }) => !open)];
  return card(
    "Polls",
    { actions: [h("a", { href: "/polls" }, "See all")] },
    h(
      "ul",
      { class: "plain" },
      first
        .slice(0, SHOWN)
        .map((poll) =>
          h(
            "li",
            { class: "pair" },
            h(
              "span",
              {},
              h(
                "a",
                { class: "clip", href: `/polls/${encodeURIComponent(poll.pollId)}`, title: poll.question },
                poll.question,
              ),
              h("span", { class: "soft" }, poll.open ? leader(poll) : `${pollStanding(poll).word}, ${leader(poll)}`),
            ),
            h(
              "span",
              { class: "num" },
              h("b", {}, count(poll.totalVotes)),
              h("small", { class: "soft" }, Number(poll.totalVotes) === 1 ? " vote" : " votes"),
            ),
          ),
        ),
    ),
  );
}

/** Which option is ahead. */
function leader({ options, labels, totalVotes, lastUpdated }) {
  if (!totalVotes) return "no vote yet";
  const [first] = Object.entries(options).sort(([, one], [, other]) => other - one);
  return `${labels[first[0]]} leads, last vote ${ago(lastUpdated)}`;
}
