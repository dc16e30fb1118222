// What a page says where there is nothing to show, or nothing could be asked: what it means, and the next step.

import { h } from "../lib/dom.js";

/** `next`: links or buttons. */
export function empty(title, sentence, ...next) {
  return h(
    "div",
    { class: "empty" },
    h("p", { class: "empty-title" }, title),
    h("p", { class: "soft" }, sentence),
    h("div", { class: "actions" }, next),
  );
}

/** What a refusal means, where the name of its status does not say it. */
const TITLES = { 422: "That cannot be asked like this", 503: "Gantry is busy for a moment" };

/** A refusal, in the words of the API. */
export function fault(problem, again) {
  const button = again && h("button", { type: "button", onclick: again }, "Try again");
  return h(
    "div",
    { class: "fault", role: "alert" },
    h("p", { class: "empty-title" }, TITLES[problem.status] ?? problem.title ?? "That did not work"),
    h("p", {}, problem.message),
    button,
  );
}
