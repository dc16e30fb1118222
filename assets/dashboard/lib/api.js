// Questions to the API, and its refusals as errors that can be shown.

/** A refusal, as RFC 9457 has it; status 0 where nothing answered. */
export class Problem extends Error {
  constructor({ status, title, detail }) {
    super(detail ?? title ?? `the answer was ${status}`);
    this.status = status;
    this.title = title ?? "That did not work";
    this.detail = detail ?? null;
  }
}

export const get = (path, options) => ask("GET", path, undefined, options);
export const post = (path, body, options) => ask("POST", path, body, options);
export const patch = (path, body, options) => ask("PATCH", path, body, options);
export const del = (path, options) => ask("DELETE", path, undefined, options);

/** Text as it comes, of what is not JSON. */
export async function text(path, { signal } = {}) {
  const answer = await fetched(path, { signal });
  return answer.text();
}

/** A path with a query; what is empty is left out. */
export function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return query ? `${path}?${query}` : path;
}

/** A key for a request that makes something: the same request sent twice makes it once. */
export const newKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;

async function ask(method, path, body, { signal, key } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  const content = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetched(path, { method, headers, body: content, signal });
  return answer.status === 204 ? null : answer.json();
}

async function fetched(path, request) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...request });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Problem({ status: 0, title: "Gantry does not answer", detail: "Gantry does not answer. Is it running?" });
  }
  if (answer.ok) return answer;
  if (answer.status === 401 && location.pathname !== "/sign-in") signIn();
  const said = await answer.json().catch(() => ({}));
  throw new Problem({ title: answer.statusText, ...said, status: answer.status });
}

function signIn() {
  const to = location.pathname + location.search;
  location.assign(withQuery("/sign-in", { to: to === "/" ? null : to }));
}
