// The server: what runs here, where it answers, and what it knows of time zones.

import { h } from "../../lib/dom.js";
import { bytes, duration } from "../../lib/format.js";
import { card, facts } from "../../ui/facts.js";

export function server({ version, format, memoryBytes, publicUrl, adminUrl, zoneData, exportLagSeconds: lag }) {
  return card(
    "This server",
    {},
    facts([
      ["Version", version],
      ["Format of the file", format],
      ["Memory", memoryBytes && bytes(memoryBytes)],
      ["Visitors reach it at", publicUrl && h("code", {}, publicUrl)],
      ["You reach it at", adminUrl && h("code", {}, adminUrl)],
      ["Time zones", zoneData && `${zoneData.version}, ${zoneData.source}`],
      ["Export lags", lag === null ? "no export is configured" : lag !== undefined && duration(lag * 1000)],
    ]),
  );
}
