// The funnel by what brought people and what they did: sources, campaigns, goals, referrers, pages, variants.

import { get, withQuery } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { count, money, NONE, ratio } from "../lib/format.js";
import { empty, fault } from "../ui/empty.js";
import { card } from "../ui/facts.js";
import { rows } from "../ui/table.js";
import { tabs } from "../ui/tabs.js";

const KINDS = [
  ["source", "Sources", "Source"],
  ["campaign", "Campaigns", "Campaign"],
  ["goal", "Goals", "Goal"],
  ["referrer", "Referrers", "Referrer"],
  ["path", "Pages", "Page"],
  ["variant", "Variants", "Variant"],
];
/** Pages of an answer that are read, each of a thousand rows, and how many keys are shown of what they add up to. */
const PAGES = 5;
const SHOWN = 25;
const NAMES = { "": "(none)", direct: "direct" };

/** The section; `put(roi)` tells it what each source and campaign cost. */
export function breakdown(signal, range) {
  let [roi, turn] = [null, 0];
  const drawn = tabs({ label: "By", choices: KINDS.map(([id, name]) => [id, name]), value: "source", draw: show });
  const element = card("Where they come from, and what they do", { wide: true }, drawn.element);

  async function show(kind, panel) {
    turn += 1;
    const mine = turn;
    if (!panel.childElementCount) fill(panel, h("div", { class: "bone-card" }));
    try {
      const drawing = kind === "source" || kind === "campaign" ? paid(kind) : await counted(kind);
      if (mine === turn && drawing) fill(panel, drawing);
    } catch (problem) {
      if (problem.name !== "AbortError" && mine === turn) fill(panel, fault(problem, drawn.draw));
    }
  }

  function paid(kind) {
    if (!roi) return null;
    const list = kind === "source" ? roi.bySource : roi.byCampaign;
    return listed(kind, list, [
      { title: "Visits", class: "end", cell: ({ visits }) => count(visits) },
      { title: "Conversions", class: "end", cell: ({ conversions }) => count(conversions) },
      { title: "Rate", class: "end", cell: ({ rate }) => ratio(rate) },
      { title: "Value", class: "end rare", cell: ({ value }) => money(value) },
      {
        title: "Cost",
        class: "end",
        cell: ({ cost, estimated }) => (cost === null ? NONE : `${estimated ? "≈ " : ""}${money(cost)}`),
      },
      { title: "CAC", class: "end", cell: ({ cac }) => money(cac) },
      {
        title: "LTV / CAC",
        class: "end rare",
        cell: ({ ltvCac }) => (ltvCac === null ? NONE : `${Number(ltvCac.toFixed(2))}×`),
      },
      { title: "ROI", class: "end rare", cell: ({ netRoi }) => ratio(netRoi) },
    ]);
  }

  async function counted(kind) {
    const columns = [
      { title: "Visits", class: "end", cell: ({ visits }) => count(visits) },
      { title: "Conversions", class: "end", cell: ({ conversions }) => count(conversions) },
      { title: "Rate", class: "end", cell: ({ visits, conversions }) => (visits ? ratio(conversions / visits) : NONE) },
      { title: "Value", class: "end", cell: ({ value }) => money(value.toFixed(2)) },
    ];
    return listed(kind, await summed(kind), kind === "goal" ? [columns[1], columns[3]] : columns);
  }

  /** Windows of days added up by key. */
  async function summed(by) {
    const sums = new Map();
    let cursor = null;
    for (let page = 0; page < PAGES; page += 1) {
      const part = await get(withQuery("/api/funnel", { ...range.windows(), every: "1d", by, limit: 1000, cursor }), {
        signal,
      });
      for (const { key, visits, conversions, value } of part.items) {
        const sum = sums.get(key) ?? { key, visits: 0, conversions: 0, value: 0 };
        sums.set(key, {
          key,
          visits: sum.visits + visits,
          conversions: sum.conversions + conversions,
          value: sum.value + Number(value),
        });
      }
      cursor = part.next;
      if (!cursor) break;
    }
    return [...sums.values()].sort((one, other) => other.visits - one.visits || other.conversions - one.conversions);
  }

  const put = (next) => {
    roi = next;
    drawn.draw();
  };
  return { element, put, refresh: () => undefined };
}

function listed(kind, list, columns) {
  const [, name, title] = KINDS.find(([id]) => id === kind);
  if (!list.length)
    return empty(
      "Nothing has been counted in this time",
      kind === "goal"
        ? "A goal is reached by an event, a page, a form, or gantry.convert on your page."
        : "Visits are counted on pages that Gantry fronts, and on those that have its script.",
      h("a", { href: "/site" }, "See the site"),
    );
  const first = {
    title,
    class: "main",
    cell: ({ key }) => h("span", {}, h("b", { class: "clip", title: key }, NAMES[key] ?? key)),
  };
  return [
    rows(name, [first, ...columns], list.slice(0, SHOWN)),
    list.length > SHOWN &&
      h(
        "p",
        { class: "soft" },
        `The first ${count(SHOWN)} of ${count(list.length)}; the report and the export have all.`,
      ),
  ];
}
