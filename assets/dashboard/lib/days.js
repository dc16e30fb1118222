// Days of the launch's zone, as the API takes them.

const DAY_MS = 86_400_000;

/** The day it is in a zone: "2026-12-01". */
export function today(timezone, now = Date.now()) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return parts.format(new Date(now));
}

/** So many days from a day. */
export const daysFrom = (day, number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + number * DAY_MS).toISOString().slice(0, 10);

/** The first instant of a day in a zone. */
export function starts(day, timezone) {
  const clocks = Date.parse(`${day}T00:00:00Z`);
  const near = clocks - ahead(timezone, clocks);
  // Clocks may be changed between the two, or leap over midnight.
  const nearer = clocks - ahead(timezone, near);
  return today(timezone, nearer) < day ? near : nearer;
}

/** By how much the clocks of a zone are ahead of UTC. */
function ahead(timezone, at) {
  const shown = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short", timeStyle: "medium" });
  return Date.parse(`${shown.format(at).replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
}

/** A day as people write it. */
export function written(day) {
  const at = new Date(`${day}T12:00:00Z`);
  return new Intl.DateTimeFormat(undefined, {
    month: "short",
    day: "numeric",
    year: "numeric",
    timeZone: "UTC",
  }).format(at);
}
