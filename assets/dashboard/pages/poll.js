// One poll: its results as they move, its course, the code for a page, its votes, and what can be done to it.

import { get, withQuery } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import * as live from "../lib/live.js";
import { standing } from "../lib/poll.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { empty, fault } from "../ui/empty.js";
import { card, facts, heading } from "../ui/facts.js";
import { close, edit, open, remove, voidVotes } from "./poll-acts.js";
import { courseCard, embed, results, votes } from "./poll-parts.js";

const BACK = ["/polls", "Polls"];
const LAG_MS = 2500;
/** What moves with each vote. */
const COUNTED = { options: null, totalVotes: null, lastUpdated: null };

export const page = {
  title: "Poll",

  async mount(root, { params: [id], signal, go }) {
    const path = `/api/polls/${encodeURIComponent(id)}`;
    const head = h("div", { class: "part" }, heading(id, { back: BACK }));
    const bones = h("div", { class: "part", "aria-busy": "true" }, h("div", { class: "card bone-card" }));
    const [counted, course] = [h("div", { class: "stack" }), courseCard()];
    let [poll, shown, list, waiting, stop] = [null, null, null, null, () => {}];
    fill(root, head, bones);

    async function refresh() {
      try {
        const before = poll;
        poll = await get(path, { signal });
        document.title = `${poll.question} – Gantry`;
        // What is pressed stays what it is while votes come.
        const now = JSON.stringify({ ...poll, ...COUNTED });
        if (now !== shown) fill(head, top(poll, refresh, go));
        shown = now;
        if (!before) await begin();
        fill(counted, results(poll));
        await draw();
      } catch (problem) {
        if (problem.name === "AbortError") return;
        fill(root, heading(id, { back: BACK }), problem.status === 404 ? gone() : fault(problem, refresh));
      }
    }

    const draw = async () => course.show(poll, await get(`${path}/timeline`, { signal }));

    /** The course lags behind the count. */
    function later() {
      waiting ??= setTimeout(() => {
        waiting = null;
        draw().catch(() => null);
      }, LAG_MS);
    }

    async function begin() {
      const status = await get("/api/status", { signal });
      list = votes(poll, signal);
      const void_ = actButton(
        { onclick: () => voidVotes(poll, () => (refresh(), list.refresh({ hard: true }))) },
        "Void votes…",
      );
      fill(
        root,
        head,
        h(
          "div",
          { class: "cards" },
          card("Results", { actions: files(id) }, counted),
          h("div", { class: "stack" }, embed(poll, status.publicUrl), about(poll)),
        ),
        course.element,
        card("Votes", { wide: true, actions: [void_] }, list.element),
      );
      stop = follow(`${path}/stream`, (moved) => {
        poll = { ...poll, ...moved };
        fill(counted, results(poll));
        later();
      });
    }

    await refresh();
    const off = live.on(
      "changed",
      ["polls"],
      () => document.querySelector("dialog:modal") || (refresh(), list?.refresh()),
    );
    return () => (off(), stop(), clearTimeout(waiting));
  },
};

/** The poll's own stream, while somebody looks. */
function follow(path, told) {
  let stream = null;
  const turn = () => {
    stream?.close();
    stream = document.hidden ? null : new EventSource(path);
    stream?.addEventListener("results", ({ data }) => told(JSON.parse(data)));
  };
  turn();
  document.addEventListener("visibilitychange", turn);
  return () => (document.removeEventListener("visibilitychange", turn), stream?.close());
}

function top(poll, refresh, go) {
  const { word, tone, sentence } = standing(poll);
  const button = (name, act, kind) => actButton({ class: kind, onclick: act }, name);
  return heading(poll.question, {
    back: BACK,
    actions: [
      button("Edit…", () => edit(poll, refresh)),
      poll.open
        ? button("Close…", () => close(poll, refresh))
        : button("Open again…", () => open(poll, refresh), "primary"),
      button("Delete…", () => remove(poll, () => go("/polls")), "danger"),
    ],
    note: h("span", { class: "line" }, badge(word, { tone }), sentence),
  });
}

const files = (poll) => [
  h(
    "a",
    { class: "button", download: true, href: withQuery("/api/export/results", { poll, format: "csv" }) },
    "Results, CSV",
  ),
  h(
    "a",
    { class: "button", download: true, href: withQuery("/api/export/votes", { poll, format: "csv" }) },
    "Votes, CSV",
  ),
];

const about = ({ pollId, voter, perAddress }) =>
  card(
    "How it is counted",
    {},
    facts([
      ["Poll id", h("code", {}, pollId)],
      ["Who votes", voter === "signed" ? "whom your server has signed" : "anyone, a browser once"],
      ["From one address", perAddress && `${perAddress} at most`],
    ]),
  );

const gone = () =>
  empty("There is no such poll", "It was never made, or it is deleted.", h("a", { href: "/polls" }, "Show all polls"));
