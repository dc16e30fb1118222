// A test of a destination: one call of a sample, shown whole with its answer. Nothing is recorded.

import { post } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { took } from "../lib/format.js";
import { badge } from "../ui/badge.js";
import { dialog, field } from "../ui/dialog.js";
import { facts } from "../ui/facts.js";

export function sendTest({ name }) {
  const said = h("div", { class: "look", role: "status" });
  return dialog({
    title: `Send a test to ${name}`,
    content: [
      h(
        "p",
        {},
        "One call is really made, with the sample below; its windows and quota count it. Nothing is recorded, and nobody is told but the destination.",
      ),
      h("div", { class: "fields" }, field("Type", { name: "type", value: "TEST", maxlength: 32, required: true })),
      payload(),
      said,
    ],
    action: "Send test",
    wide: true,
    async act({ type, payload: text }, { submit, cancel }) {
      const shown = await post(`/api/destinations/${encodeURIComponent(name)}/test`, {
        type,
        ...(text.trim() ? { payload: parsed(text) } : {}),
      });
      fill(said, result(shown));
      submit.textContent = "Send again";
      cancel.textContent = "Close";
      return false;
    },
  });
}

function payload() {
  const area = h("textarea", { id: "test-payload", name: "payload", rows: 6, spellcheck: "false" });
  area.value = JSON.stringify({ test: true, email: "ann@example.com", name: "Ann Example" }, null, 2);
  return h("div", { class: "field" }, h("label", { for: "test-payload" }, "Payload"), area);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("The payload is not JSON.");
  }
}

function result({ request, answer, error, verdict }) {
  const headers = Object.entries(request?.headers ?? {}).map(([header, value]) => `${header}: ${value}`);
  const sent = request && `${request.method} ${request.url}\n${headers.join("\n")}\n\n${request.body}`;
  return [
    facts([
      [
        "Answer",
        answer
          ? h(
              "span",
              { class: "line" },
              badge(`${String(answer.status)[0]}xx`, { text: String(answer.status) }),
              took(answer.tookMs),
            )
          : null,
      ],
      ["Error", error],
      ["A delivery would be", verdict],
    ]),
    answer?.excerpt && h("pre", { class: "code", tabindex: "0", "aria-label": "The answer" }, answer.excerpt),
    sent &&
      h(
        "details",
        {},
        h("summary", {}, "What was sent"),
        h("pre", { class: "code", tabindex: "0", "aria-label": "What was sent" }, sent),
      ),
  ];
}
