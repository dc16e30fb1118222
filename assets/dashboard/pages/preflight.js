// The preflight of a launch: run when somebody asks, and shown until it is run again.

import { get } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { brief } from "../lib/format.js";
import { badge } from "../ui/badge.js";
import { fault } from "../ui/empty.js";
import { card } from "../ui/facts.js";

const WORDS = { go: ["go", "good"], "no-go": ["no-go", "bad"], unknown: ["not known", "still"] };

/** A card that runs it. */
export function preflight(signal) {
  const shown = h("div", { "aria-live": "polite" });
  const button = h("button", { type: "button", onclick: run }, "Run preflight");
  const note =
    "Looks at backup, disk, pages, quotas, certificates and clock, connects to every destination without telling it anything, and has every webhook take a sample.";
  return card("Preflight", { actions: [button], note }, shown);

  async function run() {
    button.disabled = true;
    shown.setAttribute("aria-busy", "true");
    try {
      fill(shown, result(await get("/api/preflight", { signal })));
    } catch (problem) {
      if (problem.name !== "AbortError") fill(shown, fault(problem, run));
    }
    shown.removeAttribute("aria-busy");
    button.disabled = false;
  }
}

function result({ go, at, checks }) {
  const against = checks.filter(({ verdict }) => verdict === "no-go").length;
  return [
    h(
      "p",
      { class: "line" },
      badge(go ? "Go" : "No-go", { tone: go ? "good" : "bad" }),
      go ? `Nothing speaks against it, at ${brief(at)}.` : `${against} of ${checks.length} say no, at ${brief(at)}.`,
    ),
    h("ul", { class: "plain" }, checks.map(line)),
  ];
}

function line({ of, title, verdict, detail }) {
  const [text, tone] = WORDS[verdict];
  return h(
    "li",
    { class: "pair item" },
    badge(verdict, { text, tone }),
    h(
      "span",
      { class: "stack none" },
      h("span", { class: "item-title" }, of ? `${of}: ${title}` : title),
      h("span", { class: "soft" }, detail),
    ),
  );
}
