// Everything that is wrong with how a page is laid out, as sentences. Argument: "phone" where fingers touch it.
const [device] = arguments;
const faults = [];
const clean = (text) => text.replace(/\s+/g, " ").trim().slice(0, 60);
const said = (element) => `<${element.localName}> "${clean(element.textContent)}"`;
const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
// Hidden from eyes and kept for screen readers: a box of a pixel.
const unseen = (box) => box.width <= 1 || box.height <= 1;

// (A phone zooms out until all is seen, and calls that its inner width.)
const { clientWidth, scrollWidth } = document.documentElement;
if (scrollWidth > clientWidth) {
  const beyond = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
  faults.push(`scrolled sideways, ${scrollWidth} of ${clientWidth} pixels: ${beyond.slice(-3).map(said).join(", ")}`);
}

// Text that a box cuts off. A box that scrolls shows the rest; one with an ellipsis says by its title what it leaves out.
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const parent = node.parentElement;
  if (!node.data.trim() || !seen(parent) || parent.closest("svg, script, style, option, textarea")) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const text = range.getBoundingClientRect();
  if (unseen(text)) continue;
  for (let box = parent; box && box !== document.body; box = box.parentElement) {
    const { overflowX, overflowY, textOverflow } = getComputedStyle(box);
    const edge = box.getBoundingClientRect();
    if (unseen(edge) || [overflowX, overflowY].some((flow) => flow === "auto" || flow === "scroll")) break;
    const cuts = (flow) => flow === "hidden" || flow === "clip";
    const sideways = cuts(overflowX) && (text.right > edge.right + 1 || text.left < edge.left - 1);
    const below = cuts(overflowY) && (text.bottom > edge.bottom + 2 || text.top < edge.top - 2);
    const told = textOverflow === "ellipsis" && (box.closest("[title]") || box.querySelector("[title]"));
    if ((sideways && !told) || below) {
      faults.push(`cut off ${below ? "below" : "sideways"} by ${box.localName}.${box.className}: "${clean(node.data)}"`);
      break;
    }
  }
}

// Buttons and fields that a thumb would miss, 44 pixels (what is within a sentence is as high as its line).
if (device === "phone") {
  const touched = [...document.querySelectorAll("button, [role=button], nav a, select, input:not([type=hidden], [type=checkbox], [type=radio])")];
  for (const element of touched.filter(seen)) {
    const { width, height } = element.getBoundingClientRect();
    if (!unseen({ width, height }) && height < 43.5) faults.push(`${Math.round(height)} pixels high, for a thumb: ${said(element)} ${element.getAttribute("aria-label") ?? ""}`);
  }
}

// The outline people hear: one main, one first heading, no level left out.
if (document.querySelectorAll("main").length !== 1) faults.push("there is not one main");
const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen).map((heading) => Number(heading.localName[1]));
if (levels.filter((level) => level === 1).length !== 1) faults.push(`there is not one h1: ${levels}`);
levels.forEach((level, n) => n > 0 && level > levels[n - 1] + 1 && faults.push(`a heading of level ${level} below one of ${levels[n - 1]}`));
if (!document.title.trim()) faults.push("the page has no title");
return [...new Set(faults)];
