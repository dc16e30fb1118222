// The button by which one says of something that belongs to the launch that it is done, or not after all.

import { post } from "../lib/api.js";
import { actButton } from "../ui/act.js";
import { toast } from "../ui/toast.js";

/** Says so at `path`, of what is called `title`. */
export function tickButton({ path, title, isDone }, refresh) {
  const to = isDone ? "open" : "done";
  async function tell({ target }) {
    target.disabled = true;
    try {
      await post(path, { state: to });
      await refresh();
    } catch (problem) {
      toast(problem.message, { tone: "bad" });
      target.disabled = false;
    }
  }
  const name = isDone ? "Not done after all" : "Mark as done";
  return actButton({ "aria-label": `${name}: ${title}`, onclick: tell, class: isDone ? "quiet" : "" }, name);
}
