// Now: the launch at a glance. What is so this second, with the last hour behind it, and what needs somebody.

import { get } from "../lib/api.js";
import { chart } from "../lib/chart.js";
import { h, fill } from "../lib/dom.js";
import { brief } from "../lib/format.js";
import * as live from "../lib/live.js";
import { lastHour } from "../lib/series.js";
import { spark } from "../lib/spark.js";
import { fault } from "../ui/empty.js";
import { eachMinute } from "./hour.js";
import { FIGURES, UNKNOWN } from "./now-figures.js";
import { launchBand, polls, standingBand, lanes } from "./now-parts.js";

const NAMES = FIGURES.flatMap(({ needs }) => needs);

export const page = {
  title: "Now",

  async mount(root, { signal }) {
    let [kept, chosen] = [null, FIGURES[0]];
    const standing = h("div", { class: "band" }, h("p", { class: "band-title" }, "Connecting…"));
    const launch = h("div", { class: "band" });
    const tiles = FIGURES.map((figure) => tile(figure, () => choose(figure)));
    const behind = h("section", { class: "card behind" });
    const places = { lanes: h("div", { class: "place" }), polls: h("div", { class: "place" }) };
    for (const one of Object.values(places)) fill(one, h("div", { class: "card bone-card" }));
    fill(
      root,
      h("h1", { class: "unseen" }, "Now"),
      h("div", { class: "bands" }, standing, launch),
      h(
        "div",
        { class: "tiles", role: "group", "aria-label": "Figures; each shows its last hour" },
        tiles.map(({ element }) => element),
      ),
      behind,
      h("div", { class: "cards" }, places.lanes, places.polls),
    );

    function choose(figure) {
      chosen = figure;
      for (const one of tiles) one.element.setAttribute("aria-pressed", String(one.figure === figure));
      const head = h("header", {}, h("h2", {}, figure.label), h("a", { href: figure.next[0] }, figure.next[1]));
      const drawn = kept && chart(shown(figure, kept));
      fill(behind, head, drawn ?? h("div", { class: "bone-card plot" }));
    }

    async function hour() {
      try {
        kept = await lastHour(NAMES, signal);
        for (const { figure, sparked } of tiles) sparked.show(figure.behind(kept).map(([, value]) => value));
        const drawn = behind.querySelector("g-chart");
        if (drawn) drawn.show(shown(chosen, kept));
        else choose(chosen);
      } catch (problem) {
        if (problem.name === "AbortError") return;
        fill(behind, fault(problem, hour));
      }
    }

    const drawn = (place, load, draw) => async () => {
      const found = await load().catch((problem) => problem);
      if (!signal.aborted)
        fill(place, found instanceof Error ? h("div", { class: "card" }, fault(found)) : draw(found));
    };
    const refresh = {
      launch: drawn(launch, () => get("/api/launch", { signal }), launchBand),
      polls: drawn(places.polls, () => get("/api/polls?limit=50", { signal }), polls),
      lanes: drawn(places.lanes, () => get("/api/destinations", { signal }), lanes),
    };

    function frame(now) {
      const { band, level } = standingBand(now);
      standing.className = `band ${level}`;
      if (standing.textContent !== band.textContent) fill(standing, ...band.childNodes);
      for (const one of tiles) one.put(now.live, kept);
    }

    choose(chosen);
    await Promise.all([hour(), ...Object.values(refresh).map((ask) => ask())]);
    const offs = [
      live.on("now", frame),
      eachMinute(hour),
      live.on("changed", ["polls"], refresh.polls),
      live.on("changed", ["destinations", "deliveries"], refresh.lanes),
      live.on("changed", ["launch", "pages", "deliveries"], refresh.launch),
    ];
    return () => offs.forEach((off) => off());
  },
};

function shown({ label, format, whole, most, behind, name }, kept) {
  const points = behind(kept);
  const nothing = "Nothing has been kept yet: the first minute comes in a minute.";
  return {
    label: `${label}, the last hour`,
    kind: "area",
    series: [{ name, points }],
    format,
    whole,
    most,
    nothing,
    stamp: (at) => brief(at),
  };
}

/** A figure that is pressed to see its hour. */
function tile(figure, pressed) {
  const [value, note] = [
    h("span", { class: "tile-value" }, UNKNOWN.now),
    h("span", { class: "tile-note soft" }, UNKNOWN.note),
  ];
  const sparked = spark([]);
  const element = h(
    "button",
    { type: "button", class: "tile", onclick: pressed },
    h("span", { class: "tile-name" }, figure.name),
    value,
    note,
    sparked,
  );
  const write = (place, words) => place.textContent !== words && fill(place, words);
  return {
    figure,
    element,
    sparked,
    put(now, kept) {
      write(value, figure.now(now, kept));
      write(note, figure.note(now));
      element.classList.toggle("bad", figure.tone?.(now) === "bad");
    },
  };
}
