/** The service under test, in the form that the races' schedules use. */
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import { openProvider, trusting } from "../../scripts/races/federation.ts";
import { furnish } from "../../scripts/races/furniture.ts";
import type { World } from "../../scripts/races/world.ts";
import { others } from "../support/issuer.ts";
import { database, request } from "../support/service.ts";

/** On the test file's database. */
export async function createWorld(): Promise<World> {
  const provider = await openProvider(others);
  Object.assign(env, trusting(provider));
  const variables = env as unknown as Record<string, string>;
  return furnish(variables, {
    databaseUrl: env.DATABASE_URL,
    provider,
    pauses: createControl(inject("endpointUrl")),
    query: (sql, params) => database.query(sql, params),
    send: ({ method, path, body, form, cookie, token, requestId }) =>
      request(method, path, {
        ...(body !== undefined && { body }),
        ...(form && { rawBody: new URLSearchParams(form).toString() }),
        ...(token !== undefined && { token }),
        headers: {
          ...(form && { "Content-Type": "application/x-www-form-urlencoded" }),
          ...(cookie !== undefined && { Cookie: cookie }),
          ...(requestId !== undefined && { "X-Request-Id": requestId }),
        },
      }),
  });
}
