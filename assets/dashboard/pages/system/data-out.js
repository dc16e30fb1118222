// Data out: events, leads, votes and the funnel as files.

import { withQuery } from "../../lib/api.js";
import { h } from "../../lib/dom.js";
import { field } from "../../ui/dialog.js";
import { card } from "../../ui/facts.js";

const WHAT = [
  ["events", "Events"],
  ["leads", "Leads"],
  ["votes", "Votes"],
  ["funnel", "Funnel, by the hour"],
];
const FORMATS = [
  ["csv", "CSV, for a spreadsheet"],
  ["ndjson", "NDJSON, for a program"],
];

export function dataOut() {
  const link = h("a", { class: "button primary", download: true }, "Download");
  const aim = () => {
    const { what, format, from, to } = Object.fromEntries(new FormData(form));
    const instant = (day, after) => (day ? new Date(new Date(`${day}T00:00`).getTime() + after).toISOString() : null);
    link.href = withQuery(`/api/export/${what}`, { format, from: instant(from, 0), to: instant(to, 86_400_000) });
  };
  const form = h(
    "form",
    { class: "fields", oninput: aim, onsubmit: (event) => event.preventDefault() },
    field("What", { name: "what", value: "events" }, { options: WHAT }),
    field("Format", { name: "format", value: "csv" }, { options: FORMATS }),
    field("From", { name: "from", type: "date" }),
    field("Through", { name: "to", type: "date" }),
  );
  aim();
  return card(
    "Data out",
    { note: "Streamed as it is read. Cells that would start a formula are quoted." },
    form,
    h("div", { class: "actions" }, link),
  );
}
