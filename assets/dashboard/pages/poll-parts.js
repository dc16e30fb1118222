// Parts of the page of a poll: its results, its course, the code for a page, and its votes one by one.

import { get, withQuery } from "../lib/api.js";
import { chart } from "../lib/chart.js";
import { h } from "../lib/dom.js";
import { brief, count, counted, full, ratio } from "../lib/format.js";
import { choices } from "../lib/poll.js";
import { filled } from "../lib/scale.js";
import { copyButton } from "../ui/copy.js";
import { empty } from "../ui/empty.js";
import { card, meter, when } from "../ui/facts.js";
import { table } from "../ui/table.js";
import { tabs } from "../ui/tabs.js";

/** How many votes are listed at first, and at a time. */
const SHOWN = 20;
const MINUTES = { "1m": 1, "5m": 5, "15m": 15, "1h": 60, "6h": 360 };
const WINDOWS = { "1m": "minute", "5m": "5 minutes", "15m": "15 minutes", "1h": "hour", "6h": "6 hours" };

/** Results as they are now. */
export function results(poll) {
  const all = poll.totalVotes;
  const bar = ({ label, votes }) => meter(label, votes, all, `${all ? ratio(votes / all) : "–"}  ·  ${count(votes)}`);
  return [
    h("p", { class: "big num" }, counted(all, "vote")),
    h("div", { class: "meters" }, choices(poll).map(bar)),
    all
      ? h("p", { class: "soft" }, "Last vote ", when(poll.lastUpdated, brief(poll.lastUpdated), full(poll.lastUpdated)))
      : h("p", { class: "soft" }, "Nobody has voted yet. Put the poll on a page: the code is beside this."),
  ];
}

const EMBED = "https://your-site.example";

/** The code for a page. */
export function embed({ pollId, voter }, publicUrl) {
  const home = (publicUrl ?? EMBED).replace(/\/$/, "");
  const code = `<script src="${home}/gantry.js" async></script>\n<gantry-poll poll="${pollId}"></gantry-poll>`;
  return card(
    "On your page",
    { actions: [copyButton(code, "Copy the code")] },
    h("pre", { class: "code", tabindex: "0", "aria-label": "Code for a page" }, code),
    !publicUrl &&
      h("p", { class: "soft" }, "Write the public address of this server in the place of ", h("code", {}, EMBED), "."),
    voter === "signed" &&
      h(
        "p",
        { class: "soft" },
        "Only voters whom your server has signed are counted: give the element a ",
        h("code", {}, "voter-token"),
        ".",
      ),
  );
}

/** Votes over time; `course` as the API has it. */
export function course(poll, { every, from, to, items }) {
  if (!items.length) return h("p", { class: "soft" }, "Votes over time are drawn from the first vote on.");
  // One window before the first vote: the course begins with nothing.
  const step = MINUTES[every] * 60_000;
  const range = { from: Date.parse(from) - step, to: Date.parse(to), every: step };
  const points = (value) =>
    filled(
      items.map((item) => [Date.parse(item.start), value(item)]),
      range,
    );
  const sum = (list) => {
    let all = 0;
    return list.map(([at, value]) => [at, (all += value)]);
  };
  const byOption = choices(poll).map(({ id, label }) => ({
    name: label,
    points: sum(points(({ votes }) => votes[id] ?? 0)),
  }));
  const format = { format: count, whole: true };
  const kinds = {
    sums: { label: "Votes in all, by option", kind: "line", series: byOption, ...format },
    windows: {
      label: `Votes in each ${WINDOWS[every]}`,
      kind: "bar",
      series: [{ name: "Votes", points: points(({ total }) => total) }],
      ...format,
    },
  };
  return kinds;
}

/** The card of the course, which is drawn anew without losing the tab that is chosen. */
export function courseCard() {
  let [kinds, drawn] = [null, null];
  const body = h("div", { class: "panel" });
  const draw = (kind, panel) => {
    const shown = kinds[kind];
    const present = panel.querySelector("g-chart");
    if (present) present.show(shown);
    else panel.replaceChildren(chart(shown));
  };
  const element = card("Votes over time", { wide: true }, body);
  function show(poll, timeline) {
    const made = course(poll, timeline);
    if (made instanceof Element) return body.replaceChildren(made);
    kinds = made;
    if (drawn) return drawn.draw();
    drawn = tabs({
      label: "How votes are drawn",
      choices: [
        ["sums", "In all"],
        ["windows", `Each ${WINDOWS[timeline.every]}`],
      ],
      value: "sums",
      draw,
    });
    return body.replaceChildren(drawn.element);
  }
  return { element, show };
}

/** Votes one by one. */
export function votes(poll, signal) {
  const labels = new Map(choices(poll).map(({ id, label }) => [id, label]));
  const path = `/api/polls/${encodeURIComponent(poll.pollId)}/votes`;
  return table({
    label: "Votes",
    signal,
    load: (cursor) => get(withQuery(path, { cursor, limit: SHOWN }), { signal }),
    empty: () => empty("No vote yet", "Every vote is listed here, with who cast it and from which address."),
    columns: [
      {
        title: "Voter",
        class: "main",
        cell: ({ userId }) => h("span", { class: "clip", title: userId }, h("code", { class: "clip" }, userId)),
      },
      {
        title: "Option",
        cell: ({ optionId, voidedAt }) =>
          h(
            "span",
            { class: "line" },
            h("span", { class: "clip", title: labels.get(optionId) ?? optionId }, labels.get(optionId) ?? optionId),
            voidedAt && "(void)",
          ),
      },
      { title: "Address", class: "soft rare", cell: ({ address }) => address && h("code", {}, address) },
      { title: "At", class: "end soft bare", cell: ({ at }) => when(at, brief(at), full(at)) },
    ],
  });
}
