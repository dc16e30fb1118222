// The boot: who asks, which page, and the way between pages.

import { get } from "./lib/api.js";
import { h, fill } from "./lib/dom.js";
import * as live from "./lib/live.js";
import { at } from "./pages/all.js";
import { signedInTo } from "./ui/act.js";
import { empty, fault } from "./ui/empty.js";
import { heading } from "./ui/facts.js";
import { shell } from "./ui/shell.js";

const SIGN_IN = "/sign-in";

const main = h("main", { id: "main", tabindex: "-1" });
let mark = () => {};
let leave = null;

/** Goes to an address of the dashboard. `replace`: the one before is forgotten; `quiet`: the page itself has changed already. */
function go(address, { replace, quiet } = {}) {
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  if (!quiet) show();
}

async function show() {
  leave?.();
  const ending = new AbortController();
  const found = at(location.pathname);
  mark(location.pathname);
  const root = h("div", { class: "page" });
  let off = null;
  leave = () => {
    ending.abort();
    off?.();
  };
  if (!found) return missing(root);
  main.setAttribute("aria-busy", "true");
  try {
    const { page } = await found.load();
    if (ending.signal.aborted) return undefined;
    document.title = `${page.title} – Gantry`;
    fill(main, root);
    const query = new URLSearchParams(location.search);
    off = await page.mount(root, { params: found.params, query, signal: ending.signal, go });
    if (ending.signal.aborted) off?.();
  } catch (problem) {
    if (ending.signal.aborted || problem.name === "AbortError") return undefined;
    fill(
      main,
      fill(
        root,
        heading("That did not work"),
        fault(problem, () => location.reload()),
      ),
    );
  }
  if (!ending.signal.aborted) main.removeAttribute("aria-busy");
  return undefined;
}

function missing(root) {
  document.title = "Not found – Gantry";
  main.removeAttribute("aria-busy");
  const next = h("a", { href: "/" }, "To how things stand now");
  fill(
    main,
    fill(
      root,
      heading("There is no such page"),
      empty(location.pathname, "Nothing of the dashboard is at this address.", next),
    ),
  );
}

/** A click on a link of the dashboard stays within it. */
function within({ target, button, metaKey, ctrlKey, shiftKey, altKey, defaultPrevented }) {
  const link = target.closest?.("a[href]");
  const plain = button === 0 && !(metaKey || ctrlKey || shiftKey || altKey || defaultPrevented);
  if (!link || !plain || link.hasAttribute("download") || link.target) return null;
  return own(link);
}

function own(link) {
  const to = new URL(link.href);
  return to.origin === location.origin && at(to.pathname) ? to : null;
}

function follow(event) {
  const to = within(event);
  if (!to) return;
  event.preventDefault();
  go(to.pathname + to.search);
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Whoever points at a link will soon want its page. */
function ahead({ target }) {
  const link = target.closest?.("a[href]");
  const to = link && own(link);
  if (to)
    at(to.pathname)
      .load()
      .catch(() => null);
}

async function boot() {
  if (location.pathname === SIGN_IN) document.body.replaceChildren(main);
  else {
    const session = await get("/api/session").catch((problem) => problem);
    if (session.status === 401) return;
    signedInTo(session.scope);
    mark = shell(main, session);
    live.begin();
  }
  show();
}

addEventListener("click", follow);
addEventListener("pointerover", ahead, { passive: true });
addEventListener("popstate", show);
// A page kept by the browser for the way back may be another's by now.
addEventListener("pageshow", (event) => event.persisted && location.reload());
boot();
