// The line that says how things stand, from a frame of the stream.

import { duration } from "./format.js";

/** "crm is refusing: next probe in 12 s". */
export function sentence({ text, until }, at) {
  const left = until ? Date.parse(until) - Date.parse(at) : NaN;
  return left > 0 ? `${text}: next probe in ${duration(Math.round(left / 1000) * 1000)}` : text;
}
