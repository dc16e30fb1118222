// One event's whole story: how it came in, where it went, every attempt, and what can still be done about it.

import { text } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { parse } from "../lib/exact.js";
import { ago, counted, full, zone } from "../lib/format.js";
import * as live from "../lib/live.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { copyButton } from "../ui/copy.js";
import { empty, fault } from "../ui/empty.js";
import { card, facts, heading, when } from "../ui/facts.js";
import { callOff, discard, move, retry } from "./event-acts.js";
import { delivery } from "./event-deliveries.js";
import { askReplay } from "./replay.js";

const BACK = ["/events", "Events"];

export const page = {
  title: "Event",

  async mount(root, { params: [id], signal }) {
    const path = `/api/events/${encodeURIComponent(id)}`;
    fill(
      root,
      heading("Event", { back: BACK }),
      h(
        "div",
        { class: "cards", "aria-busy": "true" },
        h("div", { class: "card bone-card" }),
        h("div", { class: "card bone-card" }),
      ),
    );

    async function refresh() {
      try {
        draw(root, parse(await text(path, { signal })), refresh);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        const gone = problem.status === 404;
        const said = gone
          ? empty(
              "This event is not kept",
              "It never came in, or its time to be kept is over.",
              h("a", { href: "/events" }, "Show all events"),
            )
          : fault(problem, refresh);
        fill(root, heading("Event", { back: BACK }), said);
      }
    }

    await refresh();
    return live.on("changed", ["events", "deliveries"], () => document.querySelector("dialog:modal") || refresh());
  },
};

function draw(root, event, refresh) {
  const open = new Set([...root.querySelectorAll("details[open][data-key]")].map(({ dataset }) => dataset.key));
  const actions = [
    event.status === "PENDING" && actButton({ onclick: () => move(event, refresh) }, "Reschedule…"),
    actButton({ onclick: () => replayOf(event).then(refresh) }, "Replay…"),
    event.status === "PENDING" &&
      actButton({ class: "danger", onclick: () => callOff(event, refresh) }, "Cancel event…"),
  ];
  const tools = { retry: (one) => retry(one, refresh), discard: (one) => discard(one, refresh) };
  fill(
    root,
    heading(event.type, {
      back: BACK,
      actions,
      note: h(
        "span",
        { class: "line" },
        badge(event.status),
        h("span", {}, `from ${event.source}, `, when(event.createdAt, ago(event.createdAt), full(event.createdAt))),
      ),
    }),
    h(
      "div",
      { class: "cards story" },
      h("div", { class: "stack" }, deliveries(event, tools)),
      h("div", { class: "stack" }, intake(event), payload(event)),
    ),
  );
  for (const details of root.querySelectorAll("details[data-key]"))
    if (open.has(details.dataset.key)) details.open = true;
}

function deliveries(event, tools) {
  const title = event.deliveries.length
    ? `${counted(event.deliveries.length, "delivery", "deliveries")}`
    : "Deliveries";
  if (event.deliveries.length)
    return card(
      title,
      {},
      h(
        "ol",
        { class: "deliveries" },
        event.deliveries.map((one) => h("li", {}, delivery(one, tools))),
      ),
    );
  return card(
    title,
    {},
    empty(
      "It goes nowhere",
      "No route leads from this type and source to a destination. With one, a replay delivers it after all.",
      h("a", { href: "/destinations" }, "See the destinations"),
    ),
  );
}

function intake(event) {
  const id = h("span", { class: "line" }, h("code", {}, event.id), copyButton(event.id));
  return card(
    "Intake",
    {},
    facts([
      ["Id", id],
      ["Idempotency key", h("code", {}, event.idempotencyKey)],
      ["Fingerprint", h("code", {}, event.fingerprint)],
      ["Came in", full(event.createdAt)],
      ["Due", `${full(event.scheduledAt)}, ${ago(event.scheduledAt)}`],
      ["Expires", event.expiresAt && full(event.expiresAt)],
      ["Priority", `${event.priority} of 9`],
      ["Trace", event.traceparent && h("code", {}, event.traceparent)],
      ["Zone", zone()],
    ]),
  );
}

function payload(event) {
  const written = JSON.stringify(event.payload, null, 2);
  return card(
    "Payload",
    { actions: [copyButton(written)] },
    h("pre", { class: "code", tabindex: "0", "aria-label": "Payload" }, written),
  );
}

/** The filter that means this event: its type, its source and the millisecond it came in. */
function replayOf({ type, source, createdAt }) {
  return askReplay({ type, source, from: createdAt, to: new Date(Date.parse(createdAt) + 1).toISOString() });
}
