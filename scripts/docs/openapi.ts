/**
 * `npm run docs:openapi`: writes the contract, as OpenAPI 3.1, to the file that the service serves at `/openapi.json`.
 */
import { registerHooks } from "node:module";
import packageJson from "../../package.json" with { type: "json" };
import { keepFresh } from "./generated-file.ts";

const FILE = "src/contract/openapi.json";
const HELP = `Usage: node scripts/docs/openapi.ts [--check]

Writes ${FILE} from the app's routes and schemas; with --check it only reports whether the file is fresh.`;

/** Stubs for modules of the Workers runtime and for the document itself; the routes are read, and none is called. */
const STAND_IN = `data:text/javascript,
  export default undefined;
  export class DurableObject {}
  export class WorkerEntrypoint {}`;

async function describeApp(): Promise<string> {
  registerHooks({
    resolve: (specifier, context, next) =>
      /^cloudflare:|\.(wasm|json)$/.test(specifier) ? { url: STAND_IN, shortCircuit: true } : next(specifier, context),
  });
  const [{ app }, { contract }, { describeApi, readRoutes }, { webhookBodies }] = await Promise.all([
    import("../../src/app.ts"),
    import("../../src/contract/contract.ts"),
    import("../../src/contract/openapi.ts"),
    import("../../src/contract/webhooks.ts"),
  ]);
  return inLines(
    describeApi(readRoutes(app.routes), contract, { version: packageJson.version, webhooks: webhookBodies }),
  );
}

/** One line per operation and per schema, so that diffs are readable. */
function inLines(value: unknown, depth = 3): string {
  if (depth === 0 || typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${inLines(member, depth - 1)}`);
  return `{\n${members.join(",\n")}\n}`;
}

await keepFresh({
  file: FILE,
  command: "docs:openapi",
  help: HELP,
  make: async () => `${await describeApp()}\n`,
});
