// Visits and conversions over time, in windows of the length that is chosen.

import { get, withQuery } from "../lib/api.js";
import { chart } from "../lib/chart.js";
import { h, fill } from "../lib/dom.js";
import { count, ratio } from "../lib/format.js";
import { fault } from "../ui/empty.js";
import { card } from "../ui/facts.js";
import { chips } from "../ui/filters.js";
import { filled } from "../lib/scale.js";

const SHOWN = {
  visits: { name: "Visits", value: ({ visits }) => visits, format: count, whole: true },
  conversions: { name: "Conversions", value: ({ conversions }) => conversions, format: count, whole: true },
  rate: { name: "Conversion rate", value: ({ rate }) => rate, format: ratio, missing: null },
  value: { name: "Value", value: ({ value }) => Number(value), format: count },
};
const WINDOWS = [
  ["5s", "5 s", 5000, 20 * 60_000],
  ["1m", "Minutes", 60_000, 6 * 3_600_000],
  ["1h", "Hours", 3_600_000, 14 * 86_400_000],
  ["1d", "Days", 86_400_000, null],
];
/** Pages of an answer that are read for one chart, each of a thousand windows. */
const PAGES = 2;

/** A chart has so many windows at least, be most of them empty. */
const LEAST = 24;

const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The section; `range()` gives the days that are chosen. */
export function course(signal, range) {
  let [what, every, kept] = ["visits", "1h", null];
  const body = h("div", { class: "part" }, h("div", { class: "plot bone-card" }));
  const note = h("p", { class: "soft" });
  const element = card(
    "Over time",
    {
      wide: true,
      actions: [
        chips({
          label: "What is drawn",
          choices: Object.entries(SHOWN).map(([id, { name }]) => [id, name]),
          value: what,
          changed: (id) => ((what = id), draw()),
        }),
      ],
    },
    body,
    h(
      "footer",
      {},
      chips({
        label: "Windows",
        choices: WINDOWS.map(([id, name]) => [id, name]),
        value: every,
        changed: (id) => ((every = id), refresh()),
      }),
      note,
    ),
  );

  async function refresh() {
    try {
      kept = await windows();
      draw();
    } catch (problem) {
      if (problem.name !== "AbortError") fill(body, fault(problem, refresh));
    }
  }

  async function windows() {
    const [, , step, most] = WINDOWS.find(([id]) => id === every);
    const chosen = every;
    const latest = most && new Date(Date.now() - most).toISOString();
    const { from } = range();
    const asked = { every, by: "all", from: latest && latest.slice(0, 10) > from ? latest : from };
    const items = [];
    let cursor = null;
    for (let page = 0; page < PAGES; page += 1) {
      const part = await get(withQuery("/api/funnel", { ...asked, limit: 1000, cursor }), { signal });
      items.push(...part.items);
      cursor = part.next;
      if (!cursor) break;
    }
    return { items, every: chosen, step, since: Date.parse(asked.from), cut: asked.from !== from };
  }

  function draw() {
    if (!kept) return;
    const { name, value, format, whole, missing = 0 } = SHOWN[what];
    const shown = {
      label: `${name}, in windows`,
      kind: kept.every === "1d" || what === "rate" ? (what === "rate" ? "line" : "bar") : "area",
      series: [{ name, points: spread(kept, value, missing) }],
      format,
      whole,
      nothing: "Nothing has been counted in this time.",
      ...(kept.every === "5s" ? { stamp: (at) => seconds.format(at) } : {}),
    };
    const present = body.querySelector("g-chart");
    if (present) present.show(shown);
    else fill(body, chart(shown));
    const [, , , most] = WINDOWS.find(([id]) => id === kept.every);
    fill(
      note,
      kept.cut && `The last ${{ "5s": "20 minutes", "1m": "6 hours", "1h": "14 days" }[kept.every]} of the range.`,
    );
    note.hidden = !kept.cut || !most;
  }

  return { element, refresh };
}

/** Values in every window of the time; days begin where the launch's zone has them begin, so they are taken as they come. */
function spread({ items, every, step, since }, value, missing) {
  const points = items.map((item) => [Date.parse(item.start), value(item)]);
  const last = Date.now();
  if (every === "1d") return daily(points, since, last, missing);
  const first = Math.min(points[0]?.[0] ?? last, last - LEAST * step);
  return filled(points, { from: Math.max(first, since - step), to: last, every: step, missing });
}

function daily(points, since, last, missing) {
  const day = 86_400_000;
  const known = new Map(points.map(([at, value]) => [Math.round((at - since) / day), [at, value]]));
  const number = Math.floor((last - since) / day);
  return Array.from({ length: number + 1 }, (_, index) => known.get(index) ?? [since + index * day, missing]);
}
