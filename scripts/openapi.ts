/** `npm run docs:openapi`: writes the contract, as OpenAPI 3.1, to the file that the service answers at `/openapi.json`. */
import { readFile, writeFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { parseArgs } from "node:util";

const FILE = "src/routes/openapi.json";
const HELP = `Usage: node scripts/openapi.ts [--check]

Writes ${FILE} from the app's routes and schemas; with --check only says whether it is fresh.`;

/** Of what only the Workers runtime loads, and of the document itself; the routes are read, and none is called. */
const STAND_IN = `data:text/javascript,
  export default undefined;
  export class DurableObject {}
  export class WorkerEntrypoint {}`;

async function describeApp(): Promise<string> {
  registerHooks({
    resolve: (specifier, context, next) =>
      /^cloudflare:|\.(wasm|json)$/.test(specifier) ? { url: STAND_IN, shortCircuit: true } : next(specifier, context),
  });
  const [{ app }, { contract }, { describeApi, readRoutes }] = await Promise.all([
    import("../src/app.ts"),
    import("../src/routes/contract.ts"),
    import("../src/http/openapi.ts"),
  ]);
  return inLines(describeApi(readRoutes(app.routes), contract));
}

/** A line for each operation and each schema: a change is read as such. */
function inLines(value: unknown, depth = 3): string {
  if (depth === 0 || typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${inLines(member, depth - 1)}`);
  return `{\n${members.join(",\n")}\n}`;
}

const { values } = parseArgs({ options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
if (values.help) {
  console.log(HELP);
} else {
  const document = `${await describeApp()}\n`;
  if (!values.check) await writeFile(FILE, document);
  else if (document !== (await readFile(FILE, "utf8").catch(() => ""))) {
    console.error(`${FILE} is stale: npm run docs:openapi`);
    process.exitCode = 1;
  }
}
