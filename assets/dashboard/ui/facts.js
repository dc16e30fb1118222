// Pairs of a name and a value, and figures that are read from afar.

import { h } from "../lib/dom.js";

/** Pairs `[name, value]`; those without a value are left out. */
export function facts(pairs) {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== false);
  return h(
    "dl",
    { class: "facts" },
    given.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

/** Figures `[name, value, note?, tone?]` in a row. */
export function figures(list) {
  return h(
    "dl",
    { class: "figures" },
    list.map(([name, value, note, tone]) =>
      h("div", { class: tone ?? "" }, h("dt", {}, name), h("dd", {}, value, note && h("small", {}, note))),
    ),
  );
}

/** A share of a whole as a bar; both are said by `text`. */
export function meter(label, part, whole, text) {
  const bar = h("progress", {
    max: Math.max(whole, 1),
    value: Math.min(Math.max(part, 0), whole),
    "aria-label": label,
  });
  return h("div", { class: "meter" }, h("span", {}, label), h("span", { class: "num" }, text), bar);
}

/** A section with a heading, and what can be done beside it. */
export function card(title, { actions = [], note, wide } = {}, ...content) {
  const head = h("header", {}, h("h2", {}, title), h("div", { class: "actions" }, actions));
  return h("section", { class: wide ? "card wide" : "card" }, head, note && h("p", { class: "soft" }, note), content);
}

/** The first heading of a page, with what can be done. */
export function heading(title, { actions = [], note, back } = {}) {
  const line = h("div", { class: "title" }, h("h1", {}, title), h("div", { class: "actions" }, actions));
  return h(
    "header",
    { class: "head" },
    back && h("a", { class: "back", href: back[0] }, back[1]),
    line,
    note && h("p", { class: "soft" }, note),
  );
}

/** An instant: how long ago, with the whole of it for whoever rests on it. */
export function when(instant, words, whole) {
  return h("time", { datetime: instant, title: whole }, words);
}
