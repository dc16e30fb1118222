// The system: alerts, the data file and the machine, backups, keys, one person's data, data out, and the audit log.

import { get } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { duration, full } from "../lib/format.js";
import * as live from "../lib/live.js";
import { read } from "../lib/metrics.js";
import { fault } from "../ui/empty.js";
import { heading } from "../ui/facts.js";
import { alerts } from "./system/alerts.js";
import { audit } from "./system/audit.js";
import { backups } from "./system/backups.js";
import { certificates } from "./system/certificates.js";
import { dataOut } from "./system/data-out.js";
import { file, top } from "./system/file.js";
import { commits, size } from "./system/hours.js";
import { keys } from "./system/keys.js";
import { person } from "./system/person.js";
import { server } from "./system/server.js";
import { tables, workers } from "./system/workers.js";

export const page = {
  title: "System",

  async mount(root, { signal }) {
    const place = (name) => h("div", { class: `place ${name}` });
    const places = {
      top: place("top"),
      file: place("file"),
      server: place("server"),
      certificates: place("certificates"),
      alerts: place("alerts"),
      workers: place("workers"),
      backups: place("backups"),
      keys: place("keys"),
      tables: place("tables"),
    };
    const acts = audit(signal);
    const hours = [commits(signal), size(signal)];
    const title = h("div", { class: "part" }, heading("System"));
    const body = h(
      "div",
      { class: "part", "aria-busy": "true" },
      places.top,
      h(
        "div",
        { class: "cards" },
        hours.map(({ element }) => element),
      ),
      h(
        "div",
        { class: "cards flow" },
        places.alerts,
        places.file,
        places.server,
        places.certificates,
        places.keys,
        places.backups,
        person(signal),
        dataOut(),
        places.workers,
      ),
      acts.element,
      places.tables,
    );
    fill(root, title, body);
    for (const one of Object.values(places)) fill(one, h("div", { class: "card bone-card" }));

    const drawn = (name, load, draw) => async () => {
      try {
        fill(places[name], draw(await load()));
      } catch (problem) {
        if (problem.name !== "AbortError") fill(places[name], h("div", { class: "card" }, fault(problem, all[name])));
      }
    };
    const asked = (path) => () => get(path, { signal });
    const all = {
      alerts: drawn("alerts", asked("/api/alerts"), alerts),
      keys: drawn("keys", asked("/api/keys"), (list) => keys(list, () => all.keys())),
      backups: drawn("backups", asked("/api/backups"), (list) => backups(list, () => all.backups())),
      status: async () => {
        const parts = ["top", "file", "server", "certificates", "workers", "tables"];
        try {
          const [status, measured] = await Promise.all([
            get("/api/status", { signal }),
            read({ signal }).catch(() => new Map()),
          ]);
          fill(
            title,
            heading("System", {
              note: `Gantry ${status.version}, up for ${duration(status.uptimeSeconds * 1000)} since ${full(status.startedAt)}`,
            }),
          );
          const drawings = [
            top(status, measured),
            file(status, measured),
            server(status),
            certificates(status),
            workers(status),
            tables(status),
          ];
          parts.forEach((part, index) => fill(places[part], drawings[index]));
        } catch (problem) {
          if (problem.name === "AbortError") return;
          parts.forEach((part) => fill(places[part]));
          fill(places.top, fault(problem, all.status));
        }
      },
    };
    await Promise.all([...Object.values(all).map((refresh) => refresh()), ...hours.map(({ ready }) => ready)]);
    body.removeAttribute("aria-busy");

    const off = live.on("changed", ["system", "keys"], () => {
      if (document.querySelector("dialog:modal")) return;
      all.status();
      all.alerts();
      acts.refresh();
    });
    return () => (off(), hours.forEach((hour) => hour.off()));
  },
};
