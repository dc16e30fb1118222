// The shell: who asks, which page, the way between pages, and the line that says how things stand.

import { get, del } from "./lib/api.js";
import { h, fill } from "./lib/dom.js";
import * as live from "./lib/live.js";
import { fault } from "./ui/empty.js";
import { pages } from "./pages/all.js";

const NAVIGATION = [
  ["/events", "Events"],
  ["/dead-letters", "Dead letters"],
  ["/destinations", "Destinations"],
  ["/site", "Site"],
  ["/system", "System"],
];
const FIRST = "/events";

const main = h("main", { id: "main", tabindex: "-1" });
const line = h("p", { class: "state", role: "status" }, "Connecting…");
const navigation = h("nav", { "aria-label": "Pages" });
let leave = null;

/** Goes to an address of the dashboard. `replace`: the one before is forgotten; `quiet`: the page itself has changed already. */
function go(address, { replace, quiet } = {}) {
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  if (!quiet) show();
}

async function show() {
  leave?.();
  const ending = new AbortController();
  const path = location.pathname === "/" ? FIRST : location.pathname;
  const found = pages.map((page) => [page, page.match.exec(path)]).find(([, match]) => match);
  mark(path);
  const root = h("div", { class: "page" });
  fill(main, root);
  let off = null;
  leave = () => {
    ending.abort();
    off?.();
  };
  if (!found) {
    document.title = "Not found – Gantry";
    put(root, path);
    return;
  }
  const [page, match] = found;
  document.title = `${page.title} – Gantry`;
  try {
    const params = match.slice(1).map(decodeURIComponent);
    const query = new URLSearchParams(location.search);
    off = await page.mount(root, { params, query, signal: ending.signal, go });
    if (ending.signal.aborted) off?.();
  } catch (problem) {
    if (problem.name !== "AbortError") fill(root, h("h1", {}, page.title), fault(problem, show));
  }
}

function put(root, path) {
  fill(
    root,
    h("h1", {}, "There is no such page"),
    h("p", { class: "soft" }, path),
    h("a", { href: FIRST }, "To the events"),
  );
}

function mark(path) {
  fill(
    navigation,
    NAVIGATION.map(([address, name]) =>
      h(
        "a",
        { href: address, "aria-current": path === address || path.startsWith(`${address}/`) ? "page" : null },
        name,
      ),
    ),
  );
}

/** Links of the dashboard stay within it. */
function follow(event) {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || link.hasAttribute("download") || link.target) return;
  const to = new URL(link.href);
  if (to.origin !== location.origin || to.pathname.startsWith("/api/")) return;
  event.preventDefault();
  go(to.pathname + to.search);
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

async function signOut() {
  await del("/api/session").catch(() => null);
  location.assign("/sign-in");
}

function draw() {
  const skip = h(
    "a",
    { class: "skip", href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) },
    "To the content",
  );
  const bar = h(
    "header",
    { class: "bar" },
    h("a", { class: "mark", href: "/" }, "Gantry"),
    navigation,
    line,
    h("button", { type: "button", class: "quiet", onclick: signOut }, "Sign out"),
  );
  document.body.append(skip, bar, main);
}

draw();
addEventListener("click", follow);
addEventListener("popstate", show);
// A page kept by the browser for the way back may be another's by now.
addEventListener("pageshow", (event) => event.persisted && location.reload());
live.on(
  "state",
  (state) => state === "lost" && fill(line, h("span", { class: "dot bad" }), "Connection lost; trying again"),
);
live.on("now", ({ state }) => {
  if (line.textContent !== state.text) fill(line, h("span", { class: `dot ${state.level}` }), state.text);
});
await get("/api/session").catch(() => null);
live.begin();
show();
