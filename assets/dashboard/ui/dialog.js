// Dialogs: what will happen is said before it does, and the focus goes back to where it was.

import { h, fill, namesake, unique } from "../lib/dom.js";

/**
 * Opens a dialog with a form. `act(fields, tools)` does it; the dialog closes unless it gives `false`.
 * A refusal is shown and the dialog stays. Gives a promise of whether it was done.
 */
export function dialog({ title, content = [], action, danger, wide, act }) {
  const before = document.activeElement;
  const name = unique("dialog");
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: danger ? "danger" : "primary" }, action);
  const cancel = h("button", { type: "button", onclick: () => box.close() }, "Cancel");
  const form = h(
    "form",
    { class: "dialog-form", onsubmit: run },
    h("h2", { id: name }, title),
    content,
    trouble,
    h("div", { class: "dialog-actions" }, cancel, submit),
  );
  const box = h("dialog", { "aria-labelledby": name, class: wide ? "wide" : "" }, form);
  let done = false;

  async function run(event) {
    event.preventDefault();
    trouble.hidden = true;
    submit.disabled = true;
    box.setAttribute("aria-busy", "true");
    try {
      const fields = Object.fromEntries(new FormData(form));
      const kept = await act(fields, { form, submit, cancel, close: () => box.close() });
      done = true;
      if (kept !== false) box.close();
    } catch (problem) {
      fill(trouble, problem.message);
      trouble.hidden = false;
    } finally {
      submit.disabled = false;
      box.removeAttribute("aria-busy");
    }
  }

  document.body.append(box);
  box.showModal();
  return new Promise((ended) => {
    box.addEventListener("close", () => {
      // What is said in the dialog outlives it.
      document.body.append(...box.querySelectorAll(".toasts"));
      box.remove();
      const back = before?.isConnected ? before : namesake(before, document);
      back?.focus();
      ended(done);
    });
  });
}

/** Asks before it acts: sentences about what will happen, and the button that does it. */
export function confirm({ title, sentences = [], action, danger, act }) {
  return dialog({
    title,
    action,
    danger,
    act,
    content: sentences.map((sentence) => (sentence instanceof Node ? sentence : h("p", {}, sentence))),
  });
}

/** A field with its label. */
export function field(label, attributes, { hint, options } = {}) {
  const id = unique("field");
  const noted = hint ? `${id}-hint` : null;
  const common = { id, "aria-describedby": noted, ...attributes };
  const control = options
    ? h(
        "select",
        { ...common, value: undefined },
        options.map(([value, text]) => h("option", { value, selected: value === attributes.value }, text)),
      )
    : h("input", { autocomplete: "off", ...common });
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    control,
    hint && h("small", { id: noted, class: "soft" }, hint),
  );
}
