// Parts of the page about the site: how requests were answered, who was counted, purging, the rules, the last warm-up.

import { h } from "../lib/dom.js";
import { count, duration } from "../lib/format.js";
import { by } from "../lib/metrics.js";
import { mayAct } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { card, facts, meter } from "../ui/facts.js";

const APART = {
  bot: "Bots, by what they say they are",
  prefetch: "Fetched ahead by a browser",
  health_check: "Health checks",
  no_navigation: "No navigation: scripts, pictures, fetches",
};
const ANSWERED = {
  hit: "From the store",
  stale: "Stale from the store",
  miss: "Fetched from the origin",
  bypass: "Passed through",
  failed: "Failed",
  limited: "Over the limit",
  refused: "Refused",
};

export function answered(requests, all) {
  const given = Object.entries(ANSWERED).filter(([status]) => requests[status] > 0);
  if (!given.length)
    return card(
      "How requests were answered",
      {},
      h("p", { class: "soft" }, "No page has been asked for since the start."),
    );
  return card(
    "How requests were answered",
    {},
    h(
      "div",
      { class: "meters" },
      given.map(([status, name]) => meter(name, requests[status], all, count(requests[status]))),
    ),
  );
}

export function apart(measured) {
  const reasons = by(measured, "gantry_visits_apart_total", "reason");
  const visits = measured.get("gantry_visits_total")?.[0]?.value ?? 0;
  const all = reasons.reduce((sum, [, number]) => sum + number, visits);
  return card(
    "Who was counted",
    { note: "Only people who open a page are visits; everything else is set apart, by its reason." },
    h(
      "div",
      { class: "meters" },
      meter("Visits", visits, all, count(visits)),
      reasons.map(([reason, number]) => meter(APART[reason] ?? reason, number, all, count(number))),
    ),
  );
}

export function purging({ purge: go }) {
  if (!mayAct()) return null;
  const field = h("input", {
    id: "purge-path",
    name: "path",
    type: "text",
    placeholder: "/launch/pricing",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    pattern: "/.*",
    title: "A path begins with /",
  });
  const submit = (event) => {
    event.preventDefault();
    go({ path: field.value.trim() });
  };
  return card(
    "Purge",
    { note: "Take a page out of the store, so that the next visitor gets it anew." },
    h(
      "form",
      { class: "inline", onsubmit: submit },
      h("div", { class: "field" }, h("label", { for: "purge-path" }, "Path"), field),
      h("button", { type: "submit", class: "primary" }, "Purge…"),
      h("button", { type: "button", onclick: () => go({}) }, "More…"),
    ),
  );
}

export function rules({ rules: list, strict }) {
  if (strict || !list.length)
    return card(
      "Rules",
      {},
      h(
        "p",
        { class: "soft" },
        strict
          ? "Strict: the origin’s headers alone decide."
          : "No rule is written; the origin’s headers alone decide.",
      ),
    );
  const seconds = (value) => duration(value * 1000);
  return card(
    "Rules",
    {},
    list.map((rule) =>
      facts([
        ["Path", h("code", {}, rule.path)],
        ["Fresh for", seconds(rule.ttlSeconds)],
        ["Stale while fetched", seconds(rule.staleWhileRevalidateSeconds)],
        ["Stale if it fails", seconds(rule.staleIfErrorSeconds)],
        ["Query that counts", rule.query.length > 0 && rule.query.join(", ")],
        ["Kept warm", rule.warm.length > 0 && rule.warm.join(", ")],
      ]),
    ),
  );
}

export function warming({ warmUp }) {
  if (!warmUp) return null;
  const state = warmUp.endedAt ? "done" : "working";
  return card(
    "Last warm-up",
    { actions: [badge(state, { tone: warmUp.failed ? "bad" : warmUp.endedAt ? "good" : "busy" })] },
    h(
      "div",
      { class: "meters" },
      meter("Pages fetched", warmUp.done, warmUp.total, `${count(warmUp.done)} of ${count(warmUp.total)}`),
    ),
    facts([
      ["Stored", count(warmUp.stored)],
      ["Not stored", warmUp.notStored > 0 && count(warmUp.notStored)],
      ["Failed", warmUp.failed > 0 && count(warmUp.failed)],
    ]),
    warmUp.troubles.length > 0 &&
      h(
        "ul",
        { class: "reasons" },
        warmUp.troubles.map(({ page: path, detail }) => h("li", {}, h("code", {}, path), detail)),
      ),
  );
}
