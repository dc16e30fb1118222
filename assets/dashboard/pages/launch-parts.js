// Parts of the page of the launch: the countdown, the phases with what belongs to them, and what happened.

import { newKey, post } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { ago, brief, full } from "../lib/format.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { confirm } from "../ui/dialog.js";
import { card, when } from "../ui/facts.js";
import { toast } from "../ui/toast.js";
import { tickButton } from "./launch-tick.js";

const PHASES = [
  ["T-72h", "Three days before"],
  ["T-24h", "The day before"],
  ["T-2h", "Two hours before"],
  ["T+0h", "The launch"],
  ["T+6h", "The hours after"],
  ["T+48h", "Two days after"],
];
const STATES = { waiting: "still", due: "wait", done: "good", failed: "bad" };
const WORDS = { waiting: "later", due: "to do", done: "done", failed: "not so" };
const UNITS = [
  ["days", 86_400],
  ["hours", 3600],
  ["minutes", 60],
  ["seconds", 1],
];

/** The time until then, or since; `draw` says it anew. */
export function countdown(at, words) {
  const numbers = UNITS.map(([name]) => [h("span", { class: "count" }), h("span", { class: "soft" }, name)]);
  const title = h("p", { class: "soft" });
  const element = h(
    "section",
    { class: "card countdown" },
    title,
    h(
      "div",
      { class: "counts", role: "timer", "aria-label": "Time to the launch" },
      numbers.map((pair) => h("div", {}, pair)),
    ),
    h("p", {}, words),
  );
  function draw() {
    const away = Date.parse(at) - Date.now();
    let rest = Math.floor(Math.abs(away) / 1000);
    fill(title, away > 0 ? "Until the launch" : "Since the launch");
    UNITS.forEach(([, seconds], index) => {
      const number = Math.floor(rest / seconds);
      rest -= number * seconds;
      numbers[index][0].textContent = index ? String(number).padStart(2, "0") : number;
    });
  }
  draw();
  return { element, draw };
}

export function phases({ phase, items }, refresh) {
  const given = PHASES.filter(([id]) => items.some((item) => item.phase === id));
  return h(
    "ol",
    { class: "phases" },
    given.map(([id, name]) => {
      const own = items.filter((item) => item.phase === id);
      const here = phase === id;
      const done = own.filter(({ state }) => state === "done").length;
      return h(
        "li",
        { class: here ? "here" : "", "aria-current": here ? "step" : null },
        h(
          "section",
          { class: "card" },
          h(
            "header",
            {},
            h("h2", {}, name, " ", h("small", { class: "soft" }, id.replace("-", "−"))),
            here && badge("now", { tone: "busy" }),
            h("span", { class: "soft num" }, starts(own[0], done, own.length)),
          ),
          h(
            "ul",
            { class: "plain" },
            own.map((item) => line(item, refresh)),
          ),
        ),
      );
    }),
  );
}

function starts({ startsAt, state }, done, all) {
  return state === "waiting" && startsAt ? `${ago(startsAt)}, ${brief(startsAt)}` : `${done} of ${all} done`;
}

function line(item, refresh) {
  const { title, state, detail, doneAt, by, derived } = item;
  const said = doneAt && ["said ", by, " ", when(doneAt, ago(doneAt), full(doneAt))];
  return h(
    "li",
    { class: "pair item" },
    badge(WORDS[state], { tone: STATES[state] }),
    h(
      "span",
      { class: "stack none" },
      h("span", { class: "item-title" }, title),
      h(
        "span",
        { class: "soft" },
        [detail, said || (derived && !detail && "seen by itself")]
          .filter(Boolean)
          .map((part, index) => [index > 0 && "; ", part]),
      ),
    ),
    h("span", { class: "actions" }, action(item, refresh), tick(item, refresh)),
  );
}

/** What may be done about it: a page to go to, or something to set going. */
function action({ action: todo, title, state }, refresh) {
  if (!todo || (state === "done" && todo.method === "POST")) return null;
  if (todo.method === "GET")
    return todo.path.startsWith("/") && h("a", { class: "button", href: todo.path }, todo.label);
  const act = async () => {
    await post(todo.path, todo.body ?? undefined, { key: newKey() });
    toast(`${todo.label}: it is done, or under way.`);
    await refresh();
  };
  const ask = () =>
    confirm({ title: `${todo.label}?`, sentences: [`For “${title}”. It begins at once.`], action: todo.label, act });
  return actButton({ class: state === "failed" || state === "due" ? "primary" : "", onclick: ask }, todo.label);
}

function tick({ id, derived, state, title }, refresh) {
  if (derived) return null;
  const path = `/api/launch/items/${encodeURIComponent(id)}`;
  return tickButton({ path, title, isDone: state === "done" }, refresh);
}

export function history({ history: list }) {
  return card(
    "What happened when",
    {},
    list.length
      ? h(
          "ol",
          { class: "plain" },
          list.map(({ at, text, by }) =>
            h(
              "li",
              { class: "pair low" },
              h("span", {}, h("span", {}, text, by && h("span", { class: "soft" }, ` by ${by}`))),
              h("span", { class: "soft num" }, when(at, brief(at), full(at))),
            ),
          ),
        )
      : h("p", { class: "soft" }, "Nothing yet. What is marked as done above is written down here, with who did it."),
  );
}
