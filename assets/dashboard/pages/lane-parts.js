// Parts of a destination that its card and its page share: what is left of its limits, and the pause.

import { post } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { ago, count } from "../lib/format.js";
import { actButton } from "../ui/act.js";
import { dialog, field } from "../ui/dialog.js";
import { meter } from "../ui/facts.js";
import { toast } from "../ui/toast.js";

/** Windows and quotas: how much is left, and when there is more. */
export function limits({ windows, quotas }) {
  const bars = [
    ...windows.map(({ window, limit, used }) =>
      meter(`Window ${window}`, used, limit, `${count(Math.max(limit - used, 0))} of ${count(limit)} left`),
    ),
    ...quotas.map(({ limit, remaining, resetsAt }) => {
      const [left, whole] = [Math.max(remaining, 0), limit ?? Math.max(remaining, 1)];
      return meter(
        "Quota it told us",
        whole - left,
        whole,
        `${count(left)}${limit ? ` of ${count(limit)}` : ""} left, resets ${ago(resetsAt)}`,
      );
    }),
  ];
  return bars.length > 0 && h("div", { class: "meters" }, bars);
}

export function pauseButton(to, then) {
  const path = `/api/destinations/${encodeURIComponent(to.name)}`;
  if (to.paused) return actButton({ class: "primary", onclick: resume }, "Resume");
  return actButton({ onclick: pause, "aria-label": `Pause ${to.name}` }, "Pause…");

  function pause() {
    return dialog({
      title: `Pause ${to.name}?`,
      content: [
        h(
          "p",
          {},
          "Nothing is sent to it until you resume. Its deliveries wait, and none of them is lost or charged an attempt.",
        ),
        field(
          "Reason",
          { name: "reason", maxlength: 200, placeholder: "paused by hand" },
          { hint: "Others see it here." },
        ),
      ],
      action: "Pause",
      async act({ reason }) {
        await post(`${path}/pause`, reason.trim() ? { reason: reason.trim() } : {});
        toast(`${to.name} is paused.`);
        await then();
      },
    });
  }

  async function resume() {
    try {
      await post(`${path}/resume`);
      toast(`${to.name} goes on.`);
      await then();
    } catch (problem) {
      toast(problem.message, { tone: "bad" });
    }
  }
}
