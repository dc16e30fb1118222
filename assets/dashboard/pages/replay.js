// Asking for a replay: what would be sent again is looked at first, and only then sent.

import { get, newKey, post } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { count, counted, local } from "../lib/format.js";
import { dialog, field } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

const WHICH = [
  ["UNDELIVERED", "What has not arrived"],
  ["DEAD", "Dead letters only"],
  ["MISSING", "Deliveries that are missing"],
  ["CANCELLED", "What was called off"],
  ["DELIVERED", "What was delivered, once more"],
  ["ALL", "Everything"],
];
const DAY_MS = 86_400_000;

/** `given`: `{type?, source?, from?, to?}`, where `from` and `to` fix the range to the instant. */
export async function askReplay(given = {}) {
  const known = (await get("/api/destinations").catch(() => ({ items: [] }))).items.map(({ name }) => [name, name]);
  const said = h("div", { class: "look", role: "status" });
  // One replay, however often the button is pressed.
  const key = newKey();
  let looked = null;
  const content = [
    h(
      "p",
      { class: "soft" },
      "What was recorded is sent again under its first ids, at each destination’s own pace. Nothing is sent before you have seen how much it is.",
    ),
    h("div", { class: "fields", oninput: () => forget() }, fields(given, known)),
    said,
  ];
  let button = null;

  function forget() {
    looked = null;
    fill(said);
    if (button) button.textContent = "Look first";
  }

  return dialog({
    title: given.from ? "Replay this event" : "Replay events",
    content,
    action: "Look first",
    wide: true,
    async act(values, { submit }) {
      button = submit;
      const filter = filterOf(values, given);
      if (looked === null || JSON.stringify(filter) !== looked.asked) {
        const look = await post("/api/replay", { filter, dryRun: true });
        fill(said, result(look));
        looked = look.count ? { asked: JSON.stringify(filter) } : null;
        submit.textContent = look.count ? `Send ${counted(look.count, "delivery", "deliveries")} again` : "Look again";
        return false;
      }
      const replay = await post("/api/replay", { filter, dryRun: false }, { key });
      toast(`Replay ${replay.id} has begun: ${counted(replay.count, "delivery", "deliveries")}.`);
      return true;
    },
  });
}

function fields(given, known) {
  const range = given.from
    ? []
    : [
        field("From", { name: "from", type: "datetime-local", required: true, value: local(Date.now() - DAY_MS) }),
        field("To", { name: "to", type: "datetime-local", required: true, value: local(Date.now() + 60_000) }),
      ];
  return [
    field("Which", { name: "status", value: "UNDELIVERED" }, { options: WHICH }),
    field("Destination", { name: "destination", value: "" }, { options: [["", "All"], ...known] }),
    field("Type", { name: "type", value: given.type ?? "", placeholder: "All; a star ends a beginning" }),
    field("Source", { name: "source", value: given.source ?? "", placeholder: "All" }),
    range,
  ];
}

function filterOf(values, given) {
  const range = {
    from: given.from ?? new Date(values.from).toISOString(),
    to: given.to ?? new Date(values.to).toISOString(),
  };
  return Object.fromEntries(Object.entries({ ...values, ...range }).filter(([, value]) => value !== ""));
}

/** What a look found. */
function result(look) {
  if (!look.count)
    return h(
      "p",
      {},
      `Nothing would be sent: ${counted(look.passedOver, "delivery was", "deliveries were")} passed over.`,
    );
  const most = look.complete ? "" : "at least ";
  return [
    h("p", {}, h("b", {}, `${most}${counted(look.count, "delivery", "deliveries")} would be sent: `), look.sends, "."),
    h(
      "ul",
      {},
      look.destinations.map(({ destination, count: number }) => h("li", {}, `${destination}: ${count(number)}`)),
    ),
    h(
      "p",
      { class: "soft" },
      `Among them ${[...new Set(look.examples.map(({ type, destination }) => `${type} to ${destination}`))].slice(0, 3).join(", ")}.`,
    ),
  ];
}
