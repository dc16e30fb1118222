// The launch: how long it is until then, what is to be done when, and what happened.

import { get } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { counted } from "../lib/format.js";
import * as live from "../lib/live.js";
import { zoned } from "../lib/launch.js";
import { empty, fault } from "../ui/empty.js";
import { heading } from "../ui/facts.js";
import { copyButton } from "../ui/copy.js";
import { countdown, history, phases } from "./launch-parts.js";
import { plan, rest } from "./plan.js";
import { preflight } from "./preflight.js";

const PLAN = '[launch]\nat = "2026-12-01T00:01:00"\ntimezone = "America/Los_Angeles"';
const LOOK_AGAIN_MS = 5000;

export const page = {
  title: "Launch",

  async mount(root, { signal }) {
    const top = h("div", { class: "part" }, heading("Launch"));
    const body = h("div", { class: "part", "aria-busy": "true" }, h("div", { class: "card bone-card" }));
    const ready = preflight(signal);
    let [tick, later] = [null, null];
    fill(root, top, body);

    async function refresh() {
      try {
        const launch = await get("/api/launch", { signal });
        clearInterval(tick);
        fill(top, heading("Launch", { note: note(launch) }));
        fill(body, launch.at ? clock(launch) : unplanned(), ready, plan(launch, refresh), phases(launch, refresh), history(launch));
        lookIn(rest(launch, Date.now()));
      } catch (problem) {
        if (problem.name === "AbortError") return;
        fill(body, fault(problem, refresh));
      }
      body.removeAttribute("aria-busy");
    }

    /** Not under somebody's hands. */
    function look() {
      if (document.querySelector("dialog:modal")) lookIn(LOOK_AGAIN_MS);
      else refresh();
    }

    function lookIn(ms) {
      clearTimeout(later);
      if (!signal.aborted) later = setTimeout(look, ms);
    }

    function clock({ at, timezone }) {
      const { element, draw } = countdown(at, zoned(at, timezone));
      tick = setInterval(draw, 1000);
      return element;
    }

    await refresh();
    const off = live.on("changed", ["launch", "pages", "deliveries", "destinations", "system"], look);
    return () => (off(), clearInterval(tick), clearTimeout(later));
  },
};

function note({ items }) {
  const of = (state) => items.filter((item) => item.state === state).length;
  const [due, failed] = [of("due"), of("failed")];
  const parts = [
    failed && `${counted(failed, "thing is", "things are")} not as it should be`,
    due && `${counted(due, "thing is", "things are")} due`,
    `${of("done")} of ${items.length} done`,
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}

const unplanned = () =>
  h(
    "section",
    { class: "card" },
    empty(
      "No launch is planned",
      "Say in gantry.toml when it is, by the clock of its zone; what belongs to each phase then comes due by itself.",
      h("pre", { class: "code" }, PLAN),
      copyButton(PLAN),
    ),
  );
