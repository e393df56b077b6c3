/// <reference types="@cloudflare/vitest-plugin/types" />
/**
 * Test files share a runtime one after another, since starting one for each takes longer than most files run. So each
 * file begins as in a runtime of its own: bindings, clock, globals, modules and storage are reset.
 */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

const bindings = env as unknown as Record<string, unknown>;
const runtime = globalThis as typeof globalThis & { untouchedBindings?: Record<string, unknown> };

const untouched = (runtime.untouchedBindings ??= { ...bindings });
for (const name of Object.keys(bindings)) if (!(name in untouched)) delete bindings[name];
Object.assign(bindings, untouched);
vi.useRealTimers();
vi.restoreAllMocks();
vi.unstubAllGlobals();
vi.resetModules();
await reset();
