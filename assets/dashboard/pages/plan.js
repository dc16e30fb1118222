// The plan of the launch: what is done by itself, and what its owner ticks of it.

import { post } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { ago, brief, full } from "../lib/format.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { card, when } from "../ui/facts.js";
import { toast } from "../ui/toast.js";

const WORDS = {
  waiting: ["later", "still"],
  due: ["now", "busy"],
  done: ["done", "good"],
  failed: ["failed", "bad"],
  missed: ["missed", "bad"],
  "by-hand": ["to do", "wait"],
};
const NOTE = "Done by itself, each step once, and told to those who are told of alerts.";

export function plan({ steps }, refresh) {
  if (!steps.length) return null;
  return card(
    "Plan",
    { note: NOTE },
    h(
      "ol",
      { class: "plain" },
      steps.map((step) => line(step, refresh)),
    ),
  );
}

function line(step, refresh) {
  const { title, state, startsAt } = step;
  const [text, tone] = WORDS[state];
  return h(
    "li",
    { class: "pair item" },
    badge(state, { text, tone }),
    h(
      "span",
      { class: "stack none" },
      h("span", { class: "item-title" }, title),
      h("span", { class: "soft" }, came(step)),
    ),
    h("span", { class: "actions" }, when(startsAt, brief(startsAt), full(startsAt)), tick(step, refresh)),
  );
}

/** What came of it, or how long it is until then. */
function came({ state, startsAt, tries, detail, doneAt, by, byHand }) {
  if (doneAt) return ["said ", by, " ", when(doneAt, ago(doneAt), full(doneAt))];
  if (state === "waiting") return `${ago(startsAt)}${byHand ? ", by hand" : ""}`;
  const often = tries > 1 && `tried ${tries} times`;
  return [detail, often].filter(Boolean).join("; ") || (state === "by-hand" && "yours to do");
}

function tick({ id, state, title, doneAt, endedAt, byHand }, refresh) {
  const to = doneAt ? "open" : "done";
  const is = doneAt || (state !== "done" && (byHand || endedAt));
  if (!is) return null;
  async function tell({ target }) {
    target.disabled = true;
    try {
      await post(`/api/launch/steps/${encodeURIComponent(id)}`, { state: to });
      await refresh();
    } catch (problem) {
      toast(problem.message, { tone: "bad" });
      target.disabled = false;
    }
  }
  const name = to === "done" ? "Mark as done" : "Not done after all";
  return actButton(
    { "aria-label": `${name}: ${title}`, onclick: tell, class: to === "open" ? "quiet" : "" },
    name,
  );
}
