// What changes something is there for those who may: to whoever may only read, the answer would be a refusal.

import { h } from "../lib/dom.js";

let scope = "admin";

/** Says what whoever is signed in may do, before anything is drawn. */
export function signedInTo(given) {
  scope = given;
}

export const mayAct = () => scope !== "read";

/** A button for an act, if this is somebody who may. */
export const actButton = (attributes, ...children) =>
  mayAct() && h("button", { type: "button", ...attributes }, ...children);
