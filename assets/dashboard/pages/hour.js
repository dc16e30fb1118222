// The last hour of what is kept by the minute, as a card that goes on by itself.

import { chart } from "../lib/chart.js";
import { h, fill } from "../lib/dom.js";
import * as live from "../lib/live.js";
import { lastHour } from "../lib/series.js";
import { fault } from "../ui/empty.js";
import { card } from "../ui/facts.js";

const MINUTE_MS = 60_000;

/** `told()` each time a minute of the stream is over; gives what ends it. */
export function eachMinute(told) {
  let minute = 0;
  return live.on("now", ({ at }) => {
    const now = Math.floor(Date.parse(at) / MINUTE_MS);
    if (minute && now !== minute) told();
    minute = now;
  });
}

/** `names` of series; `shown(kept)`: what `Chart.show` takes of them. Gives `{element, ready, off}`. */
export function hourCard(title, { names, shown, signal }) {
  const body = h("div", { class: "low" }, h("div", { class: "plot bone-card" }));
  async function refresh() {
    try {
      const drawing = {
        kind: "area",
        nothing: "Nothing has been kept yet: the first minute comes in a minute.",
        ...shown(await lastHour(names, signal)),
      };
      const present = body.querySelector("g-chart");
      if (present) present.show(drawing);
      else fill(body, chart(drawing));
    } catch (problem) {
      if (problem.name !== "AbortError") fill(body, fault(problem, refresh));
    }
  }
  return { element: card(title, {}, body), ready: refresh(), off: eachMinute(refresh) };
}
