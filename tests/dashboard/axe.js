// Calls back with what axe-core finds that is serious or critical, as sentences; it is in the page already.
const [done] = arguments;
axe.run(document, { resultTypes: ["violations"] }).then(
  ({ violations }) =>
    done(
      violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .flatMap(({ id, impact, nodes }) => nodes.map(({ target, any, html }) => `${id} (${impact}): ${target.join(" ")}: ${any[0]?.message ?? html}`)),
    ),
  (fault) => done([`axe did not run: ${fault}`]),
);
