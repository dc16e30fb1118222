// The funnel: who came from where, what became of them, what it cost and what it is worth.

import { get, withQuery } from "../lib/api.js";
import { daysFrom, today, written } from "../lib/days.js";
import { h, fill } from "../lib/dom.js";
import { money } from "../lib/format.js";
import * as live from "../lib/live.js";
import { actButton } from "../ui/act.js";
import { fault } from "../ui/empty.js";
import { card, heading } from "../ui/facts.js";
import { chips } from "../ui/filters.js";
import { course } from "./funnel-course.js";
import { hunt } from "./funnel-hunt.js";
import { addSpend, spent } from "./funnel-spend.js";
import { breakdown } from "./funnel-tables.js";
import { returns } from "./funnel-parts.js";

const SPANS = [
  ["1", "Today"],
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
];
const DEFAULT = "30";

export const page = {
  title: "Funnel",

  async mount(root, { query, signal, go }) {
    let days = SPANS.some(([span]) => span === query.get("days")) ? query.get("days") : DEFAULT;
    let timezone = "UTC";
    const figures = h("div", { class: "part", "aria-busy": "true" }, h("div", { class: "card bone-card" }));
    const report = h("a", { class: "button", download: "report.html" }, "Download the report");
    const note = h("span", {});
    const range = () => ({ from: daysFrom(today(timezone), 1 - Number(days)) });
    const parts = { course: course(signal, range), hunt: hunt(signal), tables: breakdown(signal, range), spend: spent(signal, range, all) };
    const add = actButton({ class: "primary", onclick: () => addSpend(today(timezone), all) }, "Add spend");

    fill(
      root,
      heading("Funnel", { actions: [report, add], note }),
      chips({ label: "Range", choices: SPANS, value: days, changed: choose }),
      figures,
      parts.course.element,
      parts.hunt.element,
      parts.tables.element,
      parts.spend.element,
    );

    function choose(span) {
      days = span;
      go(withQuery("/funnel", { days: span === DEFAULT ? null : span }), { replace: true, quiet: true });
      all({ hard: true });
    }

    async function all({ hard = true } = {}) {
      const { from } = range();
      report.href = withQuery("/api/report", { from });
      fill(note, `From ${written(from)} to now; days are days of ${timezone}.`);
      await Promise.all([
        summary(),
        parts.course.refresh(),
        parts.hunt.refresh(),
        parts.tables.refresh({ hard }),
        parts.spend.refresh({ hard }),
      ]);
    }

    async function summary() {
      try {
        const roi = await get(withQuery("/api/roi", range()), { signal });
        fill(figures, returns(roi, money));
        parts.tables.put(roi);
      } catch (problem) {
        if (problem.name !== "AbortError") fill(figures, card("What it brought", {}, fault(problem, summary)));
      }
      figures.removeAttribute("aria-busy");
    }

    timezone = (await get("/api/launch", { signal })).timezone;
    await all();
    return live.on(
      "changed",
      ["funnel", "spend"],
      () => document.querySelector("dialog:modal") || all({ hard: false }),
    );
  },
};
