// Day, night, or as the system has it.

const KEY = "gantry-theme";
/** `[value, text]`; the first is what stands where nothing is chosen. */
export const THEMES = [
  ["", "System"],
  ["light", "Light"],
  ["dark", "Dark"],
];

export const chosen = () => document.documentElement.dataset.theme ?? "";

export function choose(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    if (theme) localStorage.setItem(KEY, theme);
    else localStorage.removeItem(KEY);
  } catch {
    // Where storage is blocked it lasts until the page is left.
  }
}

/** Another tab has chosen. */
addEventListener("storage", ({ key, newValue }) => key === KEY && choose(newValue));
