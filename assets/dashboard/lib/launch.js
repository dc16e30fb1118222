// The launch's moment, in its own zone and in the browser's.

import { duration, zone } from "./format.js";

const written = (at, timeZone) =>
  new Intl.DateTimeFormat(undefined, {
    weekday: "short",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone,
  }).format(new Date(at));
const clock = (at, timeZone) =>
  new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(at));

/** "Launch in 5 d 9 h", "Launched 2 h ago". */
export function until(at, now = Date.now()) {
  const away = Date.parse(at) - now;
  return away > 0 ? `Launch in ${duration(away)}` : `Launched ${duration(-away)} ago`;
}

/** What clocks of the launch's zone show at an instant, and those here. */
export function zoned(at, timezone) {
  const place = timezone.split("/").at(-1).replaceAll("_", " ");
  const there = `${written(at, timezone)} in ${place}`;
  return timezone === zone() ? there : `${there}, ${clock(at)} here`;
}
