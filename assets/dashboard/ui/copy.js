// A button that copies a text, and says that it did.

import { h, fill } from "../lib/dom.js";

const SAID_FOR_MS = 1600;

export function copyButton(text, name = "Copy") {
  const button = h("button", { type: "button", class: "quiet copy", onclick: copy }, name);
  async function copy() {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    fill(button, done ? "Copied" : "Select and copy it by hand");
    setTimeout(() => fill(button, name), SAID_FOR_MS);
  }
  return button;
}
