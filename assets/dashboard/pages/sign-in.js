// Signing in: with the admin token, or with a link that opens once.

import { post } from "../lib/api.js";
import { h, fill } from "../lib/dom.js";
import { field } from "../ui/dialog.js";

const LINK = "link";

export const page = {
  title: "Sign in",

  async mount(root, { query }) {
    const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
    const submit = h("button", { type: "submit", class: "primary" }, "Sign in");
    const token = field(
      "Admin token",
      { name: "token", type: "password", autocomplete: "current-password", required: true, spellcheck: "false" },
      { hint: ["It was shown when Gantry first ran; ", h("code", {}, "gantry key reset"), " makes another."] },
    );
    const form = h(
      "form",
      { class: "card sign-in", onsubmit: send },
      h("span", { class: "mark" }, "Gantry"),
      h("h1", {}, "Sign in"),
      // Whoever keeps passwords keeps them by a name.
      h("input", { type: "text", name: "username", autocomplete: "username", value: "admin", hidden: true }),
      token,
      trouble,
      submit,
      h(
        "p",
        { class: "soft" },
        "Or open the link that ",
        h("code", {}, "gantry key link"),
        " prints: it signs in once, without a token.",
      ),
    );
    root.classList.add("alone");
    fill(root, form);

    async function send(event) {
      event.preventDefault();
      await enter({ token: new FormData(form).get("token").trim() });
    }

    async function enter(proof) {
      trouble.hidden = true;
      submit.disabled = true;
      try {
        await post("/api/session", proof);
        location.replace(wanted(query.get("to")));
      } catch (problem) {
        fill(trouble, refusal(problem, proof));
        trouble.hidden = false;
        submit.disabled = false;
        root.querySelector("[name=token]").focus();
      }
    }

    const link = fromFragment();
    if (link) return void (await enter({ link }));
    root.querySelector("[name=token]").focus();
  },
};

/** The link's secret, which is taken out of the address bar and of the history. */
function fromFragment() {
  const link = new URLSearchParams(location.hash.slice(1)).get(LINK);
  if (location.hash) history.replaceState({}, "", location.pathname + location.search);
  return link;
}

/** Where somebody wanted to go, if that is here. */
function wanted(to) {
  const url = URL.canParse(to ?? "/", location.origin) ? new URL(to ?? "/", location.origin) : location;
  return url.origin === location.origin && url.pathname !== "/sign-in" ? url.pathname + url.search : "/";
}

function refusal(problem, proof) {
  if (problem.status === 429) return `Too many have tried. ${problem.message}`;
  if (problem.status !== 401 && problem.status !== 403) return problem.message;
  return proof.link
    ? "This link has been used, or its time is over. Sign in with the token, or have gantry key link print another."
    : "This is not the token of an admin of this server.";
}
