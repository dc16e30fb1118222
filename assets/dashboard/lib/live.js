// One stream for all tabs of a browser: what is so now, and what has changed.
//
// A browser gives one host six connections, so the tab that holds the lock holds the stream and tells the others.

const NAME = "gantry-stream";
/** What a tab says that has just been opened. */
const HELLO = "hello";
const listeners = { now: new Set(), changed: new Set(), state: new Set() };
const channel = "BroadcastChannel" in window ? new BroadcastChannel(NAME) : null;
let state = "connecting";
let counts = null;
/** The last frame: whoever begins to listen hears it at once. */
let frame = null;
/** How often somebody is told of changes at most: what they do then is ask the API. */
const REST_MS = 3000;
const PRESSED_MS = 200;

/** `on("now", f)`, `on("state", f)`, `on("changed", topics, f)`; gives what ends it. */
export function on(kind, ...rest) {
  const told = kind === "changed" ? calm(rest.at(-1)) : rest.at(-1);
  const listener = { topics: rest.length > 1 ? rest[0] : null, told };
  listeners[kind].add(listener);
  if (kind === "state") listener.told(state);
  if (kind === "now" && frame) listener.told(frame);
  return () => listeners[kind].delete(listener);
}

/** Whom nobody looked at when they were to be told. */
const due = new Set();
function catchUp() {
  if (document.hidden) return;
  for (const tell of [...due]) due.delete(tell) && tell();
}
document.addEventListener("visibilitychange", catchUp);

let pressed = false;
addEventListener("pointerdown", () => (pressed = true), { capture: true, passive: true });
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (pressed = false), { passive: true });

/** The same at once, then with rests between; not while nobody looks, nor under a finger that is about to press something. */
function calm(told) {
  let [last, waiting] = [0, null];
  const tell = () => {
    if (document.hidden) return void ((waiting = null), due.add(tell));
    if (pressed) return void (waiting = setTimeout(tell, PRESSED_MS));
    [last, waiting] = [Date.now(), null];
    return told();
  };
  return () => {
    waiting ??= setTimeout(tell, Math.max(0, last + REST_MS - Date.now()));
  };
}

/** Begins to listen, once one is signed in. */
export function begin() {
  if (channel && navigator.locks) {
    const pass = (message) => channel.postMessage(message);
    let holds = false;
    channel.addEventListener("message", ({ data }) => {
      if (data.kind !== HELLO) take(data);
      else if (holds && counts)
        [
          { kind: "changed", data: counts },
          { kind: "now", data: frame },
        ].forEach(pass);
    });
    navigator.locks.request(NAME, () => new Promise(() => ((holds = true), hold(pass))));
    // What has changed since is told from a state that is older than what a page asks for.
    pass({ kind: HELLO });
    return;
  }
  let stream = hold(() => {});
  document.addEventListener("visibilitychange", () => {
    stream.close();
    if (!document.hidden) stream = hold(() => {});
  });
}

/** Holds the stream, and passes on what it says. */
function hold(pass) {
  const stream = new EventSource("/api/stream");
  const both = (message) => {
    take(message);
    pass(message);
  };
  for (const kind of ["now", "changed"]) {
    stream.addEventListener(kind, ({ data }) => both({ kind, data: JSON.parse(data) }));
  }
  stream.addEventListener("open", () => both({ kind: "state", data: "live" }));
  stream.addEventListener("error", () => both({ kind: "state", data: "lost" }));
  return stream;
}

function take({ kind, data }) {
  if (kind === "changed") return changed(data);
  if (kind === "now") {
    set("live");
    frame = data;
    catchUp();
  }
  if (kind === "state") return set(data);
  for (const { told } of listeners[kind]) told(data);
}

function set(next) {
  if (next === state) return;
  state = next;
  for (const { told } of listeners.state) told(state);
}

/** Topics come with a count each: another number is another state. */
function changed(next) {
  const before = counts;
  counts = next;
  if (!before) return;
  const topics = Object.keys(next).filter((topic) => next[topic] !== before[topic]);
  for (const { topics: wanted, told } of listeners.changed) {
    if (wanted.some((topic) => topics.includes(topic))) told(topics);
  }
}
