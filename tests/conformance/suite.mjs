// Runs the tests of `http-cache-tests` (argument 1: where it is installed) against a cache (argument 2: its address) and writes
// a line for each test that counts: its kind, its name, and what came of it.
import { pathToFileURL } from 'node:url'
import { createRequire } from 'node:module'

const [home, base] = process.argv.slice(2)
const from = (path) => import(pathToFileURL(`${home}/${path}`).href)
const { runTests, getResults } = await from('client/runner.mjs')
const { default: suites } = await from('tests/index.mjs')
const fetcher = createRequire(pathToFileURL(`${home}/cli.mjs`)).resolve('node-fetch')
const { default: fetch } = await import(pathToFileURL(fetcher).href)

await runTests(suites, fetch, false, base)
const results = getResults()
for (const suite of suites) {
  for (const test of suite.tests.filter((test) => !test.browser_only)) {
    const result = results[test.id]
    const passed = result === true
    const why = passed ? '' : JSON.stringify(result ?? 'it did not run')
    console.log([test.kind ?? 'required', test.id, passed ? 'passed' : 'failed', why].join('\t'))
  }
}
