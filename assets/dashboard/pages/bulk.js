// Deliveries handled together: counted first, then retried or discarded so many to a request, until none is left.

import { post } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { count, counted } from "../lib/format.js";
import { confirm } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

const WORDS = {
  retry: {
    title: "Retry",
    done: "in the queue again",
    what: "They are put into the queue again under their first ids, at the destination’s own pace. What refused them may refuse them again.",
  },
  discard: {
    title: "Discard",
    done: "discarded",
    what: "They are not sent any more. Their events and attempts stay, and a replay can bring them back.",
  },
};

/** Counts without changing anything, says so, and does it once that is confirmed. */
export async function handle(deed, filter, then) {
  const words = WORDS[deed];
  const path = `/api/deliveries/${deed}`;
  let look;
  try {
    look = await post(path, { filter, dryRun: true });
  } catch (problem) {
    toast(problem.message, { tone: "bad" });
    return;
  }
  const number = counted(look.matched, "dead letter");
  const progress = h("p", { class: "soft num", role: "status" });
  const most = look.next ? `${count(look.matched)} and more` : number;
  await confirm({
    title: `${words.title} ${most} of ${filter.destination}?`,
    sentences: [words.what, progress],
    action: words.title,
    danger: deed === "discard",
    async act() {
      let [done, cursor] = [0, null];
      do {
        const part = await post(path, { filter, dryRun: false, ...(cursor ? { cursor } : {}) });
        done += part.done;
        cursor = part.next;
        fill(progress, `${count(done)} so far`);
      } while (cursor);
      toast(`${counted(done, "dead letter is", "dead letters are")} ${words.done}.`);
      await then();
    },
  });
}
