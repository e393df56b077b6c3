import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { logIn } from "../support/login.ts";
import { database, del, get, PASSWORD, post, put, registerMember } from "../support/service.ts";
import {
  answer,
  captureJobs,
  challengeOf,
  enrolEmail,
  enrolTotp,
  forgetLastStep,
  totpCode,
  wrongCode,
} from "../support/second-factor.ts";

describe("POST /api/security/2fa/totp", () => {
  it("answers secret, otpauth URI and QR code, and the secret counts for nothing yet", async () => {
    const member = await registerMember();
    const { status, body } = await post("/api/security/2fa/totp", {}, { token: member.token });
    expect(status).toBe(200);
    expect(body).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      uri: expect.stringContaining(`secret=${body.secret}`),
      qrCode: expect.stringMatching(/^<svg[^>]+>.*<\/svg>$/s),
    });
    expect((await logIn(member)).body).not.toHaveProperty("twoFactorToken");
    const [row] = await database.query<{ secret: string }>("select secret from two_factor_methods where user_id = $1", [
      member.userId,
    ]);
    expect(row!.secret).not.toContain(body.secret);
  });

  it("refuses when it is already on", async () => {
    const member = await enrolTotp(await registerMember());
    expect((await post("/api/security/2fa/totp", {}, { token: member.token })).body.code).toBe("two_factor_method_on");
  });
});

describe("POST /api/security/2fa/totp/verify", () => {
  it("turns it on, shows ten recovery codes once, ends the other sessions, tells the owner and the audit log", async () => {
    const member = await registerMember();
    const other = (await logIn(member)).body;
    const jobs = captureJobs();
    const { recoveryCodes } = await enrolTotp(member);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect((await post("/api/auth/refresh", { refreshToken: other.refreshToken })).status).toBe(401);
    expect((await post("/api/auth/refresh", { refreshToken: member.refreshToken })).status).toBe(200);
    expect(jobs).toContainEqual(expect.objectContaining({ event: "two_factor.enabled" }));
    const audit = await database.query("select action, metadata from audit_logs where actor_id = $1", [member.userId]);
    expect(audit).toEqual([{ action: "two_factor.enabled", metadata: { method: "totp" } }]);
    const { body } = await get("/api/security/2fa", { token: member.token });
    expect(body).toEqual({ methods: [{ method: "totp", since: expect.any(String) }], recoveryCodesLeft: 10 });
    const stored = await database.query<{ code: string }>("select code from recovery_codes where user_id = $1", [
      member.userId,
    ]);
    for (const { code } of stored) expect(recoveryCodes.join()).not.toContain(code);
  });

  it("refuses a wrong code, and the code used to enrol can't be used to log in", async () => {
    const member = await registerMember();
    const { body } = await post("/api/security/2fa/totp", {}, { token: member.token });
    const verify = (code: string) => post("/api/security/2fa/totp/verify", { code }, { token: member.token });
    expect((await verify(await wrongCode(body.secret))).body).toMatchObject({ status: 422, code: "incorrect_code" });
    const code = await totpCode(body.secret);
    expect((await verify(code)).status).toBe(200);
    expect((await answer(await challengeOf(member), "totp", code)).status).toBe(401);
  });

  it("turns it on once if asked twice at the same time", async () => {
    const member = await registerMember();
    const { body } = await post("/api/security/2fa/totp", {}, { token: member.token });
    const code = await totpCode(body.secret);
    await database.inject({ kind: "hold", count: 4 }, { match: /set confirmed_at/ });
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => post("/api/security/2fa/totp/verify", { code }, { token: member.token })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422, 422, 422]);
    const codes = await database.query("select 1 from recovery_codes where user_id = $1", [member.userId]);
    expect(codes).toHaveLength(10);
  });
});

describe("POST /api/security/2fa/email", () => {
  /** The code that was sent, a wrong one, and a try of either. */
  async function startEmail() {
    const { token } = await registerMember();
    const jobs = captureJobs();
    await post("/api/security/2fa/email", {}, { token });
    const right: string = jobs.find((job) => job.type === "mail_code").code;
    const verify = (code: string) => post("/api/security/2fa/email/verify", { code }, { token });
    return { right, wrong: right === "111111" ? "222222" : "111111", verify };
  }

  it("turns on e-mail codes with the code that was sent", async () => {
    const member = await enrolEmail(await registerMember());
    expect(member.recoveryCodes).toHaveLength(10);
    expect((await logIn(member)).body.methods).toEqual(["email", "recovery_code"]);
  });

  it("allows five tries at a code, however many come at once", async () => {
    const { right, wrong, verify } = await startEmail();
    await Promise.all(Array.from({ length: 5 }, () => verify(wrong)));
    expect((await verify(right)).body.code).toBe("incorrect_code");
  });

  it("accepts the fifth try", async () => {
    const { right, wrong, verify } = await startEmail();
    for (let i = 0; i < 4; i++) await verify(wrong);
    expect((await verify(right)).status).toBe(200);
  });

  it("sends one mail a minute", async () => {
    const member = await registerMember();
    captureJobs();
    const start = () => post("/api/security/2fa/email", {}, { token: member.token });
    const answers = await Promise.all(Array.from({ length: 10 }, start));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(9);
  });
});

describe("DELETE /api/security/2fa/:method", () => {
  it("turns it off, with the recovery codes if it was the last, and ends the other sessions", async () => {
    const member = await enrolTotp(await registerMember());
    const other = (await answer(await challengeOf(member), "totp", await totpCode(member.secret))).body;
    expect((await del("/api/security/2fa/totp", { token: member.token })).status).toBe(200);
    expect((await logIn(member)).body.token).toBeDefined();
    expect((await post("/api/auth/refresh", { refreshToken: other.refreshToken })).status).toBe(401);
    expect((await get("/api/security/2fa", { token: member.token })).body).toEqual({
      methods: [],
      recoveryCodesLeft: 0,
    });
    expect((await del("/api/security/2fa/totp", { token: member.token })).status).toBe(404);
  });

  it("keeps the recovery codes while another method is on, and invalidates challenges", async () => {
    const member = await enrolTotp(await enrolEmail(await registerMember()));
    const challenge = await challengeOf(member);
    await del("/api/security/2fa/email", { token: member.token });
    expect((await answer(challenge, "totp", await totpCode(member.secret))).status).toBe(401);
    expect((await get("/api/security/2fa", { token: member.token })).body.recoveryCodesLeft).toBe(10);
  });
});

describe("POST /api/security/2fa/recovery-codes", () => {
  it("returns a new set and invalidates the old one", async () => {
    const member = await enrolTotp(await registerMember());
    const { body } = await post("/api/security/2fa/recovery-codes", {}, { token: member.token });
    expect(body.recoveryCodes).toHaveLength(10);
    const [old, fresh] = [member.recoveryCodes[0]!, body.recoveryCodes[0]];
    expect((await answer(await challengeOf(member), "recovery_code", old)).status).toBe(401);
    expect((await answer(await challengeOf(member), "recovery_code", fresh)).status).toBe(200);
  });

  it("refuses without a second factor", async () => {
    const { token } = await registerMember();
    expect((await post("/api/security/2fa/recovery-codes", {}, { token })).status).toBe(404);
  });
});

describe("POST /api/security/reauthenticate", () => {
  const stale = (userId: number) =>
    database.query("update refresh_tokens set authenticated_at = now() - interval '1 hour' where user_id = $1", [
      userId,
    ]);
  const reauthenticate = (body: object, token: string) => post("/api/security/reauthenticate", body, { token });

  it("makes the session fresh with the password, in two trips, and returns a token that says so", async () => {
    const member = await registerMember();
    await stale(member.userId);
    let answered: any;
    const trips = await database.tripsOf(async () => {
      answered = await reauthenticate({ password: PASSWORD }, member.token);
    });
    expect(trips).toBe(2);
    expect(answered.body).toEqual({ message: "Identité confirmée", token: expect.any(String), expiresIn: 600 });
    expect(Date.now() / 1000 - JSON.parse(atob(answered.body.token.split(".")[1])).auth_time).toBeLessThan(60);
    expect((await post("/api/security/2fa/totp", {}, { token: member.token })).status).toBe(200);
  });

  it("accepts a time-based code, once, and a recovery code", async () => {
    const member = await enrolTotp(await registerMember());
    const code = await totpCode(member.secret);
    await database.inject({ kind: "hold", count: 3 }, { match: /set last_used_step/ });
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => reauthenticate({ method: "totp", code }, member.token)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 422, 422]);
    const recovery = { method: "recovery_code", code: member.recoveryCodes[0]! };
    expect((await reauthenticate(recovery, member.token)).status).toBe(200);
    expect((await reauthenticate(recovery, member.token)).body.code).toBe("incorrect_code");
  });

  it("shares its attempts with the password change", async () => {
    const member = await registerMember();
    const change = { currentPassword: "wrong password", newPassword: "Another one, long enough" };
    await Promise.all([
      ...Array.from({ length: 3 }, () => reauthenticate({ password: "wrong password" }, member.token)),
      ...Array.from({ length: 2 }, () => put("/api/users/me/password", change, { token: member.token })),
    ]);
    const locked = await database.query(
      "update login_throttles set locked_until = now() + interval '10 min' where failures = 5 returning 1",
    );
    expect(locked).toHaveLength(1);
    const refused = await reauthenticate({ password: PASSWORD }, member.token);
    expect(refused.body.code).toBe("too_many_attempts");
  });

  it("shares the attempts for codes with the login", async () => {
    const member = await enrolTotp(await registerMember());
    const wrong = await wrongCode(member.secret);
    const guesses = await Promise.all(
      Array.from({ length: 15 }, () => reauthenticate({ method: "totp", code: wrong }, member.token)),
    );
    expect(guesses.filter(({ status }) => status === 422)).toHaveLength(10);
    expect((await answer(await challengeOf(member), "totp", await totpCode(member.secret))).status).toBe(429);
  });
});

describe("TWO_FACTOR_REQUIRED_FOR_ADMIN", () => {
  const policy = (value: string) => {
    (env as { TWO_FACTOR_REQUIRED_FOR_ADMIN: string }).TWO_FACTOR_REQUIRED_FOR_ADMIN = value;
  };
  const strictly = async (token: string) =>
    (await post("/api/auth/verify-token", { token, permission: "users:read", strict: true })).body;

  it("lets an administrator without a time-based code only set one up, and everything after using it", async () => {
    policy("on");
    try {
      const member = await registerMember();
      await database.query("update users set role_id = 1 where id = $1", [member.userId]);
      const plain = (await logIn(member)).body;
      expect(JSON.parse(atob(plain.token.split(".")[1])).permissions).toEqual([]);
      expect(plain.user.permissions).toEqual(["*"]);
      expect(await strictly(plain.token)).toEqual({ active: false, reason: "two_factor_required" });
      expect((await get("/api/users/me", { token: plain.token })).status).toBe(200);

      const mailed = await enrolEmail({ ...member, token: plain.token });
      const jobs = captureJobs();
      const challenge = await challengeOf(mailed);
      await post("/api/auth/login/2fa/email", { twoFactorToken: challenge });
      const byMail = (await answer(challenge, "email", jobs.find((job) => job.type === "mail_code").code)).body;
      expect(await strictly(byMail.token)).toEqual({ active: false, reason: "two_factor_required" });

      const enrolled = await enrolTotp({ ...member, token: byMail.token });
      expect(await strictly(byMail.token)).toMatchObject({ active: true });
      await forgetLastStep(member.userId);
      const full = (await answer(await challengeOf(enrolled), "totp", await totpCode(enrolled.secret))).body;
      expect(JSON.parse(atob(full.token.split(".")[1])).permissions).toEqual(["*"]);
      expect(await strictly(full.token)).toMatchObject({ active: true });
      await del("/api/security/2fa/totp", { token: full.token });
      expect(await strictly(full.token)).toEqual({ active: false, reason: "two_factor_required" });
    } finally {
      policy("off");
    }
  });

  it("requires nothing of a role without permissions over this service", async () => {
    policy("on");
    try {
      const member = await registerMember();
      await database.query(`insert into roles (name, permissions) values ('booker', '["bookings:write"]')`);
      await database.query("update users set role_id = (select id from roles where name = 'booker') where id = $1", [
        member.userId,
      ]);
      const { body } = await logIn(member);
      const verified = await post("/api/auth/verify-token", {
        token: body.token,
        permission: "bookings:write",
        strict: true,
      });
      expect(verified.body).toMatchObject({ active: true, claims: { permissions: ["bookings:write"] } });
    } finally {
      policy("off");
    }
  });
});
