// What `/metrics` tells, read where no other path tells it: samples, and quantiles of histograms.

import { text } from "./api.js";

const SAMPLE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

/** All samples, by the name of their family. */
export async function read(options) {
  const families = new Map();
  for (const line of (await text("/metrics", options)).split("\n")) {
    const [, name, labels, value] = SAMPLE.exec(line) ?? [];
    if (!name) continue;
    const pairs = [...(labels ?? "").matchAll(LABEL)].map(([, label, said]) => [label, said]);
    const sample = { labels: Object.fromEntries(pairs), value: Number(value) };
    families.set(name, [...(families.get(name) ?? []), sample]);
  }
  return families;
}

/** A counter's values by one of its labels. */
export function by(families, name, label) {
  return (families.get(name) ?? []).map(({ labels, value }) => [labels[label] ?? "", value]);
}

/** A quantile of a histogram, in seconds, interpolated within its bucket; `null` where nothing was observed. */
export function quantile(families, name, share) {
  const buckets = (families.get(`${name}_bucket`) ?? []).map(({ labels, value }) => [bound(labels.le), value]);
  const all = buckets.at(-1)?.[1] ?? 0;
  if (!all) return null;
  const rank = all * share;
  let [below, before] = [0, 0];
  for (const [edge, seen] of buckets) {
    if (seen >= rank)
      return edge === Infinity ? below : below + ((edge - below) * (rank - before)) / (seen - before || 1);
    [below, before] = [edge, seen];
  }
  return below;
}

const bound = (text) => (text === "+Inf" ? Infinity : Number(text));
