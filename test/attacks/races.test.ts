/**
 * Two acts on one account at the same time, where one would continue with outdated facts: docs/security.md, "Races".
 * The first is held before its commit until the second waits for it or has its answer. RACE_ROUNDS=200 runs each that
 * often, and the hot account with that many requests.
 */
import { env } from "cloudflare:workers";
import { describe, expect, inject, it, vi } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import { ageLinks, CHOSEN, confirmEmail, emailOf, forgot, requestChange } from "../support/mailed-links.ts";
import {
  database,
  databaseUrl,
  get,
  logIn,
  registerMember,
  request,
  sidOf,
  NEW_PASSWORD,
  PASSWORD,
  post,
  type Answer,
} from "../support/service.ts";
import { comeBackFor, configure, createIssuer, leave, newsIn } from "../support/issuer.ts";
import { enrolTotp, totpCode } from "../support/second-factor.ts";
import { sampleOf } from "../support/sample.ts";
import { insertRole, registerAdmin, registerWithRole } from "../support/staff.ts";

const control = createControl(inject("endpointUrl"));
const { rounds, requests } = inject("races");

interface Call {
  method: string;
  path: string;
  body?: unknown;
  token?: string;
  rawBody?: string;
  headers?: Record<string, string>;
}

const call = (method: string, path: string, body?: unknown, token?: string): Call => ({
  method,
  path,
  body,
  ...(token !== undefined && { token }),
});

function send({ method, path, headers, ...options }: Call, requestId: string): Promise<Answer> {
  return request(method, path, { ...options, headers: { ...headers, "X-Request-Id": requestId } });
}

/** Resolves once the request waits for a lock, or has its answer. */
async function settled(requestId: string, answer: Promise<unknown>): Promise<void> {
  let answered = false;
  void answer.finally(() => (answered = true));
  await vi.waitFor(
    async () => expect(answered || (await control.blockedAt(requestId, databaseUrl())) !== undefined).toBe(true),
    {
      timeout: 20_000,
      interval: 10,
    },
  );
}

/**
 * Starts `held` and holds its trip, before the commit unless told; starts each of `others` once the ones before it wait; then
 * releases them.
 */
async function race(held: Call & { trip: number; statement?: number }, ...others: Call[]): Promise<Answer[]> {
  const [first, ...ids] = [held, ...others].map(() => crypto.randomUUID());
  await control.watch(first!, { trip: held.trip, statement: held.statement ?? "commit" });
  const answers = [send(held, first!)];
  expect(await control.held(first!)).toBe(true);
  for (const [i, other] of others.entries()) {
    await control.watch(ids[i]!);
    const answer = send(other, ids[i]!);
    answers.push(answer);
    await settled(ids[i]!, answer);
  }
  await control.go(first!);
  return Promise.all(answers);
}

const statuses = (answers: Answer[]) => answers.map(({ status }) => status);

const pendingOf = (userId: number) =>
  database.query("select 1 from one_time_tokens where user_id = $1 and purpose = 'change_email' and used_at is null", [
    userId,
  ]);

const liveOf = async (userId: number) =>
  (
    await database.query<{ sid: string }>(
      "select session_id as sid from refresh_tokens where user_id = $1 and revoked_at is null order by id",
      [userId],
    )
  ).map(({ sid }) => sid);

describe("at the same instant:", { repeats: rounds - 1 }, () => {
  it("an address change by a stolen session and the reset that ends it", async () => {
    const member = await registerMember();
    const thief = await logIn(member);
    const token = await forgot(member);
    const [reset, change] = await race(
      { ...call("POST", "/api/auth/reset-password", { token, password: CHOSEN }), trip: 1 },
      call("PUT", "/api/users/me", { email: "voleur-1@example.test" }, thief.token),
    );
    expect([reset!.status, change!.body.code]).toEqual([200, "invalid_token"]);
    expect(await pendingOf(member.userId)).toEqual([]);
    await ageLinks(member);
    expect(await emailOf(member)).toBe(member.email);
  });

  it("an address change by a stolen session and the password change that ends it", async () => {
    const member = await registerMember();
    const thief = await logIn(member);
    const [changed, change] = await race(
      {
        ...call(
          "PUT",
          "/api/auth/change-password",
          { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
          member.token,
        ),
        trip: 1,
      },
      call("PUT", "/api/users/me", { email: "voleur-2@example.test" }, thief.token),
    );
    expect([changed!.status, change!.body.code]).toEqual([200, "invalid_token"]);
    expect(await pendingOf(member.userId)).toEqual([]);
    expect(await liveOf(member.userId)).toEqual([sidOf(member)]);
  });

  it("a login with the password alone, and turning on the second factor that it would skip", async () => {
    const member = await registerMember();
    const { body } = await post("/api/security/2fa/totp", {}, { token: member.token });
    const code = await totpCode(body.secret);
    const [on, login] = await race(
      { ...call("POST", "/api/security/2fa/totp/verify", { code }, member.token), trip: 1 },
      call("POST", "/api/auth/login", { email: member.email, password: PASSWORD }),
    );
    expect([on!.status, login!.body.code]).toEqual([200, "invalid_credentials"]);
    expect(await liveOf(member.userId)).toEqual([sidOf(member)]);
  });

  it.each(["a refresh", "proving oneself again"])("%s and the loss of the role's permissions", async (way) => {
    const admin = await registerAdmin();
    const roleId = await insertRole(["users:read", "artists:write"]);
    const member = await registerWithRole(roleId);
    const held =
      way === "a refresh"
        ? { ...call("POST", "/api/auth/refresh", { refreshToken: member.refreshToken }), trip: 0 }
        : { ...call("POST", "/api/security/reauthenticate", { password: PASSWORD }, member.token), trip: 1 };
    const requestId = crypto.randomUUID();
    await control.watch(requestId, { trip: held.trip, statement: "commit" });
    const answer = send(held, requestId);
    expect(await control.held(requestId)).toBe(true);
    const lowered = await request("PATCH", `/api/admin/roles/${roleId}`, {
      body: { permissions: [] },
      token: admin.token,
    });
    expect(lowered.status).toBe(200);
    await vi.waitFor(async () => expect(await env.KV.get(`revoked:r:${roleId}`)).not.toBeNull());
    await control.go(requestId);
    const { status, body } = await answer;
    expect(status).toBe(200);
    const verdict = await post("/api/auth/verify-token", { token: body.token, permission: "artists:write" });
    expect(verdict.body).toMatchObject({ active: false });
    expect((await get("/api/users", { token: body.token })).status).toBe(403);
  });

  it("turning on a second factor and ending the other sessions, after a logout", async () => {
    const member = await registerMember();
    const [, last] = [await logIn(member), await logIn(member)];
    const { body } = await post("/api/security/2fa/totp", {}, { token: member.token });
    const code = await totpCode(body.secret);
    const answers = await race(
      { ...call("POST", "/api/auth/logout", {}, last.token), trip: 0 },
      call("DELETE", "/api/security/sessions", undefined, member.token),
      call("POST", "/api/security/2fa/totp/verify", { code }, member.token),
    );
    expect(statuses(answers)).toEqual([200, 200, 200]);
    expect(await liveOf(member.userId)).toEqual([sidOf(member)]);
  });

  it("a proof by recovery code and new recovery codes, after a refresh", async () => {
    const member = await enrolTotp(await registerMember());
    const answers = await race(
      { ...call("POST", "/api/auth/refresh", { refreshToken: member.refreshToken }), trip: 0 },
      call(
        "POST",
        "/api/security/reauthenticate",
        { method: "recovery_code", code: member.recoveryCodes[0] },
        member.token,
      ),
      call("POST", "/api/security/2fa/recovery-codes", {}, member.token),
    );
    expect(statuses(answers)).toEqual([200, expect.toBeOneOf([200, 422]), 200]);
    const codes = await database.query("select used_at from recovery_codes where user_id = $1", [member.userId]);
    expect(codes.filter((code) => code["used_at"] === null)).toHaveLength(codes.length);
  });

  it.each(["whoever imports it", "somebody else"])(
    "an import and the first login with an identity of %s",
    async (whose) => {
      const admin = await registerAdmin();
      const owner = whose === "somebody else" ? await registerMember() : admin;
      const name = `idp-${admin.userId}`;
      const idp = await createIssuer(name, "ES256");
      await idp.grantCodes();
      configure([{ id: name, issuer: idp.issuer, trustEmail: true }]);
      await database.query("update users set is_verified = true where id = $1", [owner.userId]);
      const { token } = await logIn(admin);
      const claims = { email: owner.email, email_verified: true };
      async function pair(): Promise<{ subject: string; acts: [Call, Call] }> {
        const subject = crypto.randomUUID();
        const visit = await leave(name);
        const code = await idp.idToken(visit.nonce, { claims: { ...claims, sub: subject } });
        const identities = [{ provider: name, subject }];
        const line = { email: `${subject}@example.test`, prenom: "Ida", nom: "Rhodes", identities };
        const headers = { "Content-Type": "application/x-ndjson" };
        return {
          subject,
          acts: [
            {
              method: "POST",
              path: "/api/admin/users/import",
              token,
              rawBody: JSON.stringify(line),
              headers,
            },
            { method: "GET", ...comeBackFor(name, visit, { code, iss: idp.issuer }) },
          ],
        };
      }
      const { acts: alone } = await pair();
      const points: { at: number; statement: number }[] = [];
      for (const [at, act] of alone.entries()) {
        const requestId = crypto.randomUUID();
        await control.watch(requestId);
        await send(act, requestId);
        const [{ statements }] = (await control.forget(requestId)) as [{ statements: number }];
        for (let statement = 0; statement <= statements; statement++) points.push({ at, statement });
      }
      const last = points.findLastIndex(({ at }) => at === 0);
      // Held with all that it wrote, the import keeps the login of somebody else waiting for nothing but their turn.
      for (const { at, statement } of sampleOf(points, ({ at, statement }) => [`${at}`, `${statement}`]).concat(
        points[last]!,
      )) {
        const { subject, acts } = await pair();
        const answers = await race({ ...acts[at]!, trip: 0, statement }, acts[1 - at]!);
        const [imported, login] = (at === 0 ? answers : answers.toReversed()) as [Answer, Answer];
        const where = `${at === 0 ? "import" : "login"} @${statement}`;
        expect([where, imported.status, newsIn(login)]).toEqual([where, 200, { signed_in: name }]);
        const [{ status, id = String(owner.userId) }] = imported.body.data;
        expect([where, status]).toEqual([where, expect.toBeOneOf(["created", "invalid"])]);
        const owners = await database.query("select user_id::text as id from identities where subject = $1", [subject]);
        expect([where, owners]).toEqual([where, [{ id }]]);
      }
    },
  );

  it("two confirmations, each of the other account's present address", async () => {
    const [one, two] = [await registerMember(), await registerMember()];
    // Requested while the address was free: nobody can request one that is taken.
    const links = [
      await requestChange(one, `une-${one.userId}@example.test`),
      await requestChange(two, `deux-${two.userId}@example.test`),
    ];
    for (const [asker, other] of [
      [one, two],
      [two, one],
    ] as const)
      await database.query(
        "update one_time_tokens set payload = $2::jsonb where user_id = $1 and purpose = 'change_email'",
        [asker.userId, JSON.stringify({ email: other.email })],
      );
    await meetBeforeTheAddressIsTaken();
    const answers = await Promise.all(links.map(({ confirm }) => confirmEmail(confirm)));
    await forgetTheMeeting();
    expect(answers.map(({ body }) => body.code)).toEqual(["email_taken", "email_taken"]);
    expect([await emailOf(one), await emailOf(two)]).toEqual([one.email, two.email]);
  });
});

describe("an account that everybody uses at once", () => {
  it("parallel logins and refreshes end in order: no deadlock, and no answer but those documented", async () => {
    const member = await registerMember();
    const devices = await Promise.all(Array.from({ length: 4 }, async () => logIn(member)));
    const sent = Array.from({ length: requests }, (_, at) => {
      const requestId = crypto.randomUUID();
      const refreshed = devices[at % devices.length]!;
      const asked =
        at % 3 === 0
          ? call("POST", "/api/auth/login", { email: member.email, password: PASSWORD })
          : call("POST", "/api/auth/refresh", {
              refreshToken: at % 3 === 1 ? member.refreshToken : refreshed.refreshToken,
            });
      return { requestId, asked };
    });
    await Promise.all(sent.map(({ requestId }) => control.watch(requestId)));
    const answers = await Promise.all(sent.map(({ requestId, asked }) => send(asked, requestId)));
    const refused = (await Promise.all(sent.map(({ requestId }) => control.forget(requestId)))).flat();
    expect(refused.filter(({ sqlState }) => sqlState !== undefined)).toEqual([]);
    const of = (path: string) => answers.filter((_, at) => sent[at]!.asked.path === path);
    // A login counts as a guess until its password has been checked.
    for (const { status, body } of of("/api/auth/login"))
      expect([200, 429], `${status} ${body.code}`).toContain(status);
    expect(of("/api/auth/login").filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(new Set(statuses(of("/api/auth/refresh")))).toEqual(new Set([200]));
  });

  it("every parallel use of one refresh token is answered with the same successor", async () => {
    const member = await registerMember();
    const answers = await Promise.all(
      Array.from({ length: requests }, () => post("/api/auth/refresh", { refreshToken: member.refreshToken })),
    );
    expect(new Set(statuses(answers))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    expect(
      await database.query("select generation::int as generation from refresh_tokens where user_id = $1", [
        member.userId,
      ]),
    ).toEqual([{ generation: 1 }]);
    expect(await liveOf(member.userId)).toEqual([sidOf(member)]);
  });
});

/**
 * Two statements that both move an address can only deadlock between writing their row and entering its address into the
 * unique index. An index that is filled before that one makes the first wait there for the second, or until the second
 * waits for its lock.
 */
async function meetBeforeTheAddressIsTaken(): Promise<void> {
  const met = (body: string) =>
    database.query(`create or replace function met(address text) returns text language plpgsql immutable as $$
      begin ${body} return address; end $$`);
  const [index] = await database.query<{ definition: string }>(
    "select indexdef as definition from pg_indexes where indexname = 'idx_users_email'",
  );
  await met("");
  await database.query("create sequence arrivals");
  await database.query("create index idx_met on users (met(email))");
  await database.query("drop index idx_users_email");
  await database.query(index!.definition);
  await met(`
    perform nextval('arrivals');
    while (select last_value from arrivals) < 2 and clock_timestamp() < now() + interval '10 s' and not exists (
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    ) loop
      perform pg_stat_clear_snapshot();
    end loop;`);
}

async function forgetTheMeeting(): Promise<void> {
  await database.query("drop function met cascade");
  await database.query("drop sequence arrivals");
}
