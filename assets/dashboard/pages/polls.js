// Polls: what is asked, how each stands, and a new one.

import { get, withQuery } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { brief, count, full } from "../lib/format.js";
import * as live from "../lib/live.js";
import { address, choices, standing } from "../lib/poll.js";
import { actButton, mayAct } from "../ui/act.js";
import { badge } from "../ui/badge.js";
import { empty } from "../ui/empty.js";
import { heading, when } from "../ui/facts.js";
import { table } from "../ui/table.js";
import { newPoll } from "./poll-new.js";

export const page = {
  title: "Polls",

  async mount(root, { query, signal, go }) {
    const create = () => newPoll((id) => go(address(id)));
    const button = (name) => actButton({ class: "primary", onclick: create }, name);
    const list = table({
      label: "Polls",
      columns: COLUMNS,
      signal,
      load: (cursor) => get(withQuery("/api/polls", { cursor }), { signal }),
      empty: () =>
        empty(
          "No poll has been made yet",
          "A poll is a question on your page. Every visitor votes once, and everybody sees the results move.",
          button("Create the first"),
        ),
    });
    fill(root, heading("Polls", { actions: [button("New poll")] }), list.element);
    if (query.get("new")) {
      go("/polls", { replace: true, quiet: true });
      if (mayAct()) create();
    }
    return live.on("changed", ["polls"], () => list.refresh());
  },
};

const COLUMNS = [
  {
    title: "Poll",
    class: "main",
    cell: (poll) =>
      h(
        "a",
        { href: address(poll.pollId) },
        h("b", { class: "clip", title: poll.question }, poll.question),
        h("span", { class: "soft clip", title: poll.pollId }, poll.pollId),
      ),
  },
  {
    title: "State",
    cell: (poll) => {
      const { word, tone } = standing(poll);
      return badge(word, { tone });
    },
  },
  { title: "Ahead", class: "soft rare", cell: ahead },
  { title: "Votes", class: "end", cell: ({ totalVotes }) => h("b", {}, count(totalVotes)) },
  {
    title: "Last vote",
    class: "end soft bare",
    cell: ({ totalVotes, lastUpdated }) =>
      totalVotes ? when(lastUpdated, brief(lastUpdated), full(lastUpdated)) : "none yet",
  },
];

function ahead(poll) {
  if (!poll.totalVotes) return "";
  const [first] = choices(poll).sort((one, other) => other.votes - one.votes);
  return h("span", { class: "clip", title: first.label }, first.label);
}
