// The stored pages that are asked for most.

import { h } from "../lib/dom.js";
import { bytes, count, duration } from "../lib/format.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { empty } from "../ui/empty.js";
import { card } from "../ui/facts.js";
import { rows } from "../ui/table.js";

/** How many of the most asked for are listed. */
export const SHOWN = 25;

export function stored(site, { purge: go, warm }) {
  const top = site.items;
  if (!top.length)
    return card(
      "Stored pages",
      { wide: true },
      empty(
        "Nothing is stored",
        "A page is kept once somebody has asked for it, where a rule or the origin allows it.",
        actButton({ onclick: warm }, "Warm some…"),
      ),
    );
  const several = new Set(site.items.map(({ host }) => host)).size > 1;
  const note = site.entries > top.length ? `The ${count(top.length)} most asked for.` : null;
  return card(
    "Stored pages",
    { wide: true, note },
    rows(
      "Stored pages",
      [
        {
          title: "Page",
          class: "main",
          cell: (one) =>
            h(
              "span",
              { class: "clip", title: one.host + one.path },
              several && h("span", { class: "soft" }, one.host),
              h("b", {}, one.path),
              one.variant && h("span", { class: "soft" }, one.variant),
            ),
        },
        { title: "Hits", class: "end", cell: ({ hits }) => count(hits) },
        { title: "Size", class: "end soft", cell: (one) => bytes(one.bytes) },
        {
          title: "Freshness",
          class: "end",
          cell: ({ freshForSeconds: left }) =>
            badge(left > 0 ? "ok" : "waiting", {
              text: left > 0 ? `fresh for ${duration(left * 1000)}` : `stale for ${duration(-left * 1000)}`,
            }),
        },
        {
          title: "Action",
          class: "end act",
          cell: ({ path }) =>
            actButton({ "aria-label": `Purge ${path}`, onclick: () => go({ path: path.split("?")[0] }) }, "Purge…"),
        },
      ],
      top,
    ),
  );
}
