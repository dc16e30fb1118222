// Makes packaging/gantry.d.ts of the description that comes in. In a tree where `tests/run` has fetched what it needs:
//
//     cargo run --quiet --locked -- openapi | node tests/openapi/types.mjs > packaging/gantry.d.ts

import { json } from "node:stream/consumers";

const generator = new URL("../../target/openapi/node_modules/openapi-typescript/dist/index.mjs", import.meta.url);
const { astToString, default: typed } = await import(generator);

const HEAD = `// Types for Gantry's API, made of what \`gantry openapi\` says. Do not change them by hand; after a change to the API, in Gantry's tree:
//
//     cargo run --quiet --locked -- openapi | node tests/openapi/types.mjs > packaging/gantry.d.ts

`;

const types = await typed(await json(process.stdin), { rootTypes: true, rootTypesNoSchemaPrefix: true, silent: true });
process.stdout.write(HEAD + astToString(types));
