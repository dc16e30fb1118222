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
