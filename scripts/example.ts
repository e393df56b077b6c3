/**
 * `npm run example`: the service and examples/booking, which uses the verifier's package as other projects get it,
 * built.
 */

import { execFileSync } from "node:child_process";

if (!process.argv.includes("--help") && !process.argv.includes("-h"))
  execFileSync(process.execPath, ["scripts/build-package.ts", "verifier"], { stdio: "inherit" });
process.argv.push("--with", "examples/booking/wrangler.toml");
await import("./dev.ts");
