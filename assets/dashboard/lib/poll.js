// A poll as its maker sees it: how it stands, and names made of what people write.

import { ago, full } from "./format.js";

const NAME_MAX = 64;

/** `{word, tone, sentence}`. */
export function standing({ open, opensAt, closesAt, closedAt }, now = Date.now()) {
  const state = (word, tone, sentence) => ({ word, tone, sentence });
  if (open)
    return state("open", "good", closesAt ? `Closes ${ago(closesAt)}, ${full(closesAt)}.` : "Votes are counted.");
  if (!closedAt && opensAt && Date.parse(opensAt) > now)
    return state("not open yet", "wait", `Opens ${ago(opensAt)}, ${full(opensAt)}.`);
  const since = closedAt ?? closesAt;
  return state("closed", "still", since ? `Closed ${ago(since)}, ${full(since)}.` : "No more votes are counted.");
}

/** A name for addresses, of what somebody wrote; "" where nothing of it can be kept. */
export function named(text) {
  const plain = text.normalize("NFKD").replace(/[̀-ͯ]/g, "").toLowerCase();
  return plain
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, NAME_MAX)
    .replace(/^-+|-+$/g, "");
}

/** The options by the votes each has, in the poll's order: `{id, label, votes}`. */
export const choices = ({ options, labels }) =>
  Object.entries(options).map(([id, votes]) => ({ id, label: labels[id] ?? id, votes }));

export const address = (id) => `/polls/${encodeURIComponent(id)}`;
