/** Test files share a process one after another, and each begins as in one of its own: modules, environment, folder. */
import { resolve } from "node:path";
import { vi } from "vitest";

const untouched = ((globalThis as { untouchedEnvironment?: NodeJS.ProcessEnv }).untouchedEnvironment ??= {
  ...process.env,
});
for (const name of Object.keys(process.env)) if (!(name in untouched)) delete process.env[name];
Object.assign(process.env, untouched);
process.chdir(resolve(import.meta.dirname, "../.."));
process.exitCode = undefined;
vi.useRealTimers();
vi.restoreAllMocks();
vi.unstubAllGlobals();
vi.resetModules();
