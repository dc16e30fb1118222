// Gantry on a maker's page: page views, gantry.convert("signup"), <gantry-poll poll="best-feature">.
// ASCII only: a page may be in any encoding.
(() => {
  if (window.gantry?.base) return;
  const script = document.currentScript;
  const home = new URL(".", script?.src || document.baseURI);

  // Sent even as the page goes, as text: no answer is waited for, and no other origin is asked first.
  const tell = (what, facts) => {
    if (navigator.doNotTrack === "1" || navigator.globalPrivacyControl) return false;
    const url = home + "api/" + what;
    const body = JSON.stringify(facts);
    if (!navigator.sendBeacon?.(url, body)) fetch(url, { method: "POST", body, keepalive: true, mode: "no-cors" }).catch(() => 0);
    return true;
  };
  const convert = (goal, { value, idempotencyKey, visitorId } = {}) =>
    tell("convert", { goal, value: value?.toString(), idempotencyKey, visitorId });
  window.gantry = { base: home.href, convert };

  // A page of the script's own origin came through Gantry, which has counted it. data-views says otherwise: "all" or "none".
  const views = script?.dataset.views ?? (home.origin !== location.origin && "all");
  let path = location.pathname + location.search;
  let referrer = document.referrer;
  const view = () => {
    tell("view", { path, referrer });
    referrer = location.href;
  };
  const moved = () => path !== (path = location.pathname + location.search) && view();
  if (views !== "none") {
    if (views !== "all") referrer = location.href;
    else if (document.prerendering) document.addEventListener("prerenderingchange", view, { once: true });
    else view();
    const { pushState } = history;
    history.pushState = function (...state) {
      pushState.apply(this, state);
      moved();
    };
    addEventListener("popstate", moved);
  }

  // Memory, where storage is blocked.
  let kept = {};
  try {
    localStorage.gantry = 1;
    kept = localStorage;
  } catch {}

  const unique = () => crypto.randomUUID?.() /* not on plain http */ ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
  const backOff = (failures) => Math.min(3e4, 500 * 2 ** failures) * (0.6 + Math.random() * 0.8);

  const ballotOf = (slip) => JSON.parse(kept[slip] ?? '{"keys":{}}');

  // One stream for each poll, however many elements show it.
  const feeds = new Map();
  class Feed {
    watchers = new Set();
    failures = 0;

    constructor(url) {
      this.url = url;
      this.open();
    }

    open() {
      this.close();
      const source = (this.source = new EventSource(this.url + "/stream"));
      source.addEventListener("results", ({ data }) => {
        this.failures = 0;
        this.show(JSON.parse(data));
      });
      source.onerror = async () => {
        this.show();
        if (source.readyState < 2) return;
        this.timer = setTimeout(() => this.open(), backOff(++this.failures));
        const answer = await fetch(this.url).catch(() => 0);
        const results = answer.ok && (await answer.json());
        this.missing = answer.status === 404;
        if (source === this.source) this.show(results);
      };
    }

    close() {
      clearTimeout(this.timer);
      this.source?.close();
    }

    show(results) {
      this.results = results || this.results;
      for (const poll of this.watchers) poll.paint();
    }
  }

  let idle;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(idle);
    if (document.hidden) idle = setTimeout(() => feeds.forEach((feed) => feed.close()), 6e4);
    else feeds.forEach((feed) => feed.source.readyState < 2 || feed.open());
  });

  // A vote of this visitor's in another tab is marked here too; its results may have come before it was kept.
  addEventListener("storage", () => feeds.forEach((feed) => feed.show()));

  const words = {
    202: "Thank you, your vote is counted.",
    401: "Voting here needs a valid link.",
    403: "Voting is closed.",
    404: "This poll was not found.",
    409: "Your vote was already counted.",
    429: "Too many votes at once. Please try again later.",
  };

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
:host {
  --a: var(--gantry-accent, light-dark(#4f46e5, #a5b4fc));
  --f: var(--gantry-fg, light-dark(#1c1d22, #ecedf1));
  --r: var(--gantry-radius, 12px);
  display: block;
  padding: 1.25em;
  border-radius: var(--r);
  color: var(--f);
  background: var(--gantry-bg, light-dark(#fff, #17181d));
  font-family: var(--gantry-font, inherit);
  line-height: 1.4;
  font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere;
}
[hidden], :host([hidden]) { display: none }
p { margin: 0; min-height: 1.4em }
.question { font-size: 1.2em; font-weight: 650 }
.options { display: grid; gap: .6em; margin: 1em 0 }
button {
  all: unset;
  position: relative;
  z-index: 0;
  overflow: hidden;
  display: flex;
  gap: .8em;
  padding: .7em 1em .8em;
  border: 1px solid color-mix(in srgb, var(--f) 50%, #0000);
  border-radius: var(--r);
  cursor: pointer;
}
button:hover, [aria-pressed=true] { border-color: var(--a); box-shadow: inset 0 0 0 1px var(--a) }
button:focus-visible { outline: 3px solid var(--a); outline-offset: 2px }
[aria-disabled=true] { cursor: default }
.label { flex: 1 }
[aria-pressed=true] .label { font-weight: 650 }
[aria-pressed=true] .label::after { content: " \\2713" }
.votes, .total { opacity: .72 }
.share { min-width: 2.6em; text-align: end }
.bar {
  position: absolute;
  z-index: -1;
  inset: 0 auto 0 0;
  border-bottom: 3px solid var(--a);
  background: var(--gantry-bar, color-mix(in srgb, var(--a) 15%, #0000));
  transition: width .4s;
}
@media (prefers-reduced-motion) { .bar { transition: none } }
`);

  const count = (votes) => `${votes.toLocaleString()} vote${votes === 1 ? "" : "s"}`;
  const add = (parent, tag, properties) => parent.appendChild(Object.assign(document.createElement(tag), properties));

  class GantryPoll extends HTMLElement {
    static observedAttributes = ["poll", "user", "base"];

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      this.fallback = add(root, "slot");
      this.question = add(root, "p", { className: "question" });
      this.list = add(root, "div", { className: "options", role: "group" });
      this.total = add(root, "p", { className: "total" });
      this.status = add(root, "p", { role: "status" });
    }

    connectedCallback() {
      const poll = this.getAttribute("poll");
      if (!poll || !this.isConnected) return;
      const base = this.getAttribute("base");
      this.home = base ? new URL(base.replace(/\/*$/, "/"), document.baseURI) : home;
      this.user = this.getAttribute("user") || (kept["gantry:user"] ??= unique());
      const url = new URL("api/polls/" + encodeURIComponent(poll), this.home).href;
      const slip = `gantry:${this.user} ${url}`;
      if (slip === this.slip) return;
      this.disconnectedCallback();
      this.slip = slip;
      if (!feeds.has(url)) feeds.set(url, new Feed(url));
      this.feed = feeds.get(url);
      this.feed.watchers.add(this);
      this.options = this.sending = this.status.textContent = "";
      this.paint();
      const { voted, pending } = ballotOf(this.slip);
      if (pending) this.vote(pending);
      else if (voted != null) this.status.textContent = "You have voted.";
    }

    disconnectedCallback() {
      const { slip, feed } = this;
      if (!slip) return;
      this.slip = "";
      feed.watchers.delete(this);
      if (feed.watchers.size) return;
      feed.close();
      feeds.delete(feed.url);
    }

    attributeChangedCallback() {
      this.connectedCallback();
    }

    async vote(optionId) {
      if (this.sending) return;
      const { slip, home, user: userId } = this;
      const ballot = ballotOf(slip);
      const pollId = this.getAttribute("poll");
      const voterToken = this.getAttribute("voter-token") || undefined;
      const say = (text, sending) => {
        kept[slip] = JSON.stringify(ballot);
        if (slip !== this.slip) return;
        this.status.textContent = text;
        this.sending = sending;
        this.paint();
      };
      // Kept before it is sent: a lost answer means the same vote again, never another.
      const idempotencyKey = (ballot.keys[optionId] ??= unique());
      ballot.pending = optionId;
      say("Sending your vote\u2026", true);
      const body = JSON.stringify({ pollId, optionId, userId, timestamp: Date.now(), idempotencyKey, voterToken });
      const headers = { "Content-Type": "application/json" };
      let status, answer, settled;
      for (let failures = 0; ; ) {
        const signal = AbortSignal.timeout(1e4);
        answer = await fetch(home + "api/vote", { method: "POST", headers, body, signal, keepalive: true }).catch(() => 0);
        status = answer.status ?? 0;
        settled = status && status < 500 && status !== 429;
        const wait = ((answer && answer.headers.get("Retry-After") * 1e3) || 0) + backOff(failures);
        if (settled || ++failures > 7 || wait > 6e4) break;
        say("Still sending your vote\u2026", true);
        await new Promise((resume) => setTimeout(resume, wait));
      }
      ballot.voted = ballotOf(slip).voted; // another tab may have been quicker
      const again = ballot.voted === optionId && status === 202 && answer.headers.get("Idempotent-Replayed");
      if (settled) ballot.pending = undefined;
      if (status === 202) ballot.voted = optionId;
      if (status === 409) ballot.voted ??= "";
      say(words[again ? 409 : status] ?? "Your vote could not be sent. Please try again.");
      const detail = { pollId, optionId, status };
      this.dispatchEvent(new CustomEvent("gantry:vote", { bubbles: true, composed: true, detail }));
    }

    paint() {
      const { results, source, missing } = this.feed;
      this.fallback.hidden = !!results;
      if (missing) this.status.textContent = words[404];
      if (!results) return;
      const { options, labels, totalVotes, open } = results;
      const { voted } = ballotOf(this.slip);
      const ids = Object.keys(options);
      if (this.options !== (this.options = ids.join("\n"))) {
        this.list.textContent = "";
        for (const id of ids) {
          const button = add(this.list, "button", { onclick: () => this.vote(id), ariaLabel: labels[id] });
          for (const className of ["bar", "label", "votes", "share"]) add(button, "span", { className });
        }
      }
      ids.forEach((id, row) => {
        const button = this.list.children[row];
        const [bar, label, votes, share] = button.children;
        const percent = totalVotes ? (100 * options[id]) / totalVotes : 0;
        bar.style.width = percent + "%";
        label.textContent = labels[id];
        votes.textContent = options[id].toLocaleString();
        share.textContent = Math.round(percent) + "%";
        button.ariaDescription = `${share.textContent}, ${count(options[id])}`;
        button.ariaPressed = id === voted;
        button.ariaDisabled = this.sending || !open;
      });
      this.question.textContent = this.list.ariaLabel = results.question;
      this.list.ariaBusy = !!this.sending;
      const state = !open ? "closed" : source.readyState === 1 ? "live" : "reconnecting\u2026";
      this.total.textContent = `${count(totalVotes)} \u00b7 ${state}`;
    }
  }
  customElements.define("gantry-poll", GantryPoll);
})();
