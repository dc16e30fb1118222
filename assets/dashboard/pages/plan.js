// The plan of the launch: what is done by itself, and what its owner ticks of it.

import { h } from "../lib/dom.js";
import { ago, brief, full } from "../lib/format.js";
import { badge } from "../ui/badge.js";
import { card, when } from "../ui/facts.js";
import { tickButton } from "./launch-tick.js";

const WORDS = {
  waiting: ["later", "still"],
  due: ["now", "busy"],
  done: ["done", "good"],
  failed: ["failed", "bad"],
  missed: ["missed", "bad"],
  "by-hand": ["to do", "wait"],
};
const NOTE = "Done by itself, each step once, and told to those who are told of alerts.";
const SOON_MS = 3000;
const HOUR_MS = 3_600_000;

export function plan({ steps }, refresh) {
  if (!steps.length) return null;
  return card(
    "Plan",
    { note: NOTE },
    h(
      "ol",
      { class: "plain" },
      steps.map((step) => line(step, refresh)),
    ),
  );
}

function line(step, refresh) {
  const { title, state, startsAt } = step;
  const [text, tone] = WORDS[state];
  return h(
    "li",
    { class: "pair item" },
    badge(state, { text, tone }),
    h(
      "span",
      { class: "stack none" },
      h("span", { class: "item-title" }, title),
      h("span", { class: "soft" }, came(step)),
    ),
    h("span", { class: "actions" }, when(startsAt, brief(startsAt), full(startsAt)), tick(step, refresh)),
  );
}

/** What came of it, or how long it is until then. */
function came({ state, startsAt, tries, detail, doneAt, by, byHand }) {
  if (doneAt) return ["said ", by, " ", when(doneAt, ago(doneAt), full(doneAt))];
  if (state === "waiting") return `${ago(startsAt)}${byHand ? ", by hand" : ""}`;
  const often = tries > 1 && `tried ${tries} times`;
  return [detail, often].filter(Boolean).join("; ") || (state === "by-hand" && "yours to do");
}

function tick({ id, state, title, doneAt, endedAt, byHand }, refresh) {
  const is = doneAt || (state !== "done" && (byHand || endedAt));
  if (!is) return null;
  const path = `/api/launch/steps/${encodeURIComponent(id)}`;
  return tickButton({ path, title, isDone: Boolean(doneAt) }, refresh);
}

/** How long until a step begins or ends, in milliseconds; soon while one is under way; at most an hour, for the words that say how long it is. */
export function rest({ steps }, now) {
  if (steps.some(({ state }) => state === "due")) return SOON_MS;
  const times = steps.flatMap(({ startsAt, endsAt }) => [startsAt, endsAt].map((at) => Date.parse(at) - now));
  // It begins when its worker next looks.
  return Math.min(HOUR_MS, ...times.filter((ms) => ms > -SOON_MS).map((ms) => Math.max(ms, 0) + SOON_MS));
}
