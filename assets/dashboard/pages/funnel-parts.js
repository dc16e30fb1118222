// What the funnel comes to: visits and conversions, and what each of them cost and is worth.

import { h } from "../lib/dom.js";
import { count, NONE, ratio } from "../lib/format.js";
import { written } from "../lib/days.js";
import { figures } from "../ui/facts.js";

const times = (value) => (value === null ? NONE : `${Number(value.toFixed(2))}×`);

/** `{total, currency}` as the API has it; `money` writes an amount. */
export function returns({ total, currency }, money) {
  const about = total.estimated ? "estimated by visits" : null;
  const { payback } = total;
  return [
    figures([
      ["Visits", count(total.visits)],
      [
        "Conversions",
        count(total.conversions),
        total.rate === null ? "no visit yet" : `${ratio(total.rate)} of visits`,
      ],
      ["Value", money(total.value), currency],
      ["Spend", total.spend === null ? NONE : money(total.spend), total.spend === null ? "none is entered" : currency],
    ]),
    figures([
      [
        "CAC",
        money(total.cac),
        total.cac === null ? "needs spend and a conversion" : (about ?? "spend for each conversion"),
      ],
      [
        "LTV / CAC",
        times(total.ltvCac),
        total.ltvCac === null
          ? "needs ltv in gantry.toml"
          : total.ltvCac >= 3
            ? "3 or more is sound"
            : "below 3 is thin",
      ],
      [
        "Net ROI",
        total.netRoi === null ? NONE : ratio(total.netRoi),
        total.netRoi === null ? "needs a baseline and spend" : "of the lift, after cost",
      ],
      [
        "Paid back",
        payback.day ? written(payback.day) : payback.conversions === null ? NONE : count(payback.conversions),
        payback.day
          ? "recorded value had brought it in"
          : payback.conversions === null
            ? null
            : "conversions pay for the spend",
      ],
    ]),
    total.estimated &&
      h("p", { class: "soft" }, "No spend is entered: cost is visits at what one is configured to cost."),
  ];
}
