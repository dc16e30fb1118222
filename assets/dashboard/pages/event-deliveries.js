// One delivery of an event: where it goes, what it waits for, and each attempt with its answer.

import { get } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { ago, count, counted, full, took } from "../lib/format.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { fault } from "../ui/empty.js";
import { when } from "../ui/facts.js";

const OPEN = ["RETRYING", "DEAD"];

/** `tools`: `{retry, discard}`. */
export function delivery(one, { retry, discard }) {
  const actions = [
    OPEN.includes(one.status) && actButton({ onclick: () => retry(one) }, "Retry now…"),
    ["PENDING", ...OPEN].includes(one.status) && actButton({ onclick: () => discard(one) }, "Discard…"),
  ];
  const name = one.destination
    ? h("a", { href: `/destinations/${encodeURIComponent(one.destination)}` }, one.destination)
    : "a destination that is gone";
  return h(
    "article",
    { class: "delivery" },
    h("header", {}, h("h3", {}, name), badge(one.status), h("div", { class: "actions" }, actions)),
    h("p", { class: "soft" }, outlook(one)),
    h(
      "p",
      { class: "soft" },
      h("small", {}, "Sent as ", h("code", {}, one.id), ", its Idempotency-Key and X-Request-Id at every attempt."),
    ),
    one.history.length > 0 &&
      h(
        "ol",
        { class: "attempts" },
        one.history.map((tried) => h("li", { class: tone(tried) }, attempt(tried, one))),
      ),
    request(one),
  );
}

/** What is sent, asked for when somebody wants to see it. */
function request({ id }) {
  const place = h("div", { class: "stack" });
  async function ask({ target }) {
    if (!target.open || place.firstChild) return;
    fill(place, h("p", { class: "soft" }, "Asking…"));
    try {
      fill(place, sent(await get(`/api/deliveries/${encodeURIComponent(id)}`)));
    } catch (problem) {
      fill(place, fault(problem));
    }
  }
  return h("details", { "data-key": `${id}/request`, ontoggle: ask }, h("summary", {}, "What is sent"), place);
}

function sent({ request: made, requestError }) {
  if (!made)
    return h(
      "p",
      { class: "soft" },
      `Nothing can be sent: ${requestError ?? "the destination is configured no more"}.`,
    );
  const headers = Object.entries(made.headers).map(([name, value]) => `${name}: ${value}`);
  const whole = `${made.method} ${made.url}\n${headers.join("\n")}\n\n${made.body}`;
  return [
    h("pre", { class: "code", tabindex: "0", "aria-label": "What is sent" }, whole),
    h("p", { class: "soft" }, "As the destination is configured now; the same at every attempt. Secrets are left out."),
  ];
}

/** What happens next, or did last, in a sentence. */
function outlook({ status, due, attempts, updatedAt, lastError }) {
  const tries = counted(attempts, "attempt");
  if (status === "PENDING") return `Due ${ago(due)}; not yet tried.`;
  if (status === "LEASED") return `On its way now, after ${tries}.`;
  if (status === "RETRYING") return `Next attempt ${ago(due)}, after ${tries}.`;
  if (status === "DELIVERED") return `Arrived ${ago(updatedAt)}, after ${tries}.`;
  if (status === "DEAD") return `A dead letter since ${full(updatedAt)}, after ${tries}.`;
  return `Ended ${ago(updatedAt)}, after ${tries}. ${lastError ?? ""}`;
}

const tone = ({ class: kind }) => (kind === "2xx" ? "good" : ["429", "5xx", "network"].includes(kind) ? "wait" : "bad");

function attempt(tried, { id }) {
  const answer = tried.status ? `${tried.status}` : tried.class;
  return h(
    "details",
    { "data-key": `${id}/${tried.number}`, open: tried.class !== "2xx" },
    h(
      "summary",
      {},
      h("span", { class: "num" }, `Attempt ${count(tried.number)}`),
      badge(tried.class, { text: answer }),
      h("span", { class: "soft num" }, took(tried.tookMs)),
      h("span", { class: "soft" }, when(tried.at, ago(tried.at), full(tried.at))),
    ),
    tried.excerpt
      ? h("pre", { class: "code", tabindex: "0", "aria-label": `Answer to attempt ${tried.number}` }, tried.excerpt)
      : h("p", { class: "soft" }, "The answer had no body."),
  );
}
