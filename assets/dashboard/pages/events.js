// Events: what came in, newest first, by status, type, source and time; and what was sent again.

import { get, withQuery } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { ago, brief, full } from "../lib/format.js";
import * as live from "../lib/live.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { copyButton } from "../ui/copy.js";
import { empty } from "../ui/empty.js";
import { heading, when } from "../ui/facts.js";
import { chips, filterBar } from "../ui/filters.js";
import { table } from "../ui/table.js";
import { askReplay } from "./replay.js";
import { replays } from "./replays.js";

const STATUSES = ["", "PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED", "EXPIRED"];
const SPANS = [
  ["", "Any time"],
  ["3600", "Last hour"],
  ["86400", "Last 24 hours"],
  ["604800", "Last 7 days"],
];
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const SEND = [
  "curl http://127.0.0.1:8080/api/events",
  '  -H "Authorization: Bearer $GANTRY_KEY"',
  `  -d '{"type": "LEAD_CAPTURE", "source": "landing-page", "idempotencyKey": "lead-1", "payload": {"email": "ann@example.com"}}'`,
].join(" \\\n");

export const page = {
  title: "Events",

  async mount(root, { query, signal, go }) {
    const wanted = {
      q: query.get("q") ?? "",
      status: query.get("status") ?? "",
      type: query.get("type") ?? "",
      source: query.get("source") ?? "",
      since: query.get("since") ?? "",
    };
    const filtered = () => Object.values(wanted).some(Boolean);

    const list = table({ label: "Events", columns: COLUMNS, signal, load, empty: nothing });
    const before = replays(signal);
    fill(
      root,
      heading("Events", { actions: [actButton({ onclick: () => askReplay(wanted) }, "Replay…")] }),
      chips({
        label: "Status",
        choices: STATUSES.map((status) => [status, status ? plain(status) : "All"]),
        value: wanted.status,
        changed: (status) => narrow({ status }),
      }),
      filterBar({
        label: "Events",
        changed: narrowed,
        controls: [
          {
            name: "q",
            label: "Search",
            value: wanted.q,
            placeholder: "Id, key, or part of a type or source",
            maxlength: 200,
          },
          { name: "type", label: "Type", value: wanted.type, placeholder: "LEAD_*", maxlength: 33 },
          { name: "source", label: "Source", value: wanted.source, placeholder: "landing-page", maxlength: 64 },
          { name: "since", label: "Came in", value: wanted.since, options: SPANS },
        ],
      }),
      list.element,
      before.element,
    );

    function load(cursor) {
      const { since, ...exact } = wanted;
      const from = since ? new Date(Date.now() - since * 1000).toISOString() : null;
      return get(withQuery("/api/events", { ...exact, from, cursor }), { signal });
    }

    function narrowed(values) {
      if (ID.test(values.q)) return go(`/events/${values.q}`);
      return narrow(values);
    }

    function narrow(values) {
      Object.assign(wanted, values);
      go(withQuery("/events", wanted), { replace: true, quiet: true });
      list.refresh({ hard: true });
    }

    function nothing() {
      if (filtered())
        return empty(
          "No event is like that",
          "None that is kept has all of what is filled in.",
          h("a", { href: "/events" }, "Show all events"),
        );
      return empty(
        "No event has come in yet",
        "An event is sent once, kept, and delivered to every destination that a route names. Send the first:",
        h("pre", { class: "code" }, SEND),
        copyButton(SEND),
        h("a", { href: "/system" }, "Make a key for it"),
      );
    }

    const offs = [live.on("changed", ["events", "deliveries"], () => (list.refresh(), before.refresh()))];
    return () => offs.forEach((off) => off());
  },
};

const COLUMNS = [
  {
    title: "Event",
    class: "main",
    cell: (event) =>
      h(
        "a",
        { href: `/events/${event.id}` },
        h("b", {}, event.type),
        h("span", { class: "soft clip", title: event.idempotencyKey }, event.idempotencyKey),
      ),
  },
  { title: "Status", cell: ({ status }) => badge(status) },
  { title: "Source", class: "soft", cell: ({ source }) => h("span", { class: "clip", title: source }, source) },
  {
    title: "Came in",
    class: "end soft bare",
    cell: ({ createdAt }) => when(createdAt, brief(createdAt), full(createdAt)),
  },
  {
    title: "Due",
    class: "end soft rare",
    cell: ({ status, scheduledAt }) =>
      status === "PENDING" ? when(scheduledAt, ago(scheduledAt), full(scheduledAt)) : "",
  },
];

const plain = (status) => status[0] + status.slice(1).toLowerCase();
