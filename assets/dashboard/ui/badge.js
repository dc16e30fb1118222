// A state in one word, whose colour says the same again.

import { h } from "../lib/dom.js";

const TONES = {
  good: ["COMPLETED", "DELIVERED", "DONE", "closed", "up", "2xx", "ok", "sending", "clean"],
  busy: ["PROCESSING", "LEASED", "RUNNING", "working", "probing"],
  wait: ["PENDING", "RETRYING", "half-open", "paused", "held", "429", "waiting", "5xx", "network", "low"],
  bad: ["FAILED", "DEAD", "open", "down", "failed", "4xx", "3xx", "render", "full", "broken"],
};

/** A badge; its tone follows its word, where it is not given. */
export function badge(word, { tone, text } = {}) {
  const found = tone ?? Object.keys(TONES).find((name) => TONES[name].includes(word)) ?? "still";
  return h("span", { class: `badge ${found}` }, text ?? plain(word));
}

/** A status of the API as a word of a sentence. */
function plain(word) {
  return /^[A-Z_]+$/.test(word) ? word[0] + word.slice(1).toLowerCase().replaceAll("_", " ") : word;
}
