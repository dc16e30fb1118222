// Alerts: what is watched, what is too much, who is told, and whether word of it arrives.

import { get, newKey, post } from "../../lib/api.js";
import { h } from "../../lib/dom.js";
import { ago, bytes, count, duration, full, ratio } from "../../lib/format.js";
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
  seconds: (value) => duration(value * 1000),
  mib: (value) => bytes(value * 1024 * 1024),
  flag: (value) => (value > 0 ? "yes" : "no"),
};

export function alerts({ items, to }) {
  const test = h("button", { type: "button", onclick: () => send(test) }, "Send a test");
  const loud = [...items].sort((one, other) => rank(one) - rank(other));
  return card(
    "Alerts",
    { actions: to.length ? [test] : [], note: told(to) },
    h("ul", { class: "plain kept", tabindex: "0", "aria-label": "Rules" }, loud.map(line)),
  );
}

const rank = ({ state }) => Object.keys(TONES).indexOf(state);

function told(to) {
  if (!to.length) return "Nobody is told: name destinations as to in [alerts] of gantry.toml.";
  const each = to.map(({ destination, trouble }) => (trouble ? `${destination} (${trouble})` : destination));
  return `Told: ${each.join(", ")}.`;
}

function line({ rule, destination, state, value, unit, terms, what, since }) {
  const is = value === null ? null : FORMATS[unit]?.(value);
  return h(
    "li",
    { class: "pair low" },
    h(
      "span",
      {},
      h("span", {}, h("code", {}, rule), destination && ` ${destination}`),
      h(
        "span",
        { class: "soft" },
        what,
        state !== "off" && ` ${is ?? "Nothing to measure"}; too much: ${terms}.`,
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
