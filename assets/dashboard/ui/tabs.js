// Tabs: one of a few parts is shown; arrow keys go from one to the next, as the pattern of ARIA has it.

import { h, unique } from "../lib/dom.js";

const KEYS = { ArrowLeft: -1, ArrowRight: 1 };

/** `choices`: `[value, text]`; `draw(value, panel)` fills the panel, `chosen(value)` is told of each change. Gives `{element, draw}`. */
export function tabs({ label, choices, value, draw, chosen }) {
  const panel = h("div", { class: "panel", role: "tabpanel", id: unique("panel") });
  let current = value;
  const buttons = choices.map(([one, text]) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: unique("tab"),
        "aria-controls": panel.id,
        onclick: () => choose(one),
        onkeydown: step,
      },
      text,
    ),
  );

  function mark() {
    const index = choices.findIndex(([one]) => one === current);
    buttons.forEach((button, number) => {
      button.setAttribute("aria-selected", String(number === index));
      button.setAttribute("tabindex", number === index ? "0" : "-1");
    });
    panel.setAttribute("aria-labelledby", buttons[index].id);
  }

  function choose(one) {
    if (one === current) return;
    current = one;
    mark();
    chosen?.(one);
    draw(one, panel);
  }

  function step(event) {
    const index = choices.findIndex(([one]) => one === current);
    const to = { Home: 0, End: choices.length - 1 }[event.key] ?? index + (KEYS[event.key] ?? 0);
    if (to === index) return;
    event.preventDefault();
    const next = (to + choices.length) % choices.length;
    choose(choices[next][0]);
    buttons[next].focus();
  }

  mark();
  const row = h("div", { class: "tabs", role: "tablist", "aria-label": label }, buttons);
  const redraw = () => draw(current, panel);
  redraw();
  return { element: h("div", { class: "tabbed" }, row, panel), draw: redraw };
}
