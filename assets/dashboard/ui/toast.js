// A sentence about what was done, for a moment; said aloud to those who do not see it.

import { h } from "../lib/dom.js";

const SHOWN_MS = 6000;
let shelf = null;

export function toast(sentence, { tone = "good" } = {}) {
  if (!shelf) {
    shelf = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(shelf);
  }
  const one = h("p", { class: `toast ${tone}` }, sentence);
  // A dialog lies over everything but what it holds.
  (document.querySelector("dialog:modal") ?? document.body).append(shelf);
  shelf.append(one);
  setTimeout(() => one.remove(), SHOWN_MS);
}
