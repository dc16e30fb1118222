// The site in front: how often the store answers, what is in it, what was no visit, and taking pages out or in.

import { get, withQuery } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { bytes, count, counted, ratio } from "../lib/format.js";
import * as live from "../lib/live.js";
import { read } from "../lib/metrics.js";
import { share } from "../lib/series.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { empty, fault } from "../ui/empty.js";
import { figures, heading } from "../ui/facts.js";
import { hourCard } from "./hour.js";
import { purge, warm } from "./site-acts.js";
import { dropped } from "./site-dropped.js";
import { answered, apart, purging, rules, warming } from "./site-parts.js";
import { SHOWN, stored } from "./site-stored.js";

export const page = {
  title: "Site",

  async mount(root, { signal }) {
    const body = h(
      "div",
      { class: "part", "aria-busy": "true" },
      h("div", { class: "cards" }, h("div", { class: "card bone-card" }), h("div", { class: "card bone-card" })),
    );
    const ratios = hourCard("Hit ratio, the last hour", {
      names: ["pages_requests", "pages_hits"],
      shown: (kept) => ({
        label: "Pages answered from memory, the last hour",
        series: [{ name: "Hit ratio", points: share(kept.pages_hits, kept.pages_requests) }],
        format: ratio,
        most: 1,
        nothing: "No page has been asked for in this hour.",
      }),
      signal,
    });
    const acts = { purge: (given) => purge(refresh, given), warm: () => warm(refresh) };
    fill(root, heading("Site"), body);

    async function refresh() {
      try {
        const [site, measured, agents] = await Promise.all([
          get(withQuery("/api/pages", { sort: "hits", limit: SHOWN }), { signal }),
          read({ signal }).catch(() => new Map()),
          get("/api/funnel/apart", { signal }).catch(() => ({ items: [] })),
        ]);
        const actions = site.site && [actButton({ onclick: acts.warm }, "Warm…")];
        fill(root, heading("Site", { actions, note: site.site && from(site) }), body);
        const typed = body.querySelector("input[name=path]")?.value;
        fill(body, site.site ? shown(site, { measured, agents: agents.items }, acts, ratios.element) : none());
        const field = body.querySelector("input[name=path]");
        if (field && typed) field.value = typed;
      } catch (problem) {
        if (problem.name === "AbortError") return;
        fill(body, fault(problem, refresh));
      }
      body.removeAttribute("aria-busy");
    }

    await Promise.all([refresh(), ratios.ready]);
    const off = live.on(
      "changed",
      ["pages", "funnel"],
      () => document.querySelector("dialog:modal") || body.contains(document.activeElement) || refresh(),
    );
    return () => (off(), ratios.off());
  },
};

const none = () =>
  empty(
    "No site is fronted",
    "Gantry can stand in front of your site, keep its pages and count its visitors. Say where it is in gantry.toml:",
    h(
      "pre",
      { class: "code" },
      '[pages]\norigin = "http://127.0.0.1:3000"\n\n[[pages.rule]]\npath = "/launch/*"\nttl = "60s"',
    ),
    h("a", { href: "/system" }, "See the system"),
  );

function from({ origins, root }) {
  if (root) return `Pages of ${root}`;
  return h(
    "span",
    { class: "line" },
    origins.map(({ host, url, state, lastError }) => [
      badge(state),
      `${url}${host ? ` for ${host}` : ""}${lastError ? `: ${lastError}` : ""} `,
    ]),
  );
}

function shown(site, { measured, agents }, acts, ratios) {
  const { requests } = site;
  const all = Object.values(requests).reduce((sum, number) => sum + number, 0);
  return [
    figures([
      ["Hit ratio", ratio(site.hitRatio), "since the start"],
      ["Requests", count(all)],
      ["Stored", counted(site.entries, "page")],
      ["Memory", bytes(site.bytes), `of ${bytes(site.capacityBytes)}`],
    ]),
    ratios,
    h(
      "div",
      { class: "cards flow" },
      answered(requests, all),
      apart(measured),
      purging(acts),
      rules(site),
      warming(site),
    ),
    dropped(agents),
    stored(site, acts),
  ];
}
