// Backups: make one here or take one away, prove each of them, and prove the file.

import { newKey, post } from "../../lib/api.js";
import { h, fill } from "../../lib/dom.js";
import { ago, bytes, count, counted, full } from "../../lib/format.js";
import { actButton, mayAct } from "../../ui/act.js";
import { badge } from "../../ui/badge.js";
import { fault } from "../../ui/empty.js";
import { card, when } from "../../ui/facts.js";
import { toast } from "../../ui/toast.js";

const SHOWN = 7;

export function backups({ directory, items, last }, refresh) {
  const said = h("div", { class: "look", role: "status" });
  const verify = h(
    "button",
    {
      type: "button",
      onclick: () => prove(verify, "Every rule is proved against every row of the file…", "/api/verify"),
    },
    "Verify the file",
  );
  const make = actButton({ class: "primary", onclick: () => made(make) }, "Make one");
  // A form, so that the browser writes the file as it comes: it may be larger than its memory.
  const take =
    mayAct() && h("form", { method: "post", action: "/api/backup" }, h("button", { type: "submit" }, "Download one"));

  async function prove(button, words, path) {
    button.disabled = true;
    fill(said, h("p", { class: "soft" }, words));
    try {
      fill(said, verdict(await post(path)));
    } catch (problem) {
      fill(said, fault(problem));
    }
    button.disabled = false;
  }

  async function made(button) {
    button.disabled = true;
    try {
      const { name } = await post("/api/backups", {}, { key: newKey() });
      toast(`${name} is made.`);
      await refresh();
    } catch (problem) {
      toast(problem.message, { tone: "bad" });
    }
    button.disabled = false;
  }

  const proved = (name) => {
    const path = `/api/backups/${encodeURIComponent(name)}/verify`;
    const act = ({ target }) => prove(target, `${name} is read as a whole…`, path);
    return h("button", { type: "button", "aria-label": `Verify ${name}`, onclick: act }, "Verify");
  };

  const list = items
    .slice(0, SHOWN)
    .map(({ name, madeAt, bytes: size }) =>
      h(
        "li",
        { class: "pair" },
        h(
          "span",
          {},
          h("code", {}, name),
          h("span", { class: "soft" }, `${bytes(size)}, made `, when(madeAt, ago(madeAt), full(madeAt))),
        ),
        proved(name),
      ),
    );
  return card(
    "Backups",
    {
      actions: [verify, take, make],
      note: last?.error ? null : `Made by night, and here, into ${directory}, each verified as it was made.`,
    },
    last?.error && h("p", { class: "trouble", role: "alert" }, `The last one failed ${ago(last.at)}: ${last.error}`),
    last?.afterError &&
      h("p", { class: "trouble", role: "alert" }, `What was to run after it did not: ${last.afterError}`),
    list.length
      ? h("ul", { class: "plain" }, list)
      : h("p", {}, "There is none yet. Make one, or download one and keep it on another machine."),
    items.length > SHOWN && h("p", { class: "soft" }, `and ${count(items.length - SHOWN)} older`),
    said,
  );
}

function verdict({ clean, checks }) {
  const broken = checks.filter((check) => check.broken > 0);
  const all = checks.reduce((sum, { rows }) => sum + rows, 0);
  if (clean)
    return h(
      "p",
      { class: "line" },
      badge("clean"),
      `${counted(checks.length, "rule")} hold over ${counted(all, "row")}.`,
    );
  return [
    h("p", { class: "line" }, badge("broken"), "Restore a backup, or ask for help with these:"),
    h(
      "ul",
      { class: "reasons" },
      broken.map(({ name, rule, broken: number, examples }) =>
        h("li", {}, h("b", {}, name), ` ${rule}: ${counted(number, "row")} broken `, h("code", {}, examples.join(" "))),
      ),
    ),
  ];
}
