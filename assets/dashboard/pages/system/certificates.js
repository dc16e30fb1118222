// Certificates: of each name that is served by HTTPS, who signed, until when it holds, and what went wrong.

import { h } from "../../lib/dom.js";
import { ago, full } from "../../lib/format.js";
import { badge } from "../../ui/badge.js";
import { card, when } from "../../ui/facts.js";

const WORDS = { ok: ["holds", "good"], expired: ["expired", "bad"], missing: ["none yet", "bad"] };

export function certificates({ certificates: list }) {
  if (!list.length) return null;
  return card("Certificates", {}, h("ul", { class: "plain" }, list.map(line)));
}

function line({ name, state, issuer, expiresAt, nextTryAt, lastError }) {
  const [text, tone] = WORDS[state];
  return h(
    "li",
    { class: "pair low" },
    h(
      "span",
      {},
      h("code", {}, name),
      h(
        "span",
        { class: "soft" },
        expiresAt && [issuer, ", until ", when(expiresAt, full(expiresAt), expiresAt)],
        nextTryAt && [expiresAt ? "; the" : "The", " next is asked for ", when(nextTryAt, ago(nextTryAt), full(nextTryAt))],
      ),
      lastError && h("span", { class: "trouble" }, `The last attempt failed: ${lastError}`),
    ),
    badge(state, { text, tone }),
  );
}
