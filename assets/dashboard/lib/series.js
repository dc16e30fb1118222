// The numbers that are kept by the minute: the last hour of them.

import { get, withQuery } from "./api.js";
import { filled } from "./scale.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Points of the last hour by name, a minute each; `null` where nothing was kept. */
export async function lastHour(names, signal) {
  const to = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const range = { from: to - HOUR_MS, to, every: MINUTE_MS, missing: null };
  const instants = { from: new Date(range.from).toISOString(), to: new Date(to).toISOString() };
  const { series } = await get(withQuery("/api/series", { names: names.join(","), ...instants }), { signal });
  const points = ({ points: kept }) => kept.map(({ start, value }) => [Date.parse(start), value]);
  return Object.fromEntries(series.map((one) => [one.name, filled(points(one), range)]));
}

/** Part of whole, minute by minute; of nothing, nothing is known. */
export function share(parts, wholes) {
  return wholes.map(([at, whole], index) => [at, whole ? Math.min(1, (parts[index][1] ?? 0) / whole) : null]);
}

/** Each value divided by the same. */
export const divided = (points, by) => points.map(([at, value]) => [at, value === null ? null : value / by]);
