// Numbers, sizes, durations and instants as people read them.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const instants = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const days = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const times = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** What stands where nothing is known. */
export const NONE = "–";

const known = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));

export const count = (value) => (known(value) ? whole.format(value) : NONE);
/** So many a second. */
export const rate = (value) =>
  known(value) ? `${Number(value) < 100 ? short.format(value) : whole.format(value)}/s` : NONE;
export const ratio = (value) => (known(value) ? share.format(value) : NONE);

/** An amount, written as it came, with its digits in groups and at most two decimals. */
export function money(amount, currency) {
  if (amount === null || amount === undefined) return NONE;
  const cents = /\.\d{3}/.test(amount) ? Number(amount).toFixed(2) : amount;
  const [, sign, units, rest] = /^(-?)(\d+)(.*)$/.exec(cents) ?? [null, "", cents, ""];
  const grouped = units.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign && "−"}${grouped}${rest}${currency ? ` ${currency}` : ""}`;
}

/** "1 page", "2 pages". */
export const counted = (value, one, many = `${one}s`) => `${count(value)} ${Number(value) === 1 ? one : many}`;

export function bytes(value) {
  if (!known(value)) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [size, unit] = [Math.abs(value), 0];
  while (size >= 1024 && unit < units.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${value < 0 ? "−" : ""}${short.format(size)} ${units[unit]}`;
}

/** A duration, in its two largest units. */
export function duration(milliseconds) {
  if (!known(milliseconds)) return NONE;
  const all = Math.max(0, milliseconds);
  if (all < 1) return `${short.format(all * 1000)} µs`;
  if (all < 1000) return `${short.format(all)} ms`;
  const seconds = Math.round(all / 1000);
  if (seconds < 60) return all < 10_000 ? `${short.format(all / 1000)} s` : `${seconds} s`;
  if (seconds < 3600) return two(seconds, 60, "min", 1, "s");
  return seconds < 86_400 ? two(seconds, 3600, "h", 60, "min") : two(seconds, 86_400, "d", 3600, "h");
}

/** How long a call took, as it is kept: in whole milliseconds. */
export const took = (milliseconds) => (milliseconds === 0 ? "under 1 ms" : duration(milliseconds));

function two(seconds, large, largeName, small, smallName) {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeName}${rest ? ` ${rest} ${smallName}` : ""}`;
}

/** How long ago, or in how long, as coarsely as people say it: "3 min ago", "in 2 h". */
export function ago(instant, now = Date.now()) {
  const away = Date.parse(instant) - now;
  if (!known(away)) return NONE;
  if (Math.abs(away) < 1500) return "just now";
  const coarse = duration(Math.abs(away)).split(" ").slice(0, 2).join(" ");
  return away < 0 ? `${coarse} ago` : `in ${coarse}`;
}

export const full = (instant) => (instant ? instants.format(new Date(instant)) : NONE);

/** The time of today, or the day and the time. */
export function brief(instant, now = new Date()) {
  if (!instant) return NONE;
  const at = new Date(instant);
  const today = at.toDateString() === now.toDateString();
  return today ? times.format(at) : `${days.format(at)}, ${times.format(at)}`;
}

/** An instant as a field for local times takes it. */
export function local(instant) {
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The browser's zone, by its name. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
