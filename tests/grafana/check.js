// Compares a dashboard with the types that Grafana publishes of one, and its queries with those of Prometheus's.
//
//   node check.js DIRECTORY DASHBOARD      DIRECTORY has the packages of package.json

const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");

const [directory, dashboard] = process.argv.slice(2).map((name) => path.resolve(name));
const installed = createRequire(path.join(directory, "package.json"));
const { createGenerator } = installed("ts-json-schema-generator");
const Ajv = installed("ajv");

function schema(part, type) {
    const sdk = path.join(directory, "node_modules/@grafana/grafana-foundation-sdk/dist");
    const from = { path: path.join(sdk, part, "types.gen.d.ts"), type, skipTypeCheck: true };
    return createGenerator(from).createSchema(type);
}

// A panel's query may be any data source's; all of ours are Prometheus's.
const whole = schema("dashboard", "Dashboard");
Object.assign(whole.definitions, schema("prometheus", "Dataquery").definitions);
const validate = new Ajv({ allErrors: true, strict: false }).compile(whole);
if (!validate(JSON.parse(fs.readFileSync(dashboard, "utf8")))) {
    for (const { instancePath, message, params } of validate.errors) {
        console.error(instancePath, message, JSON.stringify(params));
    }
    process.exit(1);
}
