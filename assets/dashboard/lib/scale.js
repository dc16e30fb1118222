// Where numbers and instants lie on a chart, and which of them are written beside it.

const STEPS = [1, 2, 2.5, 5, 10];
const MINUTE_MS = 60_000;
/** How far apart written instants may be, in minutes: what clocks and calendars are divided by. */
const SPANS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10_080, 20_160, 43_200];

/** From zero to no less than `most`, in about `wanted` steps of a round number; `whole`: nothing comes in halves; `binary`: round in powers of 1024. */
export function ticks(most, wanted, { whole, binary } = {}) {
  if (binary && most >= 1024) {
    const unit = 1024 ** Math.floor(Math.log(most) / Math.log(1024));
    return ticks(most / unit, wanted).map((step) => step * unit);
  }
  const top = most > 0 ? most : 1;
  const rough = top / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const found = power * STEPS.find((step) => step * power >= rough * 0.999);
  const step = whole ? Math.max(1, Math.ceil(found)) : found;
  const number = Math.max(1, Math.ceil(top / step - 1e-9));
  return Array.from({ length: number + 1 }, (_, index) => index * step);
}

/** Round instants between two, at most `wanted` of them, by the browser's clock. */
export function instants(from, to, wanted) {
  const minutes = (to - from) / MINUTE_MS;
  const span = SPANS.find((one) => minutes / one <= wanted) ?? Math.ceil(minutes / wanted);
  const aside = new Date(from).getTimezoneOffset() * MINUTE_MS;
  const step = span * MINUTE_MS;
  const found = [];
  for (let at = Math.ceil((from - aside) / step) * step + aside; at <= to; at += step) found.push(at);
  return found;
}

/** A function from one range of numbers to another. */
export function scale([low, high], [first, last]) {
  const share = high === low ? 0 : (last - first) / (high - low);
  return (value) => first + (value - low) * share;
}

/** Values of a series for every step of a range: what has no value is `missing`. `points`: `[instant, value]`. */
export function filled(points, { from, to, every, missing = 0 }) {
  const known = new Map(points.map(([at, value]) => [Math.floor(at / every), value]));
  const all = [];
  for (let step = Math.floor(from / every); step <= Math.floor((to - 1) / every); step += 1)
    all.push([step * every, known.get(step) ?? missing]);
  return all;
}
