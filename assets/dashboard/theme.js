// Day or night, as it was chosen here. It runs before anything is drawn, so that no page flashes.
(() => {
  try {
    const chosen = localStorage.getItem("gantry-theme");
    if (chosen) document.documentElement.dataset.theme = chosen;
  } catch {
    // Where storage is blocked it is as the system has it.
  }
})();
