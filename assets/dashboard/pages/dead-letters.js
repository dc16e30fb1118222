// Dead letters, grouped by where they were to go and how they were refused; all of a group are retried or discarded together.

import { get } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { ago, count, counted, full } from "../lib/format.js";
import * as live from "../lib/live.js";
import { badge } from "../ui/badge.js";
import { empty, fault } from "../ui/empty.js";
import { heading, when } from "../ui/facts.js";
import { handle } from "./bulk.js";

/** How many are looked at to form groups; how many there are in all is counted apart. */
const LOOKED_AT = 1000;
const REASONS = 3;

export const page = {
  title: "Dead letters",

  async mount(root, { signal }) {
    const body = h("div", { class: "part", "aria-busy": "true" }, h("div", { class: "card bone-card" }));
    fill(
      root,
      heading("Dead letters", {
        note: "What a destination refused for good, or what was tried for too long. Nothing here is sent again by itself.",
      }),
      body,
    );

    async function refresh() {
      try {
        const [dead, known] = await Promise.all([
          get(`/api/deliveries?status=DEAD&limit=${LOOKED_AT}`, { signal }),
          get("/api/destinations", { signal }),
        ]);
        fill(body, dead.items.length ? shown(dead, known.items, refresh) : none());
      } catch (problem) {
        if (problem.name === "AbortError") return;
        fill(body, fault(problem, refresh));
      }
      body.removeAttribute("aria-busy");
    }

    await refresh();
    return live.on("changed", ["deliveries"], () => document.querySelector("dialog:modal") || refresh());
  },
};

const none = () =>
  empty(
    "No dead letters",
    "Everything that was to be delivered has been, or still will be.",
    h("a", { href: "/destinations" }, "See the destinations"),
    h("a", { href: "/events" }, "See the events"),
  );

function shown(dead, known, refresh) {
  const all = known.reduce((sum, to) => sum + to.dead, 0);
  const summary = dead.next
    ? `${counted(all, "dead letter")} in all. The groups are of the newest ${count(dead.items.length)}; retry and discard reach all that are like them.`
    : `${counted(dead.items.length, "dead letter")} in all.`;
  return [
    h("p", { class: "soft" }, summary),
    h(
      "ul",
      { class: "groups" },
      grouped(dead.items).map((group) => h("li", {}, card(group, refresh, Boolean(dead.next)))),
    ),
  ];
}

/** By destination and class of error, the largest first. */
function grouped(items) {
  const groups = new Map();
  for (const item of items) {
    const name = `${item.destination}\n${item.lastClass}`;
    const group = groups.get(name) ?? {
      destination: item.destination,
      kind: item.lastClass,
      items: [],
      reasons: new Map(),
    };
    group.items.push(item);
    const reason = item.lastError ?? "no reason is kept";
    group.reasons.set(reason, (group.reasons.get(reason) ?? 0) + 1);
    groups.set(name, group);
  }
  return [...groups.values()].sort((one, other) => other.items.length - one.items.length);
}

function card(group, refresh, partial) {
  const times = group.items.map(({ updatedAt }) => updatedAt).sort();
  const filter = { destination: group.destination, status: "DEAD", ...(group.kind ? { errorClass: group.kind } : {}) };
  const act = (deed) =>
    h(
      "button",
      {
        type: "button",
        class: deed === "discard" ? "danger" : "primary",
        onclick: () => handle(deed, filter, refresh),
      },
      deed === "retry" ? "Retry all…" : "Discard all…",
    );
  const reasons = [...group.reasons].sort(([, one], [, other]) => other - one);
  const name = h(
    "a",
    { href: `/destinations/${encodeURIComponent(group.destination)}` },
    group.destination || "a destination that is gone",
  );
  return h(
    "article",
    { class: "card group" },
    h(
      "header",
      {},
      h("h2", {}, name),
      group.kind && badge(group.kind),
      h("span", { class: "num big" }, `${count(group.items.length)}${partial ? "+" : ""}`),
    ),
    h(
      "p",
      { class: "soft" },
      "Last ",
      when(times.at(-1), ago(times.at(-1)), full(times.at(-1))),
      ", first ",
      when(times[0], ago(times[0]), full(times[0])),
    ),
    h(
      "ul",
      { class: "reasons" },
      reasons
        .slice(0, REASONS)
        .map(([reason, often]) =>
          h("li", {}, h("code", {}, reason), h("span", { class: "soft num" }, `× ${count(often)}`)),
        ),
    ),
    reasons.length > REASONS && h("p", { class: "soft" }, `and ${counted(reasons.length - REASONS, "other reason")}`),
    h(
      "footer",
      {},
      h("a", { href: `/events/${group.items[0].eventId}` }, "Newest event"),
      h("div", { class: "actions" }, group.destination && [act("discard"), act("retry")]),
    ),
  );
}
