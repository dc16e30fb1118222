// Dead letters, grouped by where they were to go and how they were refused; all of a group are retried or discarded together.

import { get, withQuery } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { ago, brief, count, counted, full } from "../lib/format.js";
import * as live from "../lib/live.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { empty, fault } from "../ui/empty.js";
import { heading, when } from "../ui/facts.js";
import { table } from "../ui/table.js";
import { handle } from "./bulk.js";

/** How many groups are shown at first, and at a time. */
const GROUPS = 20;
const EACH = 10;

export const page = {
  title: "Dead letters",

  async mount(root, { query, signal, go }) {
    const of = query.get("destination");
    const body = h("div", { class: "part", "aria-busy": "true" }, h("div", { class: "card bone-card" }));
    let limit = GROUPS;
    fill(
      root,
      heading(of ? `Dead letters of ${of}` : "Dead letters", {
        back: of && ["/dead-letters", "All dead letters"],
        note: "What a destination refused for good, or what was tried for too long. Nothing here is sent again by itself.",
      }),
      body,
    );

    async function refresh() {
      try {
        const found = await get(withQuery("/api/deliveries/groups", { destination: of, limit }), { signal });
        fill(body, found.items.length ? shown(found) : none());
      } catch (problem) {
        if (problem.name === "AbortError") return;
        fill(body, fault(problem, refresh));
      }
      body.removeAttribute("aria-busy");
    }

    function shown({ items, next, total }) {
      const more = () => {
        limit += GROUPS;
        return refresh();
      };
      return [
        h(
          "p",
          { class: "soft" },
          `${counted(total, "dead letter")} in all, in ${next ? "more than " : ""}${counted(items.length, "group")}.`,
        ),
        h(
          "ul",
          { class: "groups" },
          items.map((group) => h("li", {}, card(group, { refresh, signal, go }))),
        ),
        next && h("div", { class: "below" }, h("button", { type: "button", onclick: more }, "Show more groups")),
      ];
    }

    await refresh();
    return live.on(
      "changed",
      ["deliveries"],
      () => document.querySelector("dialog:modal") || body.querySelector("details[open]") || refresh(),
    );
  },
};

const none = () =>
  empty(
    "No dead letters",
    "Everything that was to be delivered has been, or still will be.",
    h("a", { href: "/destinations" }, "See the destinations"),
    h("a", { href: "/events" }, "See the events"),
  );

function card(group, { refresh, signal }) {
  const { id, destination, errorClass, error, count: number, oldest, newest, example } = group;
  const act = (deed) =>
    actButton(
      {
        class: deed === "discard" ? "danger" : "primary",
        onclick: () => handle(deed, { group: id, status: "DEAD" }, { of: destination, number, then: refresh }),
      },
      deed === "retry" ? "Retry all…" : "Discard all…",
    );
  const name = destination
    ? h("a", { href: `/destinations/${encodeURIComponent(destination)}` }, destination)
    : "A destination that is gone";
  return h(
    "article",
    { class: "card group" },
    h(
      "header",
      {},
      h("h2", {}, name),
      errorClass && badge(errorClass),
      h("span", { class: "num big", "aria-label": counted(number, "dead letter") }, count(number)),
    ),
    h("pre", { class: "code said", tabindex: "0", "aria-label": "What was said" }, error || said(example)),
    h(
      "p",
      { class: "soft" },
      "Last ",
      when(newest, ago(newest), full(newest)),
      ", first ",
      when(oldest, ago(oldest), full(oldest)),
    ),
    each(group, signal),
    h(
      "footer",
      {},
      h("a", { href: `/events/${example.eventId}` }, "Newest event"),
      h("div", { class: "actions" }, destination && [act("discard"), act("retry")]),
    ),
  );
}

const said = ({ lastError }) => lastError ?? "No reason is kept.";

/** The letters one by one, asked for when somebody wants to see them. */
function each({ id, count: number, destination }, signal) {
  const place = h("div", {});
  const list = () =>
    place.firstChild ??
    fill(
      place,
      table({
        label: `Dead letters of ${destination}`,
        signal,
        load: (cursor) =>
          get(withQuery("/api/deliveries", { status: "DEAD", group: id, cursor, limit: EACH }), { signal }),
        columns: COLUMNS,
      }).element,
    );
  return h(
    "details",
    { class: "each", ontoggle: ({ target }) => target.open && list() },
    h("summary", {}, `Show ${number === 1 ? "it" : "them"} one by one`),
    place,
  );
}

const COLUMNS = [
  {
    title: "Event",
    class: "main",
    cell: ({ eventId, lastError }) =>
      h(
        "a",
        { href: `/events/${eventId}` },
        h("code", { class: "clip", title: eventId }, eventId),
        h("span", { class: "soft clip", title: lastError ?? "" }, lastError),
      ),
  },
  { title: "Attempts", class: "end", cell: ({ attempts }) => count(attempts) },
  {
    title: "Died",
    class: "end soft bare",
    cell: ({ updatedAt }) => when(updatedAt, brief(updatedAt), full(updatedAt)),
  },
];
