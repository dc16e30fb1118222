// How a destination stands, in one word and one sentence: the first thing that holds it back, or that nothing does.

import { ago, counted } from "./format.js";

const HELD = {
  breaker: "its breaker is open",
  "retry-after": "it asked to be left alone",
  window: "its window is full",
  quota: "its quota is used up",
};

/** `{word, tone, sentence}` of a destination of the API; `allPausedSince` where all delivery stands still. */
export function standing(to, allPausedSince) {
  const waiting = to.pending + to.retrying;
  const state = (word, tone, sentence) => ({ word, tone, sentence });
  if (!to.configured)
    return state("not configured", "bad", "The configuration no longer names it; what waits stays until it does.");
  if (to.paused) return state("paused", "wait", `Paused: ${to.paused.reason}`);
  if (allPausedSince) return state("paused", "wait", `All delivery is paused since ${ago(allPausedSince)}.`);
  if (to.breaker?.state === "open")
    return state(
      "breaker open",
      "bad",
      `It is left alone as ${to.breaker.reason ?? "it failed too often"}; next probe ${ago(to.breaker.nextProbe)}.`,
    );
  if (to.breaker?.state === "half-open")
    return state("probing", "busy", "One call finds out whether it answers again.");
  if (to.held)
    return state(
      "held",
      "wait",
      `Nothing is sent as ${HELD[to.held.why] ?? to.held.why}${to.held.until ? `; goes on ${ago(to.held.until)}` : ""}.`,
    );
  if (to.leased > 0 || Date.parse(to.oldestDue) < Date.now())
    return state(
      "sending",
      "good",
      `${counted(waiting + to.leased, "delivery is", "deliveries are")} on the way${waiting && to.oldestDue ? `; the oldest was due ${ago(to.oldestDue)}` : ""}.`,
    );
  if (waiting > 0)
    return state(
      "waiting",
      "still",
      `${counted(waiting, "delivery is", "deliveries are")} not due yet${to.oldestDue ? `; the next is, ${ago(to.oldestDue)}` : ""}.`,
    );
  return state("idle", "still", "Nothing waits.");
}
