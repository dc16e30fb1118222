// A list that comes in pages: rows as they are asked for, the next at the press of a button.

import { h, fill } from "../lib/dom.js";
import { brief } from "../lib/format.js";
import { fault } from "./empty.js";

const BONES = 8;
/** A filtered page may be empty and not the last: so many are looked through before somebody is asked to go on. */
const LOOKS = 5;

/**
 * `columns`: `{title, cell(item), class?}`, the first of which names the row. `load(cursor, signal)` gives `{items, next, reached?}`.
 * `empty()` gives what stands where there is nothing. Gives `{element, refresh}`.
 */
export function table({ label, columns, load, empty, signal }) {
  const rows = h("tbody", { role: "rowgroup" });
  const head = h(
    "thead",
    { role: "rowgroup" },
    h(
      "tr",
      { role: "row" },
      columns.map(({ title, class: kind }) => h("th", { scope: "col", role: "columnheader", class: kind }, title)),
    ),
  );
  const grid = h("table", { class: "list", role: "table", "aria-label": label }, head, rows);
  const below = h("div", { class: "below" });
  const element = h("div", { class: "table", "aria-busy": "true" }, grid, below);
  let [next, reached, shown, turn] = [null, null, 0, 0];
  fill(
    rows,
    Array.from({ length: BONES }, () => bones(columns)),
  );

  const row = (item) =>
    h(
      "tr",
      { role: "row" },
      columns.map(({ title, cell, class: kind }, place) =>
        h(
          place ? "td" : "th",
          { scope: place ? null : "row", role: place ? "cell" : "rowheader", class: kind, "data-title": title },
          cell(item),
        ),
      ),
    );

  async function page(cursor) {
    let found = { items: [], next: cursor };
    for (let look = 0; look < LOOKS && !found.items.length && (look === 0 || found.next); look += 1)
      found = await load(found.next, signal);
    return found;
  }

  async function take(cursor) {
    turn += 1;
    const mine = turn;
    try {
      const found = await page(cursor);
      if (mine !== turn || signal?.aborted) return;
      if (cursor === null) [shown, rows.textContent] = [0, ""];
      rows.append(...found.items.map(row));
      shown += found.items.length;
      next = found.next;
      reached = found.reached ?? null;
      grid.hidden = shown === 0;
      fill(below, foot());
    } catch (problem) {
      if (problem.name === "AbortError" || mine !== turn) return;
      if (cursor === null) grid.hidden = true;
      fill(
        below,
        fault(problem, () => take(cursor)),
      );
    }
    element.removeAttribute("aria-busy");
  }

  function foot() {
    if (next)
      return [
        reached && h("p", { class: "soft reached" }, `Looked back to ${brief(reached)}.`),
        h(
          "button",
          { type: "button", onclick: () => take(next) },
          reached || !shown ? "Look further back" : "Show more",
        ),
      ];
    return shown === 0 ? empty?.() : null;
  }

  take(null);
  // Whoever has gone on to further pages reads them: they are not taken away.
  const refresh = ({ hard } = {}) => (hard || shown <= 50 ? take(null) : undefined);
  return { element, refresh };
}

function bones(columns) {
  return h(
    "tr",
    { class: "bones", "aria-hidden": "true" },
    columns.map(({ class: kind }) => h("td", { class: kind }, h("span", { class: "bone" }))),
  );
}

/** Rows that are all there: a small table without pages. */
export function rows(label, columns, items) {
  const head = h(
    "thead",
    { role: "rowgroup" },
    h(
      "tr",
      { role: "row" },
      columns.map(({ title, class: kind }) => h("th", { scope: "col", role: "columnheader", class: kind }, title)),
    ),
  );
  const body = items.map((item) =>
    h(
      "tr",
      { role: "row" },
      columns.map(({ title, cell, class: kind }, place) =>
        h(
          place ? "td" : "th",
          { scope: place ? null : "row", role: place ? "cell" : "rowheader", class: kind, "data-title": title },
          cell(item),
        ),
      ),
    ),
  );
  return h(
    "div",
    { class: "table" },
    h("table", { class: "list", role: "table", "aria-label": label }, head, h("tbody", { role: "rowgroup" }, body)),
  );
}
