// Replays that run, and the last that ran.

import { get, post } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { brief, count, full } from "../lib/format.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { confirm } from "../ui/dialog.js";
import { card, when } from "../ui/facts.js";
import { rows } from "../ui/table.js";

const SHOWN = 5;

/** The section of them; it is not there before the first replay. */
export function replays(signal) {
  const element = h("div", { class: "apart" });

  async function refresh() {
    const list = await get(`/api/replays?limit=${SHOWN}`, { signal }).catch(() => null);
    if (!list?.items.length) return fill(element);
    return fill(element, card("Replays", { wide: true }, rows("Replays", COLUMNS, list.items)));
  }

  const cancel = ({ id }) =>
    confirm({
      title: `Cancel replay ${id}?`,
      sentences: ["What it has put into the queue already is still delivered; the rest is not."],
      action: "Cancel the replay",
      danger: true,
      act: () => post(`/api/replays/${id}/cancel`).then(refresh),
    });

  const COLUMNS = [
    {
      title: "Replay",
      class: "main",
      cell: (replay) =>
        h(
          "span",
          {},
          h("b", {}, replay.filter.type ?? "All types"),
          h(
            "span",
            { class: "soft" },
            `to ${replay.filter.destination ?? "all destinations"}, ${replay.filter.status.toLowerCase()}`,
          ),
        ),
    },
    { title: "State", cell: ({ status }) => badge(status) },
    { title: "Sent", class: "end", cell: ({ done, count: whole }) => `${count(done)} of ${count(whole)}` },
    { title: "Begun", class: "end soft", cell: ({ createdAt }) => when(createdAt, brief(createdAt), full(createdAt)) },
    {
      title: "Action",
      class: "end act",
      cell: (replay) =>
        replay.status === "RUNNING" && actButton({ onclick: () => cancel(replay) }, "Cancel"),
    },
  ];

  refresh();
  return { element, refresh };
}
