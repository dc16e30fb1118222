// The figures of the moment: what each is called, where it comes from, and what is behind it.

import { count, duration, NONE, rate, ratio } from "../lib/format.js";
import { divided, share } from "../lib/series.js";

const SECONDS = 60;
/** A value by the minute, shown as so many a second. */
const aSecond = (name) => (kept) => divided(kept[name], SECONDS);

/** What the last five minutes add up to. */
const lately = (points) => points?.slice(-5).reduce((sum, [, value]) => sum + (value ?? 0), 0);

/**
 * `now(live, kept)` and `note(live)` of a frame; `behind(kept)` the points of the last hour; `label` what these are; `next` where more is.
 */
export const FIGURES = [
  {
    id: "visitors",
    name: "Visitors",
    now: (live, kept) => count(live.visitors ?? lately(kept?.visits)),
    note: () => "in the last 5 minutes",
    needs: ["visits"],
    behind: (kept) => kept.visits,
    label: "Visits a minute",
    format: count,
    whole: true,
    next: ["/funnel", "Where they come from"],
  },
  {
    id: "requests",
    name: "Requests",
    now: (live) => rate(live.requestsPerSecond),
    note: () => "to anything here",
    needs: ["http_requests"],
    behind: aSecond("http_requests"),
    label: "Requests a second",
    format: rate,
    next: ["/system", "What answers them"],
  },
  {
    id: "hits",
    name: "Hit ratio",
    now: (live) => ratio(live.hitRatio),
    note: (live) => (live.hitRatio === null ? "no page asked for" : "from memory"),
    needs: ["pages_requests", "pages_hits"],
    behind: (kept) => share(kept.pages_hits, kept.pages_requests),
    label: "Pages answered from memory",
    format: ratio,
    most: 1,
    next: ["/site", "What is stored"],
  },
  {
    id: "votes",
    name: "Votes",
    now: (live) => rate(live.votesPerSecond),
    note: () => "counted",
    needs: ["votes_accepted"],
    behind: (kept) => kept.votes_accepted,
    label: "Votes a minute",
    format: count,
    whole: true,
    next: ["/polls", "The polls"],
  },
  {
    id: "conversions",
    name: "Conversions",
    now: (live) => count(live.conversions),
    note: (live) => (live.conversionRate === null ? "no visit yet" : `${ratio(live.conversionRate)} of visits`),
    needs: ["conversions"],
    behind: (kept) => kept.conversions,
    label: "Conversions a minute",
    format: count,
    whole: true,
    next: ["/funnel", "By source and goal"],
  },
  {
    id: "events",
    name: "Events",
    now: (live) => rate(live.eventsPerSecond),
    note: () => "taken in",
    needs: ["events_accepted"],
    behind: (kept) => kept.events_accepted,
    label: "Events a minute",
    format: count,
    whole: true,
    next: ["/events", "The events"],
  },
  {
    id: "queue",
    name: "Queue",
    now: (live) => count(live.queueDepth),
    note: (live) => (live.lagSeconds > 0 ? `late by ${duration(live.lagSeconds * 1000)}` : "nothing is late"),
    needs: ["queue_depth"],
    behind: (kept) => kept.queue_depth,
    label: "Deliveries that wait",
    format: count,
    whole: true,
    next: ["/destinations", "The destinations"],
  },
  {
    id: "dead",
    name: "Dead letters",
    now: (live) => count(live.deadLetters),
    note: (live) => (live.deadLetters ? "wait for you" : "none"),
    tone: (live) => (live.deadLetters ? "bad" : ""),
    needs: ["dead_letters"],
    behind: (kept) => kept.dead_letters,
    label: "Dead letters",
    format: count,
    whole: true,
    next: ["/dead-letters", "Retry or discard them"],
  },
];

export const UNKNOWN = { now: NONE, note: " " };
