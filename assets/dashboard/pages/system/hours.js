// The last hour of the data file: how long commits took, and how large it was.

import { bytes, duration } from "../../lib/format.js";
import { divided } from "../../lib/series.js";
import { hourCard } from "../hour.js";

export const commits = (signal) =>
  hourCard("Commits, the last hour", {
    names: ["commit_p99_micros"],
    shown: ({ commit_p99_micros: micros }) => ({
      label: "Commits, 99th percentile of each minute, the last hour",
      series: [{ name: "p99", points: divided(micros, 1000) }],
      format: duration,
      nothing: "Nothing has been committed in this hour.",
    }),
    signal,
  });

export const size = (signal) =>
  hourCard("Data file, the last hour", {
    names: ["store_file_bytes"],
    shown: ({ store_file_bytes: sizes }) => ({
      label: "Size of the data file, the last hour",
      series: [{ name: "Size", points: sizes }],
      format: bytes,
      binary: true,
    }),
    signal,
  });
