/**
 * Two acts on one account at the same time, where one would continue with outdated facts: docs/security.md, "Races".
 * The first is held before its commit until the second waits for it or has its answer.
 */
import { env } from "cloudflare:workers";
import { describe, expect, inject, it, vi } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import { ageLinks, CHOSEN, emailOf, forgot } from "../support/mailed-links.ts";
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
import { enrolTotp, totpCode } from "../support/second-factor.ts";
import { insertRole, registerAdmin, registerWithRole } from "../support/staff.ts";

const control = createControl(inject("endpointUrl"));

interface Call {
  method: string;
  path: string;
  body?: unknown;
  token?: string;
}

const call = (method: string, path: string, body?: unknown, token?: string): Call => ({
  method,
  path,
  body,
  ...(token !== undefined && { token }),
});

function send({ method, path, ...options }: Call, requestId: string): Promise<Answer> {
  return request(method, path, { ...options, headers: { "X-Request-Id": requestId } });
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
 * Starts `held` and holds its trip before the commit; starts each of `others` once the ones before it wait; then
 * releases them.
 */
async function race(held: Call & { trip: number }, ...others: Call[]): Promise<Answer[]> {
  const [first, ...ids] = [held, ...others].map(() => crypto.randomUUID());
  await control.watch(first!, { trip: held.trip, statement: "commit" });
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

describe("at the same instant:", () => {
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
});
