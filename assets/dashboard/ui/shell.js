// The shell: the way between pages, the line that says how things stand, the theme, and the way out.

import { del } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import * as live from "../lib/live.js";
import { sentence } from "../lib/standing.js";
import * as theme from "../lib/theme.js";
import { chips } from "./filters.js";

/** Address, name, picture. On a phone the first few are at hand, and the rest behind a button. */
const PAGES = [
  ["/", "Now", "now"],
  ["/launch", "Launch", "launch"],
  ["/polls", "Polls", "polls"],
  ["/events", "Events", "events"],
  ["/dead-letters", "Dead letters", "dead-letters"],
  ["/destinations", "Destinations", "destinations"],
  ["/site", "Site", "site"],
  ["/funnel", "Funnel", "funnel"],
  ["/system", "System", "system"],
];
const AT_HAND = 4;

/** Draws it around `main`. Gives what tells it which page is shown. */
export function shell(main, { who, scope }) {
  const line = h("p", { class: "state", role: "status" }, "Connecting…");
  const navigation = h("nav", { "aria-label": "Pages" });
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
    h(
      "div",
      { class: "own" },
      themes(),
      h("span", { class: "who soft", title: `Signed in as ${who}` }, whose(who, scope)),
      out(),
    ),
  );
  document.body.replaceChildren(skip, bar, main);
  tell(line);
  return (path) => mark(navigation, path);
}

const whose = (who, scope) => (scope === "read" ? `${who}, reading only` : who);
const out = () => h("button", { type: "button", class: "quiet", onclick: signOut }, "Sign out");

async function signOut() {
  await del("/api/session").catch(() => null);
  location.assign("/sign-in");
}

/** Goes from one theme to the next. */
function themes() {
  const button = h("button", { type: "button", class: "quiet theme", onclick: next });
  const name = () => theme.THEMES.find(([one]) => one === theme.chosen())?.[1] ?? theme.THEMES[0][1];
  const draw = () => {
    button.title = `Theme: ${name().toLowerCase()}`;
    button.setAttribute("aria-label", button.title);
  };
  function next() {
    const index = theme.THEMES.findIndex(([one]) => one === theme.chosen());
    theme.choose(theme.THEMES[(index + 1) % theme.THEMES.length][0]);
    draw();
  }
  button.append(icon("theme"));
  draw();
  return button;
}

const isAt = (address, path) => path === address || (address !== "/" && path.startsWith(`${address}/`));

function link([address, name, picture], path, kind) {
  const here = isAt(address, path) ? "page" : null;
  return h("a", { href: address, class: kind, "aria-current": here }, icon(picture), h("span", {}, name));
}

function mark(navigation, path) {
  const rest = PAGES.slice(AT_HAND);
  const within = rest.some(([address]) => isAt(address, path));
  const more = h(
    "button",
    { type: "button", class: within ? "more here" : "more", "aria-haspopup": "dialog", onclick: () => sheet(path) },
    icon("more"),
    h("span", {}, "More"),
  );
  fill(
    navigation,
    PAGES.map((page, index) => link(page, path, index < AT_HAND ? null : "rest")),
    more,
  );
}

/** What does not fit at a phone's foot. */
function sheet(path) {
  const close = () => box.close();
  const box = h(
    "dialog",
    {
      class: "sheet",
      "aria-label": "More",
      onclick: (event) => (event.target === box || event.target.closest("a")) && close(),
    },
    h(
      "div",
      { class: "sheet-body" },
      h(
        "div",
        { class: "sheet-pages" },
        PAGES.slice(AT_HAND).map((page) => link(page, path)),
      ),
      chips({ label: "Theme", choices: theme.THEMES, value: theme.chosen(), changed: theme.choose }),
      h("div", { class: "sheet-foot" }, out(), h("button", { type: "button", onclick: close }, "Close")),
    ),
  );
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}

function tell(line) {
  const put = (level, words) => {
    if (line.textContent !== words)
      fill(line, h("span", { class: `dot ${level}` }), h("span", { title: words }, words));
  };
  live.on("state", (state) => state === "lost" && put("bad", "Connection lost; trying again"));
  live.on("now", ({ state, at }) => put(state.level, sentence(state, at)));
}
