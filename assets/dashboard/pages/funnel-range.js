// Which days the funnel is about: the last few, or those from one day to another.

import { daysFrom, starts, today, written } from "../lib/days.js";
import { h, fill } from "../lib/dom.js";
import { chips, filterBar } from "../ui/filters.js";

const CHOICES = [
  ["1", "Today"],
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
  ["", "Other days"],
];
const DEFAULT = "30";
/** Whoever types a year has written one of the first century on the way. */
const DAY = /^2\d{3}-\d{2}-\d{2}$/;

const isRange = ({ from, to }) => DAY.test(from) && DAY.test(to) && from <= to;

/** The choice, as `query` has it at first; `changed()` is told of another. */
export function ranges({ query, changed }) {
  let timezone = "UTC";
  const given = { from: query.get("from"), to: query.get("to") };
  let other = isRange(given) ? given : null;
  const number = CHOICES.find(([days]) => days && days === query.get("days"))?.[0];
  let last = other ? "" : (number ?? DEFAULT);

  const days = () => (last ? { from: daysFrom(today(timezone), 1 - Number(last)), to: null } : other);
  const place = h("div", { class: "place" });
  const trouble = h(
    "p",
    { class: "trouble", role: "alert", hidden: true },
    "Choose a first day that has begun, and a last one that is not before it.",
  );
  const row = chips({ label: "Range", choices: CHOICES, value: last, changed: choose });
  draw();

  function choose(choice) {
    if (!choice) other = { from: days().from, to: days().to ?? today(timezone) };
    last = choice;
    draw();
    changed();
  }

  function draw() {
    const control = (name, label) => ({ name, label, type: "date", required: true, value: other[name] });
    trouble.hidden = true;
    fill(
      place,
      !last &&
        filterBar({ label: "Days", controls: [control("from", "From"), control("to", "To")], changed: narrowed }),
    );
  }

  function narrowed(values) {
    const fits = isRange(values) && values.from <= today(timezone);
    trouble.hidden = fits || !values.from || !values.to;
    if (!fits) return;
    other = values;
    changed();
  }

  return {
    element: h("div", { class: "range" }, row, place, trouble),
    /** The zone whose days they are, once it is known. */
    zone: (known) => (timezone = known),
    timezone: () => timezone,
    /** The first day and the last, which is null where it goes on. */
    days,
    /** The same for who takes the end for the beginning of a day. */
    windows: () => ({ ...days(), to: days().to && daysFrom(days().to, 1) }),
    /** The instants at which the first day begins, and the last ends or it is now. */
    instants() {
      const { from, to } = days();
      const end = to ? starts(daysFrom(to, 1), timezone) : Date.now();
      return { from: starts(from, timezone), to: Math.min(end, Date.now()) };
    },
    /** What stands in the address. */
    address: () => (last ? { days: last === DEFAULT ? null : last } : other),
    words() {
      const { from, to } = days();
      const until = to === null ? "now" : written(to);
      const span = from === to ? until : `From ${written(from)} to ${until}`;
      return `${span}; days are days of ${timezone}.`;
    },
  };
}
