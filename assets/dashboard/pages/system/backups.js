// Backups: take one, see those that were made by night, and prove the file.

import { post } from "../../lib/api.js";
import { h, fill } from "../../lib/dom.js";
import { ago, bytes, count, counted, full } from "../../lib/format.js";
import { badge } from "../../ui/badge.js";
import { fault } from "../../ui/empty.js";
import { card, when } from "../../ui/facts.js";

const SHOWN = 7;

export function backups({ directory, items, last }) {
  const said = h("div", { class: "look", role: "status" });
  const verify = h("button", { type: "button", onclick: prove }, "Verify");
  // A form, so that the browser writes the file as it comes: it may be larger than its memory.
  const take = h(
    "form",
    { method: "post", action: "/api/backup" },
    h("button", { type: "submit", class: "primary" }, "Take a backup"),
  );

  async function prove() {
    verify.disabled = true;
    fill(said, h("p", { class: "soft" }, "Every rule of the file is proved against every row…"));
    try {
      fill(said, verdict(await post("/api/verify")));
    } catch (problem) {
      fill(said, fault(problem));
    }
    verify.disabled = false;
  }

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
          h("span", { class: "soft" }, "made ", when(madeAt, ago(madeAt), full(madeAt))),
        ),
        h("span", { class: "num" }, bytes(size)),
      ),
    );
  return card(
    "Backups",
    {
      actions: [verify, take],
      note: last?.error ? null : `Made by night into ${directory}, each verified as it was made.`,
    },
    last?.error && h("p", { class: "trouble", role: "alert" }, `The last one failed ${ago(last.at)}: ${last.error}`),
    last?.afterError &&
      h("p", { class: "trouble", role: "alert" }, `What was to run after it did not: ${last.afterError}`),
    list.length
      ? h("ul", { class: "plain" }, list)
      : h("p", {}, "None has been made by night yet. Take one now, and keep it on another machine."),
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
