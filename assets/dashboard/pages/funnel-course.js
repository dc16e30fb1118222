// Visits and conversions over time, in windows of the length that is chosen.

import { get, withQuery } from "../lib/api.js";
import { chart } from "../lib/chart.js";
import { daysFrom, starts, today } from "../lib/days.js";
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

/** A chart that goes on has so many windows at least, be most of them empty; before them it begins with what there is. */
const LEAST = 24;

const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The section; `range` has the days that are chosen. */
export function course(signal, range) {
  let [what, every, kept, turn] = ["visits", "1h", null, 0];
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
    turn += 1;
    const mine = turn;
    try {
      const found = await windows();
      // What was asked for since is another range.
      if (mine !== turn) return;
      kept = found;
      draw();
    } catch (problem) {
      if (problem.name !== "AbortError" && mine === turn) fill(body, fault(problem, refresh));
    }
  }

  async function windows() {
    const [, , step, most] = WINDOWS.find(([id]) => id === every);
    const chosen = every;
    const { from, to } = range.instants();
    const begin = most ? Math.max(from, to - most) : from;
    const goesOn = range.days().to === null;
    const asked = { every, by: "all", from: iso(begin), to: goesOn ? null : iso(to) };
    const items = [];
    let cursor = null;
    for (let page = 0; page < PAGES; page += 1) {
      const part = await get(withQuery("/api/funnel", { ...asked, limit: 1000, cursor }), { signal });
      items.push(...part.items);
      cursor = part.next;
      if (!cursor) break;
    }
    return { items, every: chosen, step, from, begin, to, goesOn, zone: range.timezone(), cut: begin > from };
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

const iso = (at) => new Date(at).toISOString();

/** Values in every window of the time. Hours begin with the day of the launch's zone, which is not always UTC's hour. */
function spread(kept, value, missing) {
  const { items, every, step, from, begin, to, goesOn } = kept;
  const points = items.map((item) => [Date.parse(item.start), value(item)]);
  if (every === "1d") return daily(points, kept, missing);
  const aside = from % step;
  const first = goesOn ? Math.max(begin, Math.min(points[0]?.[0] ?? to, to - LEAST * step)) : begin;
  const even = points.map(([at, one]) => [at - aside, one]);
  const all = filled(even, { from: first - aside, to: to - aside, every: step, missing });
  return all.map(([at, one]) => [at + aside, one]);
}

/** A value for each day. */
function daily(points, { from, to, zone }, missing) {
  const known = new Map(points.map((point) => [today(zone, point[0]), point]));
  const all = [];
  const last = today(zone, to - 1);
  for (let day = today(zone, from); day <= last; day = daysFrom(day, 1))
    all.push(known.get(day) ?? [starts(day, zone), missing]);
  return all;
}
