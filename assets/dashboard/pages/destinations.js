// Destinations: how each stands, what waits for it, and what is left of its quota.

import { get, post } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { count, duration, full } from "../lib/format.js";
import { standing } from "../lib/lane.js";
import * as live from "../lib/live.js";
import { actButton } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { confirm } from "../ui/dialog.js";
import { empty, fault } from "../ui/empty.js";
import { figures, heading } from "../ui/facts.js";
import { toast } from "../ui/toast.js";
import { limits, pauseButton } from "./lane-parts.js";

export const page = {
  title: "Destinations",

  async mount(root, { signal }) {
    const top = h("div", { class: "part" }, heading("Destinations"));
    const body = h(
      "div",
      { class: "part", "aria-busy": "true" },
      h("div", { class: "cards" }, h("div", { class: "card bone-card" }), h("div", { class: "card bone-card" })),
    );
    fill(root, top, body);

    async function refresh() {
      try {
        const list = await get("/api/destinations", { signal });
        fill(
          top,
          heading("Destinations", {
            actions: list.items.length > 0 && [all(list.pausedSince, refresh)],
            note:
              list.pausedSince &&
              `All delivery stands still since ${full(list.pausedSince)}. Events are taken in and wait.`,
          }),
        );
        fill(body, list.items.length ? shown(list, refresh) : none());
      } catch (problem) {
        if (problem.name === "AbortError") return;
        fill(body, fault(problem, refresh));
      }
      body.removeAttribute("aria-busy");
    }

    await refresh();
    return live.on(
      "changed",
      ["destinations", "deliveries"],
      () => document.querySelector("dialog:modal") || refresh(),
    );
  },
};

const none = () =>
  empty(
    "No destination is configured",
    "A destination is another service’s API that events are delivered to. Destinations and routes are written in gantry.toml:",
    h(
      "pre",
      { class: "code" },
      '[[destination]]\nname = "crm"\nurl = "https://crm.example/hooks"\n\n[[route]]\ntype = "LEAD_CAPTURE"\nto = ["crm"]',
    ),
    h("a", { href: "/events" }, "See the events"),
  );

function shown({ items, pausedSince }, refresh) {
  const sum = (name) => items.reduce((all_, to) => all_ + to[name], 0);
  const hour = (name) => items.reduce((all_, { lastHour }) => all_ + lastHour[name], 0);
  return [
    figures([
      ["Waiting", count(sum("pending") + sum("retrying"))],
      ["Dead letters", h("a", { href: "/dead-letters" }, count(sum("dead"))), null, sum("dead") ? "bad" : ""],
      ["Delivered", count(sum("delivered"))],
      [
        "Calls in the last hour",
        count(hour("calls")),
        `${count(hour("failed"))} failed, ${count(hour("limited"))} found too many`,
      ],
    ]),
    h(
      "ul",
      { class: "cards lanes" },
      items.map((to) => h("li", {}, card(to, pausedSince, refresh))),
    ),
  ];
}

function card(to, pausedSince, refresh) {
  const { word, tone, sentence } = standing(to, pausedSince);
  const address = `/destinations/${encodeURIComponent(to.name)}`;
  return h(
    "article",
    { class: "card lane" },
    h(
      "header",
      {},
      h("h2", { class: "clip", title: to.name }, h("a", { href: address }, to.name)),
      badge(word, { tone }),
    ),
    h("p", { class: "soft" }, sentence),
    figures([
      ["Waiting", count(to.depth)],
      ["Dead", count(to.dead), null, to.dead ? "bad" : ""],
      ["p95, last hour", duration(to.lastHour.p95Ms)],
    ]),
    limits(to),
    h(
      "footer",
      {},
      h("span", { class: "soft" }, to.rate && `up to ${to.rate}`),
      h("div", { class: "actions" }, pauseButton(to, refresh)),
    ),
  );
}

function all(pausedSince, refresh) {
  const act = async (deed) => {
    await post(`/api/delivery/${deed}`);
    toast(deed === "pause" ? "All delivery stands still." : "Delivery goes on.");
    await refresh();
  };
  if (pausedSince)
    return actButton(
      {
        class: "primary",
        onclick: () => act("resume").catch((problem) => toast(problem.message, { tone: "bad" })),
      },
      "Resume all",
    );
  return actButton(
    {
      onclick: () =>
        confirm({
          title: "Pause all delivery?",
          sentences: ["Nothing leaves until you resume. Events are taken in as ever and wait; what is under way ends."],
          action: "Pause all",
          act: () => act("pause"),
        }),
    },
    "Pause all…",
  );
}
