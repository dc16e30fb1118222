// Small pictures beside words; they say nothing that the words do not.

import { s } from "./svg.js";

const PATHS = {
  now: "M3 12h4l3-8 4 16 3-8h4",
  launch: "M5 21V4h13l-3 4.5L18 13H5",
  polls: "M5 20v-7M12 20V4M19 20V9",
  events: "M13 3 5 14h6l-1 7 8-11h-6z",
  "dead-letters": "M3 6h18v12H3zM3 7l9 6.5L21 7",
  destinations: "M3 12h13M11 7l5 5-5 5M20 4v16",
  site: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c4 4 4 14 0 18M12 3c-4 4-4 14 0 18",
  funnel: "M4 5h16l-6 8v6l-4-2v-4z",
  system: "M4 7h8M18 7h2M4 17h2M12 17h8M15 4.5v5M9 14.5v5",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  theme: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16M12 7.5v9M15 8.6v6.8",
};

export function icon(name) {
  return s(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    s("path", { d: PATHS[name] }),
  );
}
