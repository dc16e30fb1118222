// Charts: lines, areas and bars over time, as shapes of SVG. What they show can be pointed at, walked through by arrow keys and
// opened as a table; how they look is the stylesheet's.

import { h, fill } from "./dom.js";
import { brief } from "./format.js";
import { instants, scale, ticks } from "./scale.js";
import { alone, ground, path, s } from "./svg.js";

/** Room below for instants and above for the topmost line, in pixels. */
const [BELOW, ABOVE] = [24, 8];
const DIGIT = 8;
const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
/** Series that have a colour and a dash of their own; more share them. */
const LOOKS = 8;

const look = (index) => `c${index % LOOKS}`;
/** A piece of a series' line. */
const swatch = (index) =>
  s(
    "svg",
    { class: `swatch ${look(index)}`, viewBox: "0 0 24 4", "aria-hidden": "true" },
    s("path", { class: "stroke", d: "M1 2H23" }),
  );
const said = (value, format) => (value === null ? "nothing known" : format(value));

class Chart extends HTMLElement {
  #shown = null;
  #at = null;
  #lines = null;
  #plot = h("div", { class: "plot", tabindex: "0", role: "group" });
  #legend = h("ul", { class: "legend" });
  #none = h("p", { class: "nothing soft" });
  #tip = h("div", { class: "tip", hidden: true });
  #live = h("p", { class: "unseen", "aria-live": "polite" });
  #table = h("details", { ontoggle: () => this.#fallback() }, h("summary", {}, "As a table"));
  #watch = new ResizeObserver(() => this.#draw());

  connectedCallback() {
    if (!this.firstChild) {
      this.append(this.#legend, this.#plot, this.#live, this.#table);
      this.#plot.addEventListener("pointermove", (event) => this.#point(event));
      this.#plot.addEventListener("pointerleave", () => this.#leave());
      this.#plot.addEventListener("blur", () => this.#leave());
      this.#plot.addEventListener("keydown", (event) => this.#step(event));
    }
    this.#watch.observe(this.#plot);
  }

  disconnectedCallback() {
    this.#watch.disconnect();
  }

  /**
   * `{label, kind: "line"|"area"|"bar", series: [{name, points: [[instant, value|null], …]}], format, whole?, binary?, most?, stamp?, nothing?}`; all
   * series have the same instants. `whole`: nothing comes in halves; `binary`: in powers of 1024; `most`: the top of the scale at least; `stamp(instant)`: how an instant is written; `nothing`: what is said where no value is known.
   */
  show(shown) {
    this.#shown = { format: String, stamp: (at) => brief(at), kind: "line", ...shown };
    this.#plot.setAttribute("aria-label", `${shown.label}. Arrow keys read it point by point.`);
    this.#plot.setAttribute("aria-roledescription", "chart");
    const several = shown.series.length > 1;
    this.#legend.hidden = !several;
    fill(this.#legend, several && shown.series.map(({ name }, index) => h("li", {}, swatch(index), name)));
    this.#draw();
    this.#fallback();
  }

  get #instants() {
    return this.#shown.series[0]?.points.map(([at]) => at) ?? [];
  }

  #draw() {
    const [width, height] = [this.#plot.clientWidth, this.#plot.clientHeight];
    if (!this.#shown || !width) return;
    const { series, kind, format, whole, binary, most = 0 } = this.#shown;
    const all = series.flatMap(({ points }) => points.map(([, value]) => value ?? 0));
    const steps = ticks(Math.max(most, ...all), height > 160 ? 4 : 2, { whole, binary });
    const names = steps.map(format);
    const left = Math.ceil(Math.max(...names.map((name) => name.length)) * DIGIT) + 10;
    const moments = this.#instants;
    const half = kind === "bar" ? (width - left) / Math.max(moments.length, 1) / 2 : 0;
    const x = scale([moments[0], moments.at(-1)], [left + half, width - 4 - half]);
    const y = scale([0, steps.at(-1)], [height - BELOW, ABOVE]);
    const grid = steps.map((step, index) => [
      s("line", { class: "grid", x1: left, x2: width, y1: y(step), y2: y(step) }),
      s("text", { x: left - 8, y: y(step) + 4, "text-anchor": "end" }, names[index]),
    ]);
    this.#lines = { x, y, width };
    const cursor = s("line", { class: "cursor", y1: ABOVE, y2: height - BELOW, x1: -9, x2: -9 });
    const shapes = series.map(({ points }, index) => this.#shape(points, [x, y, half, height - BELOW], look(index)));
    const dots = series.map((_, index) => s("circle", { class: `point ${look(index)}`, r: 4, cx: -9, cy: -9 }));
    const picture = s(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true", focusable: "false" },
      ...grid.flat(),
      ...this.#stamps(left, height),
      ...shapes.flat(),
      cursor,
      ...dots,
    );
    this.#plot.replaceChildren(picture, this.#tip, this.#none);
    const known = series.some(({ points }) => points.some(([, value]) => value !== null));
    fill(this.#none, known ? null : this.#shown.nothing);
    if (this.#at !== null) this.#mark(Math.min(this.#at, moments.length - 1));
  }

  #shape(points, [x, y, half, floor], name) {
    const placed = points.map(([at, value]) => [x(at), value === null ? null : y(value)]);
    if (this.#shown.kind === "bar") {
      const width = Math.max(1, half * 2 - Math.min(2, half * 0.4));
      const bar = ([at, top]) =>
        s("rect", {
          class: `bar-shape ${name}`,
          x: at - width / 2,
          y: top,
          width,
          height: Math.max(0, floor - top),
          rx: 1,
        });
      return placed.filter(([, top]) => top !== null && top < floor).map(bar);
    }
    const line = s("path", { class: `stroke ${name}`, d: path(placed) });
    const dots = alone(placed).map(([cx, cy]) => s("circle", { class: `alone-point ${name}`, cx, cy, r: 3 }));
    return this.#shown.kind === "area"
      ? [s("path", { class: `area ${name}`, d: ground(placed, floor) }), line, ...dots]
      : [line, ...dots];
  }

  /** Instants along the ground, as many as have room. */
  #stamps(left, height) {
    const moments = this.#instants;
    if (moments.length < 2) return moments.map((at) => this.#stamp(at, height, "middle"));
    const { x, width } = this.#lines;
    const room = moments.at(-1) - moments[0] > 86_400_000 ? 110 : 72;
    const round = instants(moments[0], moments.at(-1), Math.max(2, Math.floor((width - left) / room)));
    const within = round.filter((at) => x(at) > left + 20 && x(at) < width - 24);
    if (within.length) return within.map((at) => this.#stamp(at, height, "middle"));
    return [this.#stamp(moments[0], height, "start"), this.#stamp(moments.at(-1), height, "end")];
  }

  #stamp(at, height, anchor) {
    return s("text", { x: this.#lines.x(at), y: height - 4, "text-anchor": anchor }, axis(at, this.#instants));
  }

  #point({ clientX }) {
    const moments = this.#instants;
    if (!this.#lines || !moments.length) return;
    const at = clientX - this.#plot.getBoundingClientRect().left;
    const away = moments.map((moment) => Math.abs(this.#lines.x(moment) - at));
    this.#mark(away.indexOf(Math.min(...away)));
  }

  #step(event) {
    const last = this.#instants.length - 1;
    const from = this.#at ?? last + 1;
    const to = { Home: 0, End: last }[event.key] ?? (KEYS[event.key] ? from + KEYS[event.key] : null);
    if (event.key === "Escape") return this.#leave();
    if (to === null || last < 0) return undefined;
    event.preventDefault();
    this.#mark(Math.max(0, Math.min(last, to)));
    return fill(this.#live, this.#words(this.#at));
  }

  /** What a point says, in a sentence. */
  #words(index) {
    const { series, format, stamp } = this.#shown;
    const values = series.map(({ name, points }) => `${name} ${said(points[index][1], format)}`);
    return `${stamp(this.#instants[index])}: ${values.join(", ")}`;
  }

  #mark(index) {
    this.#at = index;
    const { series, format, stamp } = this.#shown;
    const { x, y, width } = this.#lines;
    const moment = this.#instants[index];
    const at = x(moment);
    const cursor = this.#plot.querySelector(".cursor");
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    this.#plot.querySelectorAll(".point").forEach((dot, number) => {
      const value = series[number].points[index][1];
      dot.setAttribute("cx", value === null ? -9 : at);
      dot.setAttribute("cy", value === null ? -9 : y(value));
    });
    fill(
      this.#tip,
      h("b", {}, stamp(moment)),
      series.map(({ name, points }, number) =>
        h("span", {}, swatch(number), h("span", {}, name), h("b", {}, said(points[index][1], format))),
      ),
    );
    this.#tip.hidden = false;
    const wide = this.#tip.offsetWidth;
    const beside = at + 12 + wide > width ? at - 12 - wide : at + 12;
    this.#tip.style.transform = `translateX(${Math.max(0, Math.round(beside))}px)`;
  }

  #leave() {
    this.#at = null;
    this.#tip.hidden = true;
    for (const one of this.#plot.querySelectorAll(".cursor, .point"))
      for (const name of ["x1", "x2", "cx", "cy"]) if (one.hasAttribute(name)) one.setAttribute(name, -9);
  }

  /** The same as a table, made when it is opened. */
  #fallback() {
    if (!this.#shown) return;
    this.#table.querySelector("div")?.remove();
    if (!this.#table.open) return;
    const { label, series, format, stamp } = this.#shown;
    const cells = (index) => series.map(({ points }) => h("td", {}, said(points[index][1], format)));
    const head = h(
      "tr",
      {},
      h("th", { scope: "col" }, "Time"),
      series.map(({ name }) => h("th", { scope: "col" }, name)),
    );
    const rows = this.#instants.map((at, index) => h("tr", {}, h("th", { scope: "row" }, stamp(at)), cells(index)));
    const table = h("table", { "aria-label": label }, h("thead", {}, head), h("tbody", {}, rows.reverse()));
    this.#table.append(
      h("div", { class: "numbers", tabindex: "0", role: "group", "aria-label": `${label}, as a table` }, table),
    );
  }
}

const hours = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dates = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** An instant as it stands at the ground: the day where a chart spans days and at midnight, else the time. */
function axis(at, moments) {
  const days = (moments.at(-1) - moments[0]) / 86_400_000;
  const midnight = new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0;
  return days > 6 || (days > 1 && midnight) ? dates.format(at) : hours.format(at);
}

customElements.define("g-chart", Chart);

/** A chart, of what `Chart.show` takes. */
export function chart(shown) {
  const element = document.createElement("g-chart");
  element.show(shown);
  return element;
}
