// Shapes, made without markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element of SVG. */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A path through points of `[x, y]`; where y is `null` it is broken off. */
export function path(points) {
  let drawn = false;
  return points
    .map(([x, y]) => {
      if (y === null) return ((drawn = false), "");
      const word = `${drawn ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      drawn = true;
      return word;
    })
    .join("");
}

function runs(points) {
  const found = [[]];
  for (const point of points) {
    if (point[1] !== null) found.at(-1).push(point);
    else if (found.at(-1).length) found.push([]);
  }
  return found;
}

/** Points that have no neighbour, and so no line. */
export const alone = (points) => runs(points).flatMap((run) => (run.length === 1 ? run : []));

/** Each unbroken run of points, closed along the ground. */
export function ground(points, floor) {
  return runs(points)
    .filter((run) => run.length > 1)
    .map((run) => `${path(run)}L${run.at(-1)[0].toFixed(1)} ${floor}L${run[0][0].toFixed(1)} ${floor}Z`)
    .join("");
}
