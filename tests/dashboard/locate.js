// The first element of a role that people see by a name; what there is instead, if there is none.
//
// Arguments: the role, and the name as a regular expression. A modal dialog hides what is behind it, as it does from people.
const [role, source] = arguments;
const pattern = new RegExp(source, "iu");
const kinds = {
  button: "button, [role=button], input[type=submit], summary",
  link: "a[href]",
  field: "input:not([type=hidden], [type=submit], [type=checkbox], [type=radio]), textarea, select",
  check: "input[type=checkbox], input[type=radio], [role=switch]",
  heading: "h1, h2, h3, h4, [role=heading]",
  row: "tbody tr, li, [role=row]",
  dialog: "dialog[open], [role=dialog], [role=alertdialog]",
  tab: "[role=tab]",
  alert: "[role=alert]",
  status: "[role=status]",
};
const clean = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const nameOf = (element) => {
  const others = element.getAttribute("aria-labelledby")?.split(/\s+/).map((id) => document.getElementById(id)?.textContent);
  const labels = role === "field" || role === "check" ? [...(element.labels ?? [])].map((label) => label.textContent) : [];
  const own = role === "field" ? "" : element.innerText;
  const names = [others?.join(" "), element.getAttribute("aria-label"), labels.join(" "), own];
  return clean(names.find((name) => clean(name)) ?? (element.placeholder || element.title || element.value));
};
const seen = (element) =>
  element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0 && !element.closest("[inert]");
const modal = [...document.querySelectorAll("dialog:modal, [aria-modal=true]")].filter(seen).at(-1);
const within = modal && role !== "dialog" ? modal : document;
const all = [...within.querySelectorAll(kinds[role])].filter(seen);
const found = all.find((element) => pattern.test(nameOf(element)));
return found ?? `${location.pathname}: no ${role} called /${source}/ among ${JSON.stringify(all.map(nameOf))}`;
