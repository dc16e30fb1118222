// One person's data: shown, and erased.

import { del, get, withQuery } from "../../lib/api.js";
import { h, fill } from "../../lib/dom.js";
import { brief, count, counted } from "../../lib/format.js";
import { actButton } from "../../ui/act.js";
import { confirm, field } from "../../ui/dialog.js";
import { fault } from "../../ui/empty.js";
import { card } from "../../ui/facts.js";
import { toast } from "../../ui/toast.js";

/** What is found is read a page at a time; so many pages are read before somebody is asked to go on. */
const PAGES = 50;
const SHOWN = 50;
const REMAINS = [
  "What is kept of them goes: payloads, answers, addresses. Votes and conversions stay counted.",
  "Backups that were made before still hold what they held.",
];

export function person(signal) {
  const said = h("div", { class: "look", role: "status" });
  const find = async (event) => {
    event.preventDefault();
    const name = event.target.who.value.trim();
    const who = name.includes("@") ? { email: name } : { userId: name };
    fill(said, h("p", { class: "soft" }, "Looking through tables and journal…"));
    try {
      const found = await all(who, signal);
      fill(
        said,
        shown(found, name, () => erase(who, name, said)),
      );
    } catch (problem) {
      if (problem.name !== "AbortError") fill(said, fault(problem));
    }
  };
  return card(
    "One person’s data",
    { note: "Everything that is kept of somebody, and its erasure." },
    h(
      "form",
      { class: "inline", onsubmit: find },
      field("E-mail address or user id", { name: "who", required: true, placeholder: "ann@example.com" }),
      h("button", { type: "submit" }, "Show"),
    ),
    said,
  );
}

async function all(who, signal) {
  const items = [];
  let cursor = null;
  for (let page = 0; page < PAGES; page += 1) {
    const part = await get(withQuery("/api/people", { ...who, cursor, limit: 200 }), { signal });
    items.push(...part.items);
    cursor = part.next;
    if (!cursor) break;
  }
  return { items, whole: !cursor };
}

function shown({ items, whole }, name, erased) {
  if (!items.length)
    return h(
      "p",
      {},
      whole
        ? `Nothing is kept of ${name}.`
        : `Nothing was found of ${name} so far; gantry person show looks through all of it.`,
    );
  return [
    h("p", {}, `${counted(items.length, "thing is", "things are")} kept${whole ? "" : ", at least"}.`),
    h(
      "ul",
      { class: "plain kept" },
      items
        .slice(0, SHOWN)
        .map((item) =>
          h(
            "li",
            { class: "pair" },
            h("span", {}, h("b", {}, item.kind), h("span", { class: "soft" }, text(item))),
            h("span", { class: "soft num" }, brief(item.at ?? item.createdAt ?? item.day)),
          ),
        ),
    ),
    items.length > SHOWN && h("p", { class: "soft" }, `and ${count(items.length - SHOWN)} more`),
    h("div", { class: "actions" }, actButton({ class: "danger", onclick: erased }, "Erase…")),
  ];
}

/** What is kept, in a line. */
function text(item) {
  if (item.kind === "event") return h("a", { href: `/events/${item.id}` }, `${item.type} from ${item.source}`);
  if (item.kind === "attempt")
    return h("a", { href: `/events/${item.eventId}` }, `${item.destination} answered: ${item.excerpt}`);
  if (item.kind === "vote") return `${item.optionId ?? "a vote"} in ${item.pollId ?? "a deleted poll"}`;
  if (item.kind === "spend") return `${item.amount} ${item.note ?? ""}`;
  return item.goal ?? "";
}

const erase = (who, name, said) =>
  confirm({
    title: `Erase ${name}?`,
    sentences: [...REMAINS, "It cannot be undone."],
    action: "Erase",
    danger: true,
    async act() {
      const erasure = await del(withQuery("/api/people", who));
      const done = Object.entries(erasure.erased)
        .filter(([, number]) => number > 0)
        .map(([what, number]) => `${count(number)} ${what}`);
      toast(
        erasure.progress === 1
          ? `Erased: ${done.join(", ") || "nothing was kept"}.`
          : "The erasure goes on in the background.",
      );
      fill(
        said,
        h("p", {}, "What remains:"),
        h(
          "ul",
          {},
          erasure.remains.map((sentence) => h("li", {}, sentence)),
        ),
      );
    },
  });
