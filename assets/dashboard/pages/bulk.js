// Deliveries handled together: retried or discarded so many to a request, until none is left.

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

/** Says what will be done to `number` dead letters of a destination, and does it once that is confirmed. */
export async function handle(deed, filter, { of, number, then }) {
  const words = WORDS[deed];
  const path = `/api/deliveries/${deed}`;
  const progress = h("p", { class: "soft num", role: "status" });
  await confirm({
    title: `${words.title} ${counted(number, "dead letter")} of ${of}?`,
    sentences: [words.what, progress],
    action: words.title,
    danger: deed === "discard",
    async act() {
      let [done, cursor] = [0, null];
      do {
        const part = await post(path, { filter, dryRun: false, ...(cursor ? { cursor } : {}) });
        done += part.done;
        cursor = part.next;
        fill(progress, `${count(done)} of ${count(number)} so far`);
      } while (cursor);
      toast(`${counted(done, "dead letter is", "dead letters are")} ${words.done}.`);
      await then();
    },
  });
}
