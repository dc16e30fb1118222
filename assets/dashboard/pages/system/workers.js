// Workers and tables: who does what in the background, and what takes up the file.

import { h } from "../../lib/dom.js";
import { bytes, count, counted } from "../../lib/format.js";
import { badge } from "../../ui/badge.js";
import { card } from "../../ui/facts.js";
import { rows } from "../../ui/table.js";

/** The largest are shown; the rest are small. */
const SHOWN = 8;

export function workers({ workers: list }) {
  return card(
    "Workers",
    {},
    h(
      "ul",
      { class: "plain" },
      list.map(({ name, state, errors, lastError }) =>
        h(
          "li",
          { class: "pair low" },
          h(
            "span",
            {},
            h("code", {}, name),
            errors > 0 && h("span", { class: "soft" }, `${counted(errors, "error")}, the last: ${lastError}`),
          ),
          badge(state),
        ),
      ),
    ),
  );
}

export function tables({ tables: list }) {
  if (!list.length) return null;
  return card(
    "What takes up the file",
    {
      wide: true,
      note:
        list.length > SHOWN
          ? `The ${count(SHOWN)} largest of ${counted(list.length, "table")}, as of the last hour.`
          : "As of the last hour.",
    },
    rows(
      "Tables",
      [
        { title: "Table", class: "main", cell: ({ name }) => h("code", {}, name) },
        { title: "Rows", class: "end", cell: ({ rows: number }) => count(number) },
        { title: "Size", class: "end", cell: ({ usedBytes }) => bytes(usedBytes) },
      ],
      list.slice(0, SHOWN),
    ),
  );
}
