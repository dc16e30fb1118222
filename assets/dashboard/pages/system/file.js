// The data file: how large it is, how it grows, and how long a commit takes.

import { h } from "../../lib/dom.js";
import { bytes, count, duration, full } from "../../lib/format.js";
import { quantile } from "../../lib/metrics.js";
import { badge } from "../../ui/badge.js";
import { card, facts, figures, meter } from "../../ui/facts.js";

const COMMIT = "gantry_store_commit_seconds";

export function top(status, measured) {
  const growth = status.store.growthBytesPerDay;
  const failing = status.workers.filter(({ errors }) => errors > 0).length;
  return figures([
    ["Data file", bytes(status.fileBytes)],
    ["Growth", growth === null ? "–" : `${bytes(growth)}/d`, growth === null ? "known after an hour" : null],
    ["Commit, p95", time(measured, 0.95), "fsync included"],
    [
      "Workers",
      count(status.workers.length),
      failing ? `${count(failing)} with errors` : "no errors",
      failing ? "bad" : "",
    ],
  ]);
}

export function file(status, measured) {
  const { store, disk } = status;
  const batches = ["gantry_store_batch_size_sum", "gantry_store_batch_size_count"].map(
    (name) => measured.get(name)?.[0]?.value ?? 0,
  );
  return card(
    "Data file",
    {
      actions: disk
        ? [badge(disk.state === "ok" ? "ok" : "low", { text: disk.state === "ok" ? "room enough" : disk.state })]
        : [],
    },
    h(
      "div",
      { class: "meters" },
      meter(
        "Used of the file",
        store.usedBytes,
        store.usedBytes + store.freeBytes,
        `${bytes(store.usedBytes)} of ${bytes(store.usedBytes + store.freeBytes)}`,
      ),
    ),
    facts([
      ["Where", h("code", {}, status.dataFile)],
      ["Free on the disk", disk && bytes(disk.freeBytes)],
      ["Kept in reserve", disk && bytes(disk.reserveBytes)],
      ["Full", disk?.fullAt && full(disk.fullAt)],
      ["Commits", count(batches[1])],
      ["Commit, median", time(measured, 0.5)],
      ["Commit, p99", time(measured, 0.99)],
      ["Changes in one commit", batches[1] ? (batches[0] / batches[1]).toFixed(1) : null],
    ]),
  );
}

function time(measured, share) {
  const seconds = quantile(measured, COMMIT, share);
  return duration(seconds === null ? null : seconds * 1000);
}
