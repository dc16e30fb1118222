// Runs before every document: notes since when its page has been whole, and everything that runs where nothing may.
//
// Whole: there is a heading, nothing is busy, and every question to the API has its answer.
(() => {
  const asked = { open: 0, first: null };
  const ours = (resource) => {
    const { pathname } = new URL(resource instanceof Request ? resource.url : resource, location.href);
    return pathname.startsWith("/api/") && !pathname.startsWith("/api/session") && pathname !== "/api/stream";
  };
  const { fetch } = window;
  window.fetch = async (...request) => {
    const counts = ours(request[0]);
    if (counts) {
      asked.open += 1;
      asked.first ??= performance.now();
    }
    try {
      return await fetch(...request);
    } finally {
      // The body is read, and drawn, in what follows.
      if (counts) setTimeout(() => (asked.open -= 1), 0);
    }
  };
  let since = null;
  const whole = () => {
    const heading = document.querySelector("main h1");
    return heading?.checkVisibility() && !document.querySelector("[aria-busy=true]") && asked.open === 0;
  };
  const look = () => {
    since = whole() ? (since ?? performance.now()) : null;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  // What a payload calls.
  const executed = [];
  const note = (what) => void executed.push(String(what));
  for (const name of ["hit", "alert", "confirm", "prompt", "print"]) window[name] = note;
  window.trial = {
    executed,
    /** How long the page has been whole, in milliseconds; null while it is not. */
    whole: () => (since === null ? null : performance.now() - since),
    /** From its first question to the API until it was whole, in milliseconds; null where it asked nothing. */
    took: () => (asked.first === null || since === null ? null : since - asked.first),
  };
})();
