// Every page of the dashboard: the addresses it is at, and where it is. A page is fetched when somebody goes to it.

/** `[match, load]`; the groups of `match` are the page's parameters. */
export const pages = [
  [/^\/$/, () => import("./now.js")],
  [/^\/sign-in\/?$/, () => import("./sign-in.js")],
  [/^\/launch\/?$/, () => import("./launch.js")],
  [/^\/polls\/?$/, () => import("./polls.js")],
  [/^\/polls\/([^/]+)\/?$/, () => import("./poll.js")],
  [/^\/events\/?$/, () => import("./events.js")],
  [/^\/events\/([^/]+)\/?$/, () => import("./event.js")],
  [/^\/dead-letters\/?$/, () => import("./dead-letters.js")],
  [/^\/destinations\/?$/, () => import("./destinations.js")],
  [/^\/destinations\/([^/]+)\/?$/, () => import("./destination.js")],
  [/^\/site\/?$/, () => import("./site.js")],
  [/^\/funnel\/?$/, () => import("./funnel.js")],
  [/^\/system\/?$/, () => import("./system.js")],
];

/** The page at a path, and its parameters; `null` where there is none. */
export function at(path) {
  for (const [match, load] of pages) {
    const found = match.exec(path);
    if (found) return { load, params: found.slice(1).map(decoded) };
  }
  return null;
}

/** What somebody wrote may be no encoding of anything. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
