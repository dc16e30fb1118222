// A small client of the API: fetch, and the types of packaging/gantry.d.ts. The test compiles it, and runs it against an appliance.

import type { EventTaken, NewEvent, NewPoll, operations, PollResults, Problem } from "@/gantry";

/** The body that an operation answers with a status. */
type Answered<O extends keyof operations, S extends number> = operations[O]["responses"] extends {
  [status in S]: { content: { "application/json": infer Body } };
}
  ? Body
  : never;

const { GANTRY_PUBLIC, GANTRY_ADMIN, GANTRY_TOKEN } = process.env;

async function ask<Body>(url: string, method: "GET" | "POST", body?: object): Promise<Body> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${GANTRY_TOKEN}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) {
    const problem: Problem = await answer.json();
    throw new Error(`${method} ${url}: ${problem.status} ${problem.detail}`);
  }
  return answer.json();
}

const poll: NewPoll = {
  pollId: "typed",
  question: "Typed?",
  options: [
    { id: "yes", label: "Yes" },
    { id: "no", label: "No" },
  ],
};
await ask(`${GANTRY_ADMIN}/api/polls`, "POST", poll);

const vote: operations["vote"]["requestBody"]["content"]["application/json"] = {
  pollId: poll.pollId,
  optionId: "yes",
  userId: "ada",
  idempotencyKey: "typed-1",
};
const accepted = await ask<Answered<"vote", 202>>(`${GANTRY_PUBLIC}/api/vote`, "POST", vote);
const results = await ask<PollResults>(`${GANTRY_PUBLIC}/api/polls/${poll.pollId}`, "GET");

const event: NewEvent = { type: "TYPED", source: "client.ts", idempotencyKey: "typed-1", payload: { votes: results.totalVotes } };
const taken = await ask<EventTaken>(`${GANTRY_ADMIN}/api/events`, "POST", event);
const page = await ask<Answered<"listEvents", 200>>(`${GANTRY_ADMIN}/api/events?type=TYPED`, "GET");

// @ts-expect-error: a misspelt member is refused by the API, and before that by the compiler.
const misspelt: NewEvent = { type: "TYPED", source: "client.ts", payload: {}, sheduledAt: "2026-12-01T00:01:00Z" };
// @ts-expect-error: an answer has what is described, and no more.
void results.votes;

if (accepted.totalVotes !== 1 || results.options["yes"] !== 1 || page.items[0]?.id !== taken.id) {
  throw new Error(`answered otherwise: ${JSON.stringify({ accepted, results, taken, page, misspelt })}`);
}
