import fc from "fast-check";
import { beforeAll, describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { app } from "../../src/app.ts";
import { readRoutes, type RouteTraits } from "../../src/contract/openapi.ts";
import { goodClaims, signWithOurKey } from "../support/access-tokens.ts";
import { database, get, registerMember, request, type Answer } from "../support/service.ts";
import { insertRole, registerAdmin } from "../support/staff.ts";
import { inputFor, type Input, type Schema } from "./arbitraries.ts";

const { runs, seed } = inject("fuzz");

const users: Partial<Record<Input["actor"], number>> = {};

const tokens: Partial<Record<Input["actor"], string>> = {};

/** A live session of the actor, whatever happened to the previous one; without the cost of a login. */
async function tokenOf(actor: Input["actor"], claims: Input["claims"] = {}): Promise<string | undefined> {
  if (actor === "nobody") return undefined;
  if (actor === "forger") return signWithOurKey({ ...goodClaims(999_999, crypto.randomUUID()), ...claims });
  return (tokens[actor] ??= await openSession(actor));
}

async function openSession(actor: Input["actor"]): Promise<string> {
  const userId = users[actor];
  const sessionId = crypto.randomUUID();
  if (userId === undefined) throw new Error(`no account for ${actor}`);
  await database.query(
    `with revived as (
       update users set role_id = $3, is_active = true, deleted_at = null, email = $4 where id = $1
     )
     insert into refresh_tokens (user_id, session_id, token, methods, expires_at)
     values ($1, $2::uuid, $2, '{pwd}', now() + interval '1 day')`,
    [userId, sessionId, actor === "admin" ? 1 : 0, `${actor}@example.test`],
  );
  return signWithOurKey(goodClaims(userId, sessionId));
}

const schemasOf = ({ traits }: RouteTraits): Record<string, Schema> =>
  Object.fromEntries(
    traits.flatMap(({ input }) =>
      input ? [[input.target, z.toJSONSchema(input.schema, { io: "input", unrepresentable: "any" }) as Schema]] : [],
    ),
  );

/** The tokens that the service returned last. */
const given: Record<string, string> = {};
const fillIn = (text: string) =>
  text.replaceAll(/\{\{(\w+)\}\}/g, (placeholder, name: string) => given[name] ?? placeholder);

function keep(body: Record<string, unknown> | undefined): void {
  for (const name of ["token", "refreshToken", "twoFactorToken", "deviceToken", "ticket"]) {
    const value = body?.[name];
    if (typeof value === "string") given[name] = value;
  }
}

async function send({ method }: RouteTraits, input: Input): Promise<Answer> {
  const token = await tokenOf(input.actor, input.claims);
  const { rawBody } = input;
  // Contract checks run there: an undocumented status, code or field is an error.
  const answer = await request(method, input.path + (input.query && `?${input.query}`), {
    headers: input.headers,
    ...(rawBody !== undefined && { rawBody: typeof rawBody === "string" ? fillIn(rawBody) : rawBody }),
    ...(token !== undefined && { token }),
  });
  keep(answer.body);
  // The actor may have ended its own session, or its account.
  if (method !== "GET" || answer.status === 401) delete tokens[input.actor];
  if (answer.status >= 500) throw new Error(`${answer.status}: ${answer.text}`);
  return answer;
}

async function fuzz(route: RouteTraits, actors: Input["actor"][], numRuns: number): Promise<void> {
  const property = fc.asyncProperty(inputFor(route, schemasOf(route), actors), async (input) => {
    await send(route, input);
  });
  // On failure fast-check prints the seed and the smallest failing input.
  await fc.assert(property, {
    numRuns,
    ...(seed !== undefined && { seed }),
    interruptAfterTimeLimit: 120_000,
    markInterruptAsFailure: false,
  });
}

const routes = readRoutes(app.routes);
const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const);

/** Everything that belongs to users other than the actors, and the roles. */
async function othersThings(): Promise<unknown> {
  const mine = Object.values(users);
  return database.query(
    `select (select jsonb_agg(to_jsonb(r) order by id) from roles r) as roles,
       (select jsonb_agg(to_jsonb(u) - 'last_login_at' - 'updated_at' order by id) from users u where id <> all ($1) and id <= $2) as users`,
    [mine, Math.max(...mine)],
  );
}

beforeAll(async () => {
  for (const each of ["a", "b"]) await registerMember({ nom: `Autre ${each}` });
  users["member"] = (await registerMember()).userId;
  users["admin"] = (await registerAdmin()).userId;
  // An administrator that sends no requests, so that one always remains.
  await registerAdmin();
  await insertRole(["users:read"]);
}, 60_000);

describe("Whatever is sent", () => {
  let before: unknown;
  beforeAll(async () => {
    before = await othersThings();
  });

  it.for(named)("by anyone, %s answers as documented, and never 5xx", { timeout: 600_000 }, async ([, route]) => {
    await fuzz(route, ["nobody", "forger", "member", "member"], runs);
  });

  it("without a permission changes nothing of others", async () => {
    expect(await othersThings()).toEqual(before);
  });

  it.for(named.filter(([name]) => name.includes("/api/admin") || name.includes("/api/users")))(
    "by an administrator, %s answers as documented, and never 5xx",
    { timeout: 600_000 },
    async ([, route]) => {
      await fuzz(route, ["admin"], runs);
    },
  );
});

describe("After all of that", () => {
  const count = async (sql: string) =>
    (await database.query<{ n: number }>(`select count(*)::int as n from ${sql}`))[0]!.n;

  it("every account has a role and a unique address", async () => {
    expect(await count("users u left join roles r on r.id = u.role_id where r.id is null")).toBe(0);
    expect(
      await count("(select from users where deleted_at is null group by lower(email) having count(*) > 1) t"),
    ).toBe(0);
  });

  it("sessions, codes and throttles are valid", async () => {
    expect(await count("refresh_tokens where generation < 0 or expires_at is null")).toBe(0);
    expect(await count("one_time_tokens where attempts < 0")).toBe(0);
    expect(await count("login_throttles where failures < 0")).toBe(0);
  });

  it("an administrator remains", async () => {
    const admins = await count("users u where role_id = 1 and is_active and deleted_at is null");
    expect(admins).toBeGreaterThan(0);
    expect(await count(`roles where id = 1 and permissions @> '["*"]'`)).toBe(1);
  });

  it("the hash chain of the audit log is intact", async () => {
    const token = await tokenOf("admin");
    let anchor = "";
    let complete = false;
    while (!complete) {
      const { body } = await get(`/api/admin/audit-logs/verify?limit=50000${anchor}`, { token: token! });
      expect(body).toMatchObject({ intact: true, firstBroken: null });
      complete = body.complete;
      anchor = `&anchor=${body.anchor}`;
    }
  });

  it("no prototype was changed", () => {
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["roleId"]).toBeUndefined();
  });
});
