// Alerts: what is watched, what is too much, who is told, and whether word of it arrives.

import { get, newKey, post } from "../../lib/api.js";
import { h } from "../../lib/dom.js";
import { ago, bytes, count, counted, duration, full, ratio } from "../../lib/format.js";
import { actButton } from "../../ui/act.js";
import { badge } from "../../ui/badge.js";
import { card, when } from "../../ui/facts.js";
import { toast } from "../../ui/toast.js";

const TONES = { firing: "bad", pending: "wait", ok: "good", off: "still" };
/** What comes of a test is asked for so often, with such rests between. */
const LOOKS = 40;
const REST_MS = 500;

const FORMATS = {
  share: ratio,
  count,
  seconds: (value) => (value ? duration(value * 1000) : "0 s"),
  mib: (value) => bytes(value * 1024 * 1024),
  flag: (value) => (value > 0 ? "yes" : "no"),
};

export function alerts({ items, to }) {
  const test = actButton({ onclick: () => send(test) }, "Send a test");
  const sorted = [...items].sort((one, other) => rank(one) - rank(other));
  const [loud, quiet] = [true, false].map((is) => sorted.filter((item) => isLoud(item) === is));
  const list = (of) => h("ul", { class: "plain" }, of.map(line));
  return card(
    "Alerts",
    { actions: to.length ? [test] : [], note: told(to) },
    loud.length ? list(loud) : h("p", {}, "Nothing is too much."),
    h("details", {}, h("summary", {}, `${counted(quiet.length, "rule")} kept to, or off`), list(quiet)),
  );
}

const rank = ({ state }) => Object.keys(TONES).indexOf(state);
const isLoud = ({ state }) => state === "firing" || state === "pending";

function told(to) {
  if (!to.length) return "Nobody is told. Name destinations in gantry.toml, below [alerts]: to = […].";
  const each = to.map(({ destination, trouble }) => (trouble ? `${destination} (${trouble})` : destination));
  return `Told: ${each.join(", ")}.`;
}

function line({ rule, destination, certificate, state, value, unit, terms, what, since }) {
  const is = value === null ? null : FORMATS[unit]?.(value);
  return h(
    "li",
    { class: "pair low" },
    h(
      "span",
      {},
      h("span", {}, h("code", {}, rule), (destination ?? certificate) && ` ${destination ?? certificate}`),
      h(
        "span",
        { class: "soft" },
        what,
        is !== null && ` Now ${is}.`,
        state !== "off" && terms !== "on" && ` Told when ${terms}.`,
        since && [" Since ", when(since, ago(since), full(since)), "."],
      ),
    ),
    badge(state, { tone: TONES[state] }),
  );
}

async function send(button) {
  button.disabled = true;
  try {
    const { eventId } = await post("/api/alerts/test", {}, { key: newKey() });
    toast("A test is on its way…");
    for (const { destination, status, lastError } of await outcomes(eventId)) {
      if (status === "DELIVERED") toast(`The test has arrived at ${destination}.`);
      else toast(`${destination}: ${lastError ?? "nothing was sent yet"}`, { tone: "bad" });
    }
  } catch (problem) {
    toast(problem.message, { tone: "bad" });
  }
  button.disabled = false;
}

/** Its deliveries, once each has arrived or failed, or after a while as they are. */
async function outcomes(event) {
  for (let look = 1; ; look += 1) {
    const { deliveries } = await get(`/api/events/${encodeURIComponent(event)}`);
    const known = ({ status, history }) => history.length || !["PENDING", "LEASED"].includes(status);
    if (look === LOOKS || deliveries.every(known)) return deliveries;
    await new Promise((rested) => setTimeout(rested, REST_MS));
  }
}
