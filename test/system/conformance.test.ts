/**
 * OpenID's plan for basic providers, module by module, from outside: this service, and node-oidc-provider beside it, so that
 * a wrong module shows. docs/conformance.md has the table.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asProvider } from "../support/conformance/auth-api.ts";
import { Flow } from "../support/conformance/flow.ts";
import { MODULES, type Outcome } from "../support/conformance/modules.ts";
import { startNodeOidcProvider } from "../support/conformance/node-oidc-provider.ts";
import { read } from "../support/documentation.ts";
import { startService, type RunningService } from "../support/system.ts";
import { tableIn } from "../support/tables.ts";

const NAMES = ["node-oidc-provider", "auth-api"] as const;
type Name = (typeof NAMES)[number];

let service: RunningService;
let other: Awaited<ReturnType<typeof startNodeOidcProvider>>;
const flows = {} as Record<Name, Flow>;
const outcomes = new Map<string, Partial<Record<Name, Outcome>>>();

beforeAll(async () => {
  [service, other] = await Promise.all([startService(), startNodeOidcProvider()]);
  flows["auth-api"] = await Flow.start(await asProvider(service));
  flows["node-oidc-provider"] = await Flow.start(other);
});

afterAll(async () => {
  await other?.stop();
  await service?.stop();
});

// This service first: the clock of the other one is ours, and is moved.
describe.each(["auth-api", "node-oidc-provider"] as const)("%s", (name) => {
  it.each(Object.keys(MODULES))("%s", async (module) => {
    const outcome = await MODULES[module]!(flows[name]);
    outcomes.set(module, { ...outcomes.get(module), [name]: outcome });
  });
});

it("did in each module what the document says", () => {
  const rows = [...outcomes].map(([module, of]) => [
    `\`${module}\``,
    ...NAMES.map((name) => of[name]?.is ?? "fails"),
    noteOn(of),
  ]);
  expect(tableIn(read("docs/conformance.md"), "module", ...NAMES, "note")).toEqual(rows);
});

/** Ours, and the other's where it is another. */
function noteOn(of: Partial<Record<Name, Outcome>>): string {
  const [other, ours] = NAMES.map((name) => of[name]?.note);
  return [ours, other !== ours && other !== undefined && `node-oidc-provider: ${other}`].filter(Boolean).join("; ");
}
