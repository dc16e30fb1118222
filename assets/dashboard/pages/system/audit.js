// The audit log: what was done, by whom and from where, newest first.

import { get, withQuery } from "../../lib/api.js";
import { h } from "../../lib/dom.js";
import { brief, count, full } from "../../lib/format.js";
import { badge } from "../../ui/badge.js";
import { empty } from "../../ui/empty.js";
import { card, when } from "../../ui/facts.js";
import { table } from "../../ui/table.js";

const SHOWN = 20;
/** Acts in the words of people; any other is told as the request it was. */
const WORDS = {
  "POST /api/polls": "Made a poll",
  "PATCH /api/polls/{poll}": "Edited a poll",
  "POST /api/polls/{poll}/open": "Opened a poll",
  "POST /api/polls/{poll}/close": "Closed a poll",
  "DELETE /api/polls/{poll}": "Deleted a poll",
  "POST /api/polls/{poll}/void": "Voided votes",
  "POST /api/events/{id}/cancel": "Cancelled an event",
  "POST /api/events/{id}/reschedule": "Rescheduled an event",
  "POST /api/replay": "Began a replay",
  "POST /api/replays/{replay}/cancel": "Cancelled a replay",
  "POST /api/deliveries/retry": "Retried deliveries",
  "POST /api/deliveries/discard": "Discarded deliveries",
  "POST /api/deliveries/{delivery}/retry": "Retried a delivery",
  "POST /api/deliveries/{delivery}/discard": "Discarded a delivery",
  "POST /api/delivery/pause": "Paused all delivery",
  "POST /api/delivery/resume": "Resumed all delivery",
  "POST /api/destinations/{destination}/pause": "Paused a destination",
  "POST /api/destinations/{destination}/resume": "Resumed a destination",
  "POST /api/destinations/{destination}/test": "Sent a test",
  "POST /api/webhooks/{source}/test": "Sent a test",
  "POST /api/pages/purge": "Purged pages",
  "POST /api/pages/warm": "Warmed pages",
  "POST /api/launch/items/{item}": "Ticked the checklist",
  "POST /api/spend": "Recorded spend",
  "DELETE /api/spend/{id}": "Deleted spend",
  "DELETE /api/people": "Erased a person",
  "POST /api/keys": "Made a key",
  "DELETE /api/keys/{name}": "Revoked a key",
  "POST /api/keys/admin/reset": "Reset the admin token",
  "POST /api/backup": "Took a backup",
  "POST /api/backups": "Made a backup",
  "POST /api/compact": "Compacted the file",
  "POST /api/session": "Signed in",
  "DELETE /api/session": "Signed out",
  "POST /api/session/links": "Made a sign-in link",
  several: "Knocked from many places",
};
/** By which way, where the name alone does not say it. */
const VIA = { key: "key", session: "dashboard" };
const REFUSED = [401, 403, 429];

const NOTHING = [
  "Nothing was done yet",
  "Whatever somebody does here, with a key or on this machine, is kept before it is answered, and stays.",
];
const CLOSED = ["Not for this key", "The log is read with a key of scope admin. Sign in with one to see who did what."];

const COLUMNS = [
  {
    title: "What",
    class: "main",
    cell: ({ action, target, outcome }) =>
      h(
        "span",
        {},
        h("b", {}, deed(action, outcome)),
        h("span", { class: "soft" }, target ?? (action === "several" ? null : action)),
      ),
  },
  {
    title: "Who",
    cell: ({ who, via }) =>
      who
        ? h("span", {}, who, VIA[via] && h("span", { class: "soft" }, ` · ${VIA[via]}`))
        : h("span", { class: "soft" }, "nobody known"),
  },
  { title: "From", class: "soft", cell: ({ from, via }) => from ?? (via === "socket" ? "this machine" : "several") },
  { title: "Outcome", cell: outcome },
  { title: "When", class: "end soft", cell: ({ at }) => when(at, brief(at), full(at)) },
];

/** What was done, or was not. */
function deed(action, status) {
  const words = WORDS[action];
  if (action !== "several" && REFUSED.includes(status)) return "Refused";
  if (!words) return action;
  return status >= 400 ? `Not done: ${words[0].toLowerCase()}${words.slice(1)}` : words;
}

function outcome({ outcome: status, times }) {
  const often = times > 1 && h("span", { class: "soft" }, ` ${count(times)} times`);
  if (status === null) return badge("no answer", { tone: "wait" });
  const tone = status < 400 ? "good" : REFUSED.includes(status) ? "bad" : "wait";
  return h("span", {}, badge(String(status), { tone }), often);
}

/** The section of it. Gives `{element, refresh}`. */
export function audit(signal) {
  let closed = false;
  const { element, refresh } = table({
    label: "Audit log",
    columns: COLUMNS,
    async load(cursor) {
      try {
        return await get(withQuery("/api/audit", { limit: SHOWN, cursor }), { signal });
      } catch (problem) {
        if (problem.status !== 403) throw problem;
        closed = true;
        return { items: [], next: null };
      }
    },
    empty: () =>
      closed ? empty(...CLOSED) : empty(...NOTHING, h("a", { class: "button", href: "/polls" }, "Make a poll")),
    signal,
  });
  const note = "Everything that was done, by whom and from where. It is kept in the data file and cannot be changed.";
  return { element: card("Audit log", { wide: true, note }, element), refresh };
}
