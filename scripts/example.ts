/**
 * `npm run example`: the service and one of the examples that are Workers. They use the verifier's package as other projects
 * get it, built.
 */

import { execFileSync } from "node:child_process";

/** By name, with what the service has to be told for it. */
const EXAMPLES: Record<string, Record<string, string>> = {
  booking: {},
  "mcp-server": {
    OPEN_CLIENTS: "registration",
    OPEN_CLIENT_RESOURCES: "http://localhost:3002/mcp",
    OPEN_CLIENT_SCOPES: "notes:write",
  },
};

const named = process.argv[2];
const name = named === undefined || named.startsWith("-") ? "booking" : process.argv.splice(2, 1)[0]!;
const variables = EXAMPLES[name];
if (!variables) {
  console.error(`There is no example "${name}": ${Object.keys(EXAMPLES).join(", ")}`);
  process.exit(1);
}
for (const [variable, value] of Object.entries(variables)) process.env[variable] ||= value;
if (!process.argv.includes("--help") && !process.argv.includes("-h"))
  execFileSync(process.execPath, ["scripts/build-package.ts", "verifier"], { stdio: "inherit" });
process.argv.push("--with", `examples/${name}/wrangler.toml`);
await import("./dev.ts");
