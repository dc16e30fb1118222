// The post at Product Hunt: its votes and comments now, and over the last day, beside the visits of that day.

import { get, withQuery } from "../lib/api.js";
import { chart } from "../lib/chart.js";
import { h, fill } from "../lib/dom.js";
import { ago, count, full } from "../lib/format.js";
import { fault } from "../ui/empty.js";
import { card, figures, when } from "../ui/facts.js";

const DAY_MS = 86_400_000;
const SERIES = [
  ["producthunt_votes", "Votes"],
  ["producthunt_comments", "Comments"],
];

/** The section; there is none while no post is configured. */
export function hunt(signal) {
  const element = h("div", { class: "place hunt" });

  async function refresh() {
    try {
      const { post } = await get("/api/producthunt", { signal });
      if (!post) return fill(element);
      fill(element, shown(post, await lastDay(signal)));
    } catch (problem) {
      if (problem.name !== "AbortError") fill(element, card("Product Hunt", {}, fault(problem, refresh)));
    }
  }

  return { element, refresh };
}

async function lastDay(signal) {
  const names = [...SERIES.map(([name]) => name), "visits"].join(",");
  const to = Date.now();
  const range = { from: new Date(to - DAY_MS).toISOString(), to: new Date(to).toISOString() };
  const { series } = await get(withQuery("/api/series", { names, ...range }), { signal });
  return new Map(series.map(({ name, points }) => [name, points.map(({ start, value }) => [Date.parse(start), value])]));
}

function shown({ slug, votes, comments, asOf, nextAt, lastError }, day) {
  const visits = day.get("visits").reduce((sum, [, value]) => sum + value, 0);
  const drawing = {
    label: "Votes and comments at Product Hunt, over the last day",
    series: SERIES.map(([name, title]) => ({ name: title, points: day.get(name) })),
    format: count,
    whole: true,
    nothing: "Nothing has been kept yet: the first minute comes in a minute.",
  };
  return card(
    "Product Hunt",
    { wide: true, note: h("code", {}, slug) },
    figures([
      ["Votes", count(votes), asOf && when(asOf, ago(asOf), full(asOf))],
      ["Comments", count(comments), nextAt && ["asked again ", when(nextAt, ago(nextAt), full(nextAt))]],
      ["Visits", count(visits), "in the last day"],
    ]),
    lastError && h("p", { class: "trouble" }, `Product Hunt: ${lastError}.`),
    chart(drawing),
  );
}
