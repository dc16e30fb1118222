// Taking pages out of the store, and fetching them ahead.

import { post } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { counted } from "../lib/format.js";
import { dialog, field } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

const WAYS = [
  ["path", "One path, with every query"],
  ["prefix", "All that begin with"],
  ["tag", "All with a tag"],
  ["all", "Everything"],
];
const HOW = [
  ["hard", "Take them out: the next visitor waits for the origin"],
  ["soft", "Make them stale: they are shown while fetched anew"],
];

/** `given.path`: the way is chosen already. */
export function purge(then, given = {}) {
  const ways = given.path
    ? []
    : [
        field("Which", { name: "way", value: "prefix" }, { options: WAYS }),
        field("Path, beginning or tag", { name: "value", placeholder: "/launch/" }),
      ];
  return dialog({
    title: given.path ? `Purge ${given.path}?` : "Purge pages",
    content: [
      given.path && h("p", {}, "Every stored variant and query of this path."),
      h("div", { class: "fields" }, ways, field("How", { name: "how", value: "hard" }, { options: HOW })),
    ],
    action: "Purge",
    danger: true,
    async act({ way, value, how }) {
      const which = given.path ? { path: given.path } : way === "all" ? { all: true } : { [way]: value.trim() };
      const { purged } = await post("/api/pages/purge", { ...which, soft: how === "soft" });
      toast(`${counted(purged, "page")} purged.`);
      await then();
    },
  });
}

export function warm(then) {
  return dialog({
    title: "Warm pages",
    content: [
      h("p", {}, "Pages are fetched from the origin now, so that no visitor waits for them."),
      h(
        "div",
        { class: "fields" },
        field(
          "Paths",
          { name: "paths", placeholder: "/launch/ /launch/pricing" },
          { hint: "Separated by spaces; empty: what the rules keep warm." },
        ),
        field("Or a sitemap", { name: "sitemap", placeholder: "/sitemap.xml" }),
      ),
    ],
    action: "Warm",
    async act({ paths, sitemap }) {
      const list = paths.split(/[\s,]+/).filter(Boolean);
      const job = await post("/api/pages/warm", {
        ...(list.length ? { paths: list } : {}),
        ...(sitemap.trim() ? { sitemap: sitemap.trim() } : {}),
      });
      toast(
        job.total
          ? `A warm-up has begun: ${counted(job.total, "page")}.`
          : "No rule keeps a page warm; name some paths.",
        { tone: job.total ? "good" : "wait" },
      );
      await then();
    },
  });
}
