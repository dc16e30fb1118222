// A bar of filters that is kept in the address, so that a list can be sent to somebody.

import { h, fill } from "../lib/dom.js";
import { field } from "./dialog.js";

const TYPED_MS = 350;

/** `controls`: fields `{name, label, value, placeholder?, options?}`. `changed(values)` is told after each change. */
export function filterBar({ label, controls, changed }) {
  let typed = null;
  const tell = () => changed(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()])));
  const soon = () => {
    clearTimeout(typed);
    typed = setTimeout(tell, TYPED_MS);
  };
  const form = h(
    "form",
    { class: "filters", role: "search", "aria-label": label, onsubmit: now, oninput: soon },
    controls.map(({ label: name, options, ...attributes }) =>
      field(name, { type: options ? null : "search", ...attributes }, { options }),
    ),
  );
  function now(event) {
    event.preventDefault();
    clearTimeout(typed);
    tell();
  }
  return form;
}

/** One of a few, as a row of buttons; `choices`: `[value, text]`. */
export function chips({ label, choices, value, changed }) {
  const row = h("div", { class: "chips", role: "group", "aria-label": label });
  const draw = (chosen) =>
    fill(
      row,
      choices.map(([one, text]) =>
        h("button", { type: "button", "aria-pressed": String(one === chosen), onclick: () => pick(one) }, text),
      ),
    );
  function pick(one) {
    draw(one);
    row.querySelector("[aria-pressed=true]")?.focus();
    changed(one);
  }
  draw(value);
  return row;
}
