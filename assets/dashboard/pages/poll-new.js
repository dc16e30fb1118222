// A new poll: a question and its options; names for addresses are made of what is written.

import { newKey, post } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { zone } from "../lib/format.js";
import { named } from "../lib/poll.js";
import { dialog, field } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

const OPTIONS_MAX = 100;
const TEXT_MAX = 500;
const VOTERS = [
  ["open", "Anyone: a browser votes once"],
  ["signed", "Whom your server has signed"],
];

/** `made(id)` is told of it once it is there. */
export function newPoll(made) {
  const options = h("div", { class: "stack tight" });
  const more = h(
    "button",
    { type: "button", class: "quiet start", onclick: () => option().querySelector("input").focus() },
    "Add an option",
  );
  const question = field("Question", {
    name: "question",
    required: true,
    maxlength: TEXT_MAX,
    placeholder: "Which feature should come first?",
  });
  const id = field(
    "Poll id",
    {
      name: "pollId",
      required: true,
      maxlength: 64,
      pattern: "[A-Za-z0-9_.:\\-]+",
      title: "Letters, digits and - _ . :",
      spellcheck: "false",
    },
    { hint: "Your page names the poll by it. It cannot be changed later." },
  );
  const name = id.querySelector("input");
  let own = false;
  name.addEventListener("input", () => (own = name.value !== ""));
  question.querySelector("input").addEventListener("input", ({ target }) => own || (name.value = named(target.value)));

  function option() {
    const number = options.childElementCount + 1;
    const one = field(`Option ${number}`, { name: "option", required: number <= 2, maxlength: TEXT_MAX });
    options.append(one);
    more.hidden = number >= OPTIONS_MAX;
    return one;
  }
  option();
  option();

  return dialog({
    title: "New poll",
    wide: true,
    content: [question, options, more, id, further()],
    action: "Create poll",
    // One poll, however often the button is pressed.
    act: creates(newKey(), made),
  });
}

const creates =
  (key, made) =>
  async (values, { form }) => {
    const labels = [...form.querySelectorAll("[name=option]")].map(({ value }) => value.trim()).filter(Boolean);
    const instant = (text) => (text ? new Date(text).toISOString() : undefined);
    const poll = await post(
      "/api/polls",
      {
        pollId: values.pollId.trim(),
        question: values.question.trim(),
        options: identified(labels),
        opensAt: instant(values.opensAt),
        closesAt: instant(values.closesAt),
        voter: values.voter,
        perAddress: values.perAddress ? Number(values.perAddress) : undefined,
      },
      { key },
    );
    toast("The poll is there.");
    made(poll.pollId);
  };

/** Options with ids, no two alike. */
function identified(labels) {
  const taken = new Set();
  return labels.map((label, index) => {
    let id = named(label) || `option-${index + 1}`;
    while (taken.has(id)) id = `${id.slice(0, 60)}-${index + 1}`;
    taken.add(id);
    return { id, label };
  });
}

const further = () =>
  h(
    "details",
    {},
    h("summary", {}, "When it is open, and for whom"),
    h(
      "div",
      { class: "fields" },
      field("Opens", { name: "opensAt", type: "datetime-local" }, { hint: `Empty: at once. Times of ${zone()}.` }),
      field("Closes", { name: "closesAt", type: "datetime-local" }, { hint: "Empty: when you close it." }),
      field("Who votes", { name: "voter", value: "open" }, { options: VOTERS }),
      field(
        "Votes from one address",
        { name: "perAddress", type: "number", min: 1 },
        { hint: "The most; empty: any number." },
      ),
    ),
  );
