// One destination: how it stands, what it is held to, what went to it; pause it, try it. What the file says stays the file's.

import { get, withQuery } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { ago, brief, count, duration, full } from "../lib/format.js";
import { standing } from "../lib/lane.js";
import * as live from "../lib/live.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { empty, fault } from "../ui/empty.js";
import { card, facts, figures, heading, when } from "../ui/facts.js";
import { chips } from "../ui/filters.js";
import { table } from "../ui/table.js";
import { limits, pauseButton } from "./lane-parts.js";
import { sendTest } from "./send-test.js";

const BACK = ["/destinations", "Destinations"];
const STATUSES = [
  ["", "All"],
  ["PENDING", "Pending"],
  ["RETRYING", "Retrying"],
  ["DEAD", "Dead"],
  ["DELIVERED", "Delivered"],
];

export const page = {
  title: "Destination",

  async mount(root, { params: [name], signal }) {
    const top = h(
      "div",
      { class: "part", "aria-busy": "true" },
      heading(name, { back: BACK }),
      h("div", { class: "card bone-card" }),
    );
    let status = "";
    const load = (cursor) => get(withQuery("/api/deliveries", { destination: name, status, cursor }), { signal });
    const nothing = () =>
      empty(
        "No delivery is like that",
        status
          ? "None that is kept has this status."
          : "A route has to name this destination before an event goes to it.",
        h("a", { href: "/events" }, "See the events"),
      );
    let list = null;
    fill(root, top);

    async function refresh() {
      try {
        const [to, all] = await Promise.all([
          get(`/api/destinations/${encodeURIComponent(name)}`, { signal }),
          get("/api/destinations", { signal }),
        ]);
        fill(top, head(to, all.pausedSince, refresh));
        list ?? begin();
      } catch (problem) {
        if (problem.name === "AbortError") return;
        const gone = problem.status === 404;
        fill(
          top,
          heading(name, { back: BACK }),
          gone
            ? empty(
                "There is no such destination",
                "Neither the configuration nor the data file knows it.",
                h("a", { href: "/destinations" }, "Show all destinations"),
              )
            : fault(problem, refresh),
        );
      }
      top.removeAttribute("aria-busy");
    }

    function begin() {
      list = table({ label: "Deliveries", columns: COLUMNS, load, empty: nothing, signal });
      const choose = (chosen) => {
        status = chosen;
        list.refresh({ hard: true });
      };
      root.append(
        card(
          "Deliveries",
          { wide: true },
          chips({ label: "Status", choices: STATUSES, value: "", changed: choose }),
          list.element,
        ),
      );
    }

    await refresh();
    return live.on(
      "changed",
      ["destinations", "deliveries"],
      () => document.querySelector("dialog:modal") || (refresh(), list?.refresh()),
    );
  },
};

function head(to, pausedSince, refresh) {
  const { word, tone, sentence } = standing(to, pausedSince);
  const test = to.configured && actButton({ onclick: () => sendTest(to) }, "Send test…");
  return [
    heading(to.name, {
      back: BACK,
      actions: [test, pauseButton(to, refresh)],
      note: h("span", { class: "line" }, badge(word, { tone }), sentence),
    }),
    figures([
      ["Pending", count(to.pending)],
      ["Retrying", count(to.retrying)],
      ["Under way", count(to.leased)],
      [
        "Dead",
        to.dead ? h("a", { href: withQuery("/dead-letters", { destination: to.name }) }, count(to.dead)) : "0",
        null,
        to.dead ? "bad" : "",
      ],
      ["Delivered", count(to.delivered)],
    ]),
    h(
      "div",
      { class: "cards flow" },
      card(
        "Limits",
        {},
        limits(to) || h("p", { class: "soft" }, "No window is set, and it has told us no quota."),
        facts([
          ["Rate", to.rate],
          ["At once", to.concurrency && count(to.concurrency)],
          ["Shares its limits with", to.quotaGroup],
          ["Batches", to.batch && `up to ${count(to.batch.max)}, gathered for ${count(to.batch.waitMs)} ms`],
        ]),
      ),
      lately(to),
      card(
        "Standing",
        {},
        facts([
          ["Address", to.url && h("code", {}, `${to.method} ${to.url}`)],
          ["Breaker", to.breaker ? badge(to.breaker.state) : "off"],
          ["Open since", to.breaker?.since && full(to.breaker.since)],
          ["Reason", to.breaker?.reason],
          ["Oldest dead letter", to.oldestDead && when(to.oldestDead, ago(to.oldestDead), full(to.oldestDead))],
          ["Oldest due", to.oldestDue && when(to.oldestDue, ago(to.oldestDue), full(to.oldestDue))],
        ]),
        h("p", { class: "soft" }, "Address, rate and retries are written in gantry.toml and change there."),
      ),
    ),
  ];
}

/** How calls went; a batch is one call. */
function lately({ lastMinute, lastHour, lastCallAt }) {
  const words = ({ calls, ok, failed, limited }) =>
    calls
      ? `${count(calls)}: ${count(ok)} went well, ${count(failed)} failed, ${count(limited)} were too many`
      : "none";
  return card(
    "Lately",
    {},
    facts([
      ["Calls, last minute", words(lastMinute)],
      ["Calls, last hour", words(lastHour)],
      ["Answered in", lastHour.p50Ms !== null && `${duration(lastHour.p50Ms)}, p95 ${duration(lastHour.p95Ms)}`],
      ["Last call", lastCallAt ? when(lastCallAt, ago(lastCallAt), full(lastCallAt)) : "none since the start"],
    ]),
  );
}

const COLUMNS = [
  {
    title: "Delivery",
    class: "main",
    cell: (one) =>
      h(
        "a",
        { href: `/events/${one.eventId}` },
        h("code", {}, one.eventId),
        one.lastError && h("span", { class: "soft clip", title: one.lastError }, one.lastError),
      ),
  },
  { title: "Status", cell: ({ status }) => badge(status) },
  { title: "Attempts", class: "end", cell: ({ attempts }) => count(attempts) },
  {
    title: "Changed",
    class: "end soft bare",
    cell: ({ updatedAt }) => when(updatedAt, brief(updatedAt), full(updatedAt)),
  },
];
