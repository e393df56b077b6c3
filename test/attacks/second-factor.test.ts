/** docs/security.md, "Second factor": codes that are guessed, reused, late or used elsewhere, and ways around them. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { logIn } from "../support/login.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import { database, del, mailbox, post, put, registerMember, type Answer } from "../support/service.ts";
import {
  answer,
  captureJobs,
  challengeOf,
  challengesOf,
  enrolEmail,
  enrolTotp,
  forgetLastStep,
  inOneStep,
  totpCode,
  wrongCode,
} from "../support/second-factor.ts";
import { registerAdmin } from "../support/staff.ts";

/** Some tests keep the jobs here. */
const { JOBS } = env;
afterEach(() => void Object.assign(env, { JOBS }));

const statuses = (answers: Answer[]) => answers.map((answer) => answer.status).toSorted();

describe("a refused second factor:", () => {
  it("a code of an older or a later time step", async () => {
    const member = await enrolTotp(await registerMember());
    const outcomes = await inOneStep(async () => {
      const seen: Record<string, number> = {};
      for (const offset of [-2, -1, 0, 1, 2]) {
        await forgetLastStep(member.userId);
        const code = await totpCode(member.secret, offset);
        seen[offset] = (await answer(await challengeOf(member), "totp", code)).status;
      }
      return seen;
    });
    expect(outcomes).toEqual({ "-2": 401, "-1": 200, "0": 200, "1": 200, "2": 401 });
  });

  it("the code of a phone that is ahead, again when the clock has caught up", async () => {
    const member = await enrolTotp(await registerMember());
    const outcomes = await inOneStep(async () => {
      await forgetLastStep(member.userId);
      const seen = [];
      for (const offset of [1, 1, 0, -1])
        seen.push((await answer(await challengeOf(member), "totp", await totpCode(member.secret, offset))).status);
      return seen;
    });
    expect(outcomes).toEqual([200, 401, 401, 401]);
  });

  it("a used code, in the same login or another", async () => {
    const member = await enrolTotp(await registerMember());
    const [first, second] = await Promise.all([challengeOf(member), challengeOf(member)]);
    const code = await totpCode(member.secret);
    expect((await answer(first, "totp", code)).status).toBe(200);
    expect((await answer(second, "totp", code)).body).toMatchObject({ code: "invalid_code" });
    expect((await answer(first, "totp", code)).body).toMatchObject({ code: "invalid_two_factor_token" });
  });

  it("a code in eight logins at the same instant", async () => {
    const member = await enrolTotp(await registerMember());
    const challenges = await challengesOf(member, 8);
    const code = await totpCode(member.secret);
    await database.inject({ kind: "hold", count: 8 }, { match: /set last_used_step/ });
    const answers = await Promise.all(challenges.map((challenge) => answer(challenge, "totp", code)));
    expect(statuses(answers)).toEqual([200, ...Array(7).fill(401)]);
  });

  it("a challenge with five good codes at the same instant", async () => {
    const member = await enrolTotp(await registerMember());
    const challenge = await challengeOf(member);
    await database.inject({ kind: "hold", count: 5 }, { match: /proven as/ });
    const answers = await Promise.all(
      member.recoveryCodes.slice(0, 5).map((code) => answer(challenge, "recovery_code", code)),
    );
    expect(statuses(answers)).toEqual([200, 401, 401, 401, 401]);
    const used = await database.query("select 1 from recovery_codes where user_id = $1 and used_at is not null", [
      member.userId,
    ]);
    expect(used).toHaveLength(1);
  });

  it("a recovery code in ten logins at the same instant", async () => {
    const member = await enrolTotp(await registerMember());
    const challenges = await challengesOf(member, 10);
    const typed = ` ${member.recoveryCodes[0]!.toLowerCase().replaceAll("-", " ")} `;
    const jobs = captureJobs();
    await database.inject({ kind: "hold", count: 10 }, { match: /update recovery_codes/ });
    const answers = await Promise.all(challenges.map((challenge) => answer(challenge, "recovery_code", typed)));
    expect(statuses(answers)).toEqual([200, ...Array(9).fill(401)]);
    const told = await database.query<{ data: unknown }>(
      "select data from notifications where user_id = $1 and type = 'recovery_code_used'",
      [member.userId],
    );
    expect(told).toEqual([{ data: { left: 9 } }]);
    expect(jobs.filter((job) => job.event === "recovery_code.used")).toHaveLength(1);
  });

  it("twenty guesses at a challenge at the same instant", async () => {
    const member = await enrolTotp(await registerMember());
    const challenge = await challengeOf(member);
    const wrong = await wrongCode(member.secret);
    await database.inject({ kind: "hold", count: 20 }, { match: /login_challenge/ });
    const answers = await Promise.all(Array.from({ length: 20 }, () => answer(challenge, "totp", wrong)));
    const looked = answers.filter((answer) => answer.body.code === "invalid_code");
    expect(looked).toHaveLength(5);
    const late = await answer(challenge, "totp", await totpCode(member.secret));
    expect(late.body).toMatchObject({ code: "invalid_two_factor_token" });
  });

  it("guesses spread over many challenges", async () => {
    const member = await enrolTotp(await registerMember());
    const wrong = await wrongCode(member.secret);
    const challenges = await challengesOf(member, 14);
    const answers = await Promise.all(challenges.map((challenge) => answer(challenge, "totp", wrong)));
    expect(answers.filter((answer) => answer.body.code === "invalid_code")).toHaveLength(10);
    const right = await answer(challenges.at(-1)!, "totp", await totpCode(member.secret));
    expect(right.body).toMatchObject({ code: "too_many_attempts" });
    expect(Number(right.headers.get("Retry-After"))).toBeGreaterThan(860);
    await database.query("update login_throttles set locked_until = now() - interval '1 s' where key like '2fa:%'");
    const open = await challengeOf(member);
    expect((await answer(open, "totp", await totpCode(member.secret))).status).toBe(200);
  });

  it("a challenge that has expired, or from before a password change", async () => {
    const member = await enrolTotp(await registerMember());
    const expired = await challengeOf(member);
    await database.query("update one_time_tokens set expires_at = now() - interval '1 s' where user_id = $1", [
      member.userId,
    ]);
    const expectRefused = async (challenge: string) => {
      const refused = await answer(challenge, "totp", await totpCode(member.secret));
      expect(refused.body).toMatchObject({ status: 401, code: "invalid_two_factor_token" });
    };
    await expectRefused("junk");
    await expectRefused(expired);
    const stale = await challengeOf(member);
    await put(
      "/api/users/me/password",
      { currentPassword: member.password, newPassword: "Another one, long enough" },
      { token: member.token },
    );
    await expectRefused(stale);
  });

  it("an e-mail code with another challenge, or ten minutes late", async () => {
    const member = await enrolEmail(await registerMember());
    const jobs = captureJobs();
    const [challenge, other] = [await challengeOf(member), await challengeOf(member)];
    await post("/api/auth/login/2fa/email", { twoFactorToken: challenge });
    expect((await answer(other, "email", jobs[0].code)).status).toBe(401);
    await database.query(
      "update one_time_tokens set payload = jsonb_set(payload, '{emailCode,expiresAt}', '\"2026-01-01T00:00:00Z\"') where payload ? 'emailCode'",
    );
    expect((await answer(challenge, "email", jobs[0].code)).status).toBe(401);
  });
});

describe("a way around the second factor:", () => {
  const NEW_PASSWORD = "un tout autre secret";

  /** What nobody may receive without the second factor. */
  const OPENS = ["token", "refreshToken", "deviceToken"];
  function expectNoSession(answers: Answer[]): void {
    for (const { status, body, headers } of answers) {
      expect(status).toBeLessThan(300);
      expect(Object.keys(body).filter((field) => OPENS.includes(field))).toEqual([]);
      expect(headers.getSetCookie()).toEqual([]);
    }
  }

  it("every flow that proves the password or the mailbox: login, cookie, reset, proof and change of the address", async () => {
    const member = await enrolTotp(await registerMember());
    const { email, token } = member;
    const verify = tokenIn(await mailbox.next(email, "vérifiez"));
    const proven = await post("/api/auth/verify-email", { token: verify }, { token });
    const next = `next-${email}`;
    const pending = await put("/api/users/me", { email: next, currentPassword: member.password }, { token });
    expect(pending.body.pendingEmail).toBe(next);
    const confirm = tokenIn(await mailbox.next(next, "confirmez"));
    const answers = [
      await logIn(member),
      await logIn(member, { transport: "cookie" }),
      proven,
      await post("/api/auth/confirm-email", { token: confirm }),
      await post("/api/auth/forgot-password", { email: next }),
    ];
    const reset = tokenIn(await mailbox.next(next, "réinitialiser"));
    answers.push(await post("/api/auth/reset-password", { token: reset, password: NEW_PASSWORD }));
    expectNoSession(answers);
    // The factor has survived the reset: the new password alone is still not enough, but a code completes the login.
    const changed = { ...member, email: next, password: NEW_PASSWORD };
    expectNoSession([await logIn(changed)]);
    const live = "select 1 from refresh_tokens where user_id = $1 and revoked_at is null";
    expect(await database.query(live, [member.userId])).toEqual([]);
    expect((await answer(await challengeOf(changed), "totp", await totpCode(member.secret))).status).toBe(200);
  });

  it("an invitation to an account that has a second factor by then", async () => {
    const admin = await registerAdmin();
    const email = "invitee-2fa@example.test";
    const invited = await post(
      "/api/admin/users",
      { prenom: "Eve", nom: "Prudente", email, roleId: 2 },
      { token: admin.token },
    );
    await database.query(
      "insert into two_factor_methods (user_id, type, secret, confirmed_at) values ($1, 'totp', 'sealed', now())",
      [Number(invited.body.user.id)],
    );
    const token = tokenIn(await mailbox.next(email));
    const accepted = await post("/api/auth/reset-password", { token, password: NEW_PASSWORD });
    expectNoSession([accepted, await post("/api/auth/login", { email, password: NEW_PASSWORD })]);
  });

  it("an administrator's token from before the authenticator was turned off", async () => {
    Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "on" });
    try {
      const admin = await enrolTotp(await registerAdmin());
      const { body } = await answer(await challengeOf(admin), "totp", await totpCode(admin.secret));
      const verify = async (options: object) =>
        (await post("/api/auth/verify-token", { token: body.token, ...options })).body;
      expect(await verify({ permission: "users:read" })).toMatchObject({ active: true });
      expect((await del("/api/security/2fa/totp", { token: body.token })).status).toBe(200);
      expect(await verify({ permission: "users:read" })).toEqual({ active: false, reason: "token_stale" });
      expect(await verify({ permission: "users:read", strict: true })).toMatchObject({ active: false });
      expect((await verify({ strict: true })).claims).toMatchObject({ permissions: [], amr: ["pwd", "mfa"] });
      const { token } = (await post("/api/auth/refresh", { refreshToken: body.refreshToken })).body;
      const refreshed = (await post("/api/auth/verify-token", { token })).body;
      expect(refreshed).toMatchObject({ active: true, claims: { permissions: [] } });
    } finally {
      Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "off" });
    }
  });

  it("a refresh, to appear more strongly or more recently authenticated than the login was", async () => {
    const { token, refreshToken } = await registerMember();
    const claims = (jwt: string) => JSON.parse(atob(jwt.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
    await database.query(
      "update refresh_tokens set authenticated_at = now() - interval '11 minutes' where session_id = $1",
      [claims(token).sid],
    );
    const { body } = await post("/api/auth/refresh", { refreshToken });
    expect(claims(body.token).amr).toEqual(["pwd"]);
    expect(Math.floor(Date.now() / 1000) - claims(body.token).auth_time).toBeGreaterThan(600);
    const refused = await post("/api/security/2fa/totp", {}, { token: body.token });
    expect(refused.body.code).toBe("reauthentication_required");
  });
});
