// What can be done to a poll: its words and times, open and closed, votes voided, deleted.

import { del, patch, post } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { count, counted, local, zone } from "../lib/format.js";
import { choices } from "../lib/poll.js";
import { confirm, dialog, field } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

const TEXT_MAX = 500;
const path = ({ pollId }) => `/api/polls/${encodeURIComponent(pollId)}`;

export const edit = (poll, then) =>
  dialog({
    title: "Edit the poll",
    wide: true,
    content: [
      field("Question", { name: "question", required: true, maxlength: TEXT_MAX, value: poll.question }),
      h(
        "div",
        { class: "stack tight" },
        choices(poll).map(({ id, label }, index) =>
          field(`Option ${index + 1}`, { name: `label:${id}`, required: true, maxlength: TEXT_MAX, value: label }),
        ),
      ),
      h(
        "div",
        { class: "fields" },
        field(
          "Opens",
          { name: "opensAt", type: "datetime-local", value: poll.opensAt && local(poll.opensAt) },
          { hint: `Times of ${zone()}; empty: no time.` },
        ),
        field("Closes", { name: "closesAt", type: "datetime-local", value: poll.closesAt && local(poll.closesAt) }),
      ),
      h("p", { class: "soft" }, "Votes stay with their options. Every page that shows the poll changes at once."),
    ],
    action: "Save",
    async act(values) {
      await patch(path(poll), changes(poll, values));
      toast("The poll is changed.");
      await then();
    },
  });

/** What is other than it was. */
function changes(poll, values) {
  const changed = {};
  if (values.question.trim() !== poll.question) changed.question = values.question.trim();
  const labels = choices(poll).map(({ id, label }) => [id, values[`label:${id}`].trim(), label]);
  const others = labels.filter(([, now, before]) => now !== before).map(([id, now]) => [id, now]);
  if (others.length) changed.labels = Object.fromEntries(others);
  for (const time of ["opensAt", "closesAt"]) {
    const before = poll[time] ? local(poll[time]) : "";
    if (values[time] !== before) changed[time] = values[time] ? new Date(values[time]).toISOString() : null;
  }
  return changed;
}

export const close = (poll, then) =>
  confirm({
    title: "Close this poll?",
    sentences: ["No more votes are counted. The results stay, and it can be opened again."],
    action: "Close the poll",
    act: () => done(post(`${path(poll)}/close`), "The poll is closed.", then),
  });

export const open = (poll, then) =>
  confirm({
    title: "Open this poll now?",
    sentences: [
      "Votes are counted again. A closing time that has passed, and an opening time to come, are taken away.",
    ],
    action: "Open the poll",
    act: () => done(post(`${path(poll)}/open`), "The poll is open.", then),
  });

export const remove = (poll, then) =>
  confirm({
    title: "Delete this poll?",
    sentences: [
      `Its ${counted(poll.totalVotes, "vote")} and its results go with it, and pages that show it say that it is not there.`,
      "It cannot be undone. Closing it keeps the results.",
    ],
    action: "Delete the poll",
    danger: true,
    act: () => done(del(path(poll)), "The poll is deleted.", then),
  });

async function done(request, sentence, then) {
  await request;
  toast(sentence);
  await then();
}

/** Votes that were stuffed are taken out of the count, once somebody has seen how many they are. */
export function voidVotes(poll, then) {
  const said = h("div", { class: "look", role: "status" });
  const [words, whose] = [["", "Any option"], choices(poll).map(({ id, label }) => [id, label])];
  let [looked, button] = [null, null];

  function forget() {
    looked = null;
    fill(said);
    if (button) button.textContent = "Look first";
  }

  return dialog({
    title: "Void votes",
    wide: true,
    content: [
      h(
        "p",
        { class: "soft" },
        "They are not counted any more, and whoever cast them cannot vote again. All that is filled in has to be so of a vote.",
      ),
      h(
        "div",
        { class: "fields", oninput: () => forget() },
        field("Option", { name: "optionId", value: "" }, { options: [words, ...whose] }),
        field("Voter’s id", { name: "userId", maxlength: 64 }),
        field("Voter’s id begins with", { name: "userPrefix", maxlength: 64, placeholder: "bot-" }),
        field("Address", { name: "address", maxlength: 16, placeholder: "as the votes list it" }),
        field("From", { name: "from", type: "datetime-local" }),
        field("To", { name: "to", type: "datetime-local" }),
      ),
      said,
    ],
    action: "Look first",
    danger: true,
    async act(values, { submit }) {
      button = submit;
      const filter = filterOf(values);
      if (!Object.keys(filter).length) throw new Error("Fill in at least one: else it would be every vote.");
      const asked = JSON.stringify(filter);
      const dryRun = asked !== looked;
      const { matched, voided } = await post(`${path(poll)}/void`, { filter, dryRun });
      if (!dryRun) {
        toast(`${counted(voided, "vote is", "votes are")} void.`);
        await then();
        return true;
      }
      looked = matched ? asked : null;
      fill(
        said,
        h(
          "p",
          {},
          matched ? `${counted(matched, "vote")} of ${count(poll.totalVotes)} would be void.` : "No vote is like that.",
        ),
      );
      submit.textContent = matched ? `Void ${counted(matched, "vote")}` : "Look again";
      return false;
    },
  });
}

function filterOf(values) {
  const given = Object.entries(values).filter(([, value]) => value.trim() !== "");
  const instant = (name) => name === "from" || name === "to";
  return Object.fromEntries(
    given.map(([name, value]) => [name, instant(name) ? new Date(value).toISOString() : value.trim()]),
  );
}
