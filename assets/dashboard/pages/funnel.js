// The funnel: who came from where, what became of them, what it cost and what it is worth.

import { get, withQuery } from "../lib/api.js";
import { today } from "../lib/days.js";
import { h, fill } from "../lib/dom.js";
import { money } from "../lib/format.js";
import * as live from "../lib/live.js";
import { actButton } from "../ui/act.js";
import { fault } from "../ui/empty.js";
import { card, heading } from "../ui/facts.js";
import { course } from "./funnel-course.js";
import { hunt } from "./funnel-hunt.js";
import { ranges } from "./funnel-range.js";
import { addSpend, spent } from "./funnel-spend.js";
import { breakdown } from "./funnel-tables.js";
import { returns } from "./funnel-parts.js";

export const page = {
  title: "Funnel",

  async mount(root, { query, signal, go }) {
    const range = ranges({ query, changed: choose });
    let turn = 0;
    const figures = h("div", { class: "part", "aria-busy": "true" }, h("div", { class: "card bone-card" }));
    const report = h("a", { class: "button", download: "report.html" }, "Download the report");
    const note = h("span", {});
    const parts = { course: course(signal, range), hunt: hunt(signal), tables: breakdown(signal, range), spend: spent(signal, range, all) };
    const add = actButton({ class: "primary", onclick: () => addSpend(today(range.timezone()), all) }, "Add spend");

    fill(
      root,
      heading("Funnel", { actions: [report, add], note }),
      range.element,
      figures,
      parts.course.element,
      parts.hunt.element,
      parts.tables.element,
      parts.spend.element,
    );

    function choose() {
      go(withQuery("/funnel", range.address()), { replace: true, quiet: true });
      all({ hard: true });
    }

    async function all({ hard = true } = {}) {
      report.href = withQuery("/api/report", range.days());
      fill(note, range.words());
      await Promise.all([
        summary(),
        parts.course.refresh(),
        parts.hunt.refresh(),
        parts.tables.refresh({ hard }),
        parts.spend.refresh({ hard }),
      ]);
    }

    async function summary() {
      turn += 1;
      const mine = turn;
      try {
        const roi = await get(withQuery("/api/roi", range.days()), { signal });
        // What was asked for since is another range.
        if (mine !== turn) return;
        fill(figures, returns(roi, money));
        parts.tables.put(roi);
      } catch (problem) {
        if (problem.name === "AbortError" || mine !== turn) return;
        fill(figures, card("What it brought", {}, fault(problem, summary)));
      }
      figures.removeAttribute("aria-busy");
    }

    range.zone((await get("/api/launch", { signal })).timezone);
    await all();
    return live.on(
      "changed",
      ["funnel", "spend"],
      () => document.querySelector("dialog:modal") || all({ hard: false }),
    );
  },
};
