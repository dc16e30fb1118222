// Copies the embed code, with the address this page came from. Clipboards exist in secure contexts only.
const code = document.getElementById("embed");
const copy = document.getElementById("copy");
code.textContent = code.textContent.replace("/gantry.js", new URL("gantry.js", location.href));

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Not copied";
    }
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  });
}
