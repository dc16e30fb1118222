// Sparks: how something went, beside its figure.

import { scale } from "./scale.js";
import { ground, path, s } from "./svg.js";

/** A small area that says how something went, beside its figure. */
class Spark extends HTMLElement {
  #values = [];
  #watch = new ResizeObserver(() => this.#draw());

  connectedCallback() {
    this.#watch.observe(this);
  }

  disconnectedCallback() {
    this.#watch.disconnect();
  }

  show(values) {
    this.#values = values;
    this.#draw();
  }

  #draw() {
    const [width, height] = [this.clientWidth, this.clientHeight];
    if (!width || this.#values.length < 2) return this.replaceChildren();
    const most = Math.max(...this.#values.map((value) => value ?? 0)) || 1;
    const x = scale([0, this.#values.length - 1], [0, width]);
    const y = scale([0, most], [height - 1, 2]);
    const placed = this.#values.map((value, index) => [x(index), value === null ? null : y(value)]);
    return this.replaceChildren(
      s(
        "svg",
        { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true", focusable: "false" },
        s("path", { class: "area c0", d: ground(placed, height) }),
        s("path", { class: "stroke c0", d: path(placed) }),
      ),
    );
  }
}

customElements.define("g-spark", Spark);

/** A spark of values; `null` where nothing is known. */
export function spark(values) {
  const element = document.createElement("g-spark");
  element.show(values);
  return element;
}
