// JSON read so that no number loses a digit where the browser can keep them.

/** The value of a text; a number that would come out otherwise stays as it was written. */
export function parse(text) {
  return JSON.parse(text, (_, value, context) => {
    const written = typeof value === "number" && context?.source;
    return written && written !== String(value) && JSON.rawJSON ? JSON.rawJSON(written) : value;
  });
}
