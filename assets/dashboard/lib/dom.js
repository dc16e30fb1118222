// Elements, made without markup: whatever comes from elsewhere is text, and stays text.

/** An element. `on…` attributes are listeners; `true` is an empty attribute; `false`, `null` and `undefined` are none. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  return put(element, ...children);
}

/** Appends children: elements, text, lists of both; what is empty is left out. */
export function put(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/** Puts children in the place of what an element holds; the focus goes to what is called as what had it. */
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  element.replaceChildren();
  put(element, ...children);
  if (focused && focused !== element) namesake(focused, element)?.focus({ preventScroll: true });
  return element;
}

/** What within a root is called as an element that may be gone: the same tag, and the same name or words. */
export function namesake(element, root) {
  const name = (one) => one.getAttribute("aria-label") ?? one.getAttribute("name") ?? one.textContent;
  return [...root.querySelectorAll(element.localName)].find((one) => name(one) === name(element));
}

let made = 0;

/** A name for an element that another refers to, unlike any other of the document. */
export function unique(stem) {
  made += 1;
  return `${stem}-${made}`;
}
