// Who asked and was no visit: by what they say they are, with the reason.

import { h } from "../lib/dom.js";
import { brief, count, full } from "../lib/format.js";
import { badge } from "../ui/badge.js";
import { card, when } from "../ui/facts.js";
import { rows } from "../ui/table.js";

const SHOWN = 15;
const REASONS = {
  bot: "a bot",
  prefetch: "fetched ahead",
  health_check: "a health check",
  no_navigation: "no navigation",
};

export function dropped(list) {
  if (!list.length) return null;
  const note =
    list.length > SHOWN
      ? `The ${count(SHOWN)} that asked most, since this process began.`
      : "By what they call themselves, since this process began.";
  return card(
    "Dropped from the count",
    { wide: true, note },
    rows("Dropped from the count", COLUMNS, list.slice(0, SHOWN)),
  );
}

const COLUMNS = [
  {
    title: "Who",
    class: "main",
    cell: ({ agent, lastPath }) =>
      h(
        "span",
        {},
        h("span", { class: "clip", title: agent }, agent || "(says nothing)"),
        h("span", { class: "soft clip", title: lastPath }, lastPath),
      ),
  },
  { title: "Why", cell: ({ reason }) => badge(reason, { tone: "still", text: REASONS[reason] ?? reason }) },
  { title: "Requests", class: "end", cell: ({ requests }) => count(requests) },
  { title: "Last", class: "end soft bare", cell: ({ lastAt }) => when(lastAt, brief(lastAt), full(lastAt)) },
];
