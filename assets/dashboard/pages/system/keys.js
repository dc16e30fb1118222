// Keys: who may do what; a new one is shown once.

import { del, newKey, post } from "../../lib/api.js";
import { h, fill } from "../../lib/dom.js";
import { ago, brief, full } from "../../lib/format.js";
import { actButton } from "../../ui/act.js";
import { badge } from "../../ui/badge.js";
import { copyButton } from "../../ui/copy.js";
import { confirm, dialog, field } from "../../ui/dialog.js";
import { card, when } from "../../ui/facts.js";
import { toast } from "../../ui/toast.js";

const SCOPES = [
  ["ingest", "ingest: send events"],
  ["read", "read: see everything"],
  ["admin", "admin: do everything"],
];
/** The owner's own; `gantry key reset` makes another. */
const OWN = "admin";

export function keys({ items }, refresh) {
  const make = actButton({ class: "primary", onclick: () => create(refresh) }, "New key");
  return card(
    "Keys",
    { actions: [make] },
    h(
      "ul",
      { class: "plain" },
      items.map((key) =>
        h(
          "li",
          { class: "pair" },
          h(
            "span",
            {},
            h("b", {}, key.name),
            h(
              "span",
              { class: "soft" },
              "made ",
              when(key.createdAt, brief(key.createdAt), full(key.createdAt)),
              used(key),
            ),
          ),
          h(
            "span",
            { class: "line" },
            badge(key.scope, { tone: key.scope === "admin" ? "busy" : "still" }),
            key.name !== OWN &&
              actButton({ "aria-label": `Revoke ${key.name}`, onclick: () => revoke(key, refresh) }, "Revoke…"),
          ),
        ),
      ),
    ),
  );
}

/** When it was last used, where that is known. */
const used = ({ lastUsedAt }) =>
  lastUsedAt === null ? ", never used" : lastUsedAt && [", used ", when(lastUsedAt, ago(lastUsedAt), full(lastUsedAt))];

async function create(refresh) {
  let made = null;
  await dialog({
    title: "New key",
    content: [
      h(
        "div",
        { class: "fields" },
        field(
          "Name",
          { name: "name", required: true, maxlength: 64, placeholder: "landing-page" },
          { hint: "Who will use it." },
        ),
        field("Scope", { name: "scope", value: "ingest" }, { options: SCOPES }),
      ),
    ],
    action: "Create key",
    act: async ({ name, scope }) => (made = await post("/api/keys", { name: name.trim(), scope }, { key: newKey() })),
  });
  if (!made) return;
  await refresh();
  await show(made);
}

function show({ name, key }) {
  const content = [
    h("p", {}, "Copy it now: only a digest of it is kept, and nobody can show it again."),
    h("div", { class: "secret" }, h("code", {}, key), copyButton(key)),
  ];
  return dialog({ title: `The key ${name}`, content, action: "I have kept it", act: (_, { form }) => void fill(form) });
}

const revoke = ({ name }, refresh) =>
  confirm({
    title: `Revoke ${name}?`,
    sentences: ["Whoever uses it is refused from now on, and it cannot be brought back."],
    action: "Revoke",
    danger: true,
    async act() {
      await del(`/api/keys/${encodeURIComponent(name)}`);
      toast(`${name} is revoked.`);
      await refresh();
    },
  });
