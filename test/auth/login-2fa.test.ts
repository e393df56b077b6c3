import { describe, expect, it, vi } from "vitest";
import { testBindings } from "../support/bindings.ts";
import { logIn } from "../support/login.ts";
import { claimsOf, database, post, registerMember, type Answer } from "../support/service.ts";
import {
  allowMail,
  answer,
  captureJobs,
  challengeOf,
  enrolEmail,
  enrolTotp,
  forgetLastStep,
  totpCode,
  wrongCode,
  type Protected,
} from "../support/second-factor.ts";

describe("POST /api/auth/login with a second factor", () => {
  it("answers a challenge and no session", async () => {
    const member = await enrolTotp(await registerMember());
    const { status, body, headers } = await logIn(member, { transport: "cookie" });
    expect(status).toBe(200);
    expect(body).toEqual({
      message: "Second facteur requis",
      twoFactorRequired: true,
      twoFactorToken: expect.any(String),
      methods: ["totp", "recovery_code"],
    });
    expect(headers.get("Set-Cookie")).toBeNull();
    const sessions = await database.query("select 1 from refresh_tokens where user_id = $1", [member.userId]);
    expect(sessions).toHaveLength(1);
  });

  it("takes two trips, and so does the second step", async () => {
    const member = await enrolTotp(await registerMember());
    expect(await database.tripsOf(() => logIn(member))).toBe(2);
    const challenge = await challengeOf(member);
    const code = await totpCode(member.secret);
    expect(await database.tripsOf(() => answer(challenge, "totp", code))).toBe(2);
  });

  it("clears the failures of the password only once the second factor is right", async () => {
    const member = await enrolTotp(await registerMember());
    for (let i = 0; i < 3; i++) await logIn(member, { password: "wrong password" });
    const failures = () => database.query("select failures from login_throttles where key !~ ':' and failures > 0");
    const challenge = await challengeOf(member);
    expect(await failures()).toEqual([{ failures: 3 }]);
    expect((await answer(challenge, "totp", await totpCode(member.secret))).status).toBe(200);
    expect(await failures()).toEqual([]);
  });
});

describe("POST /api/auth/login/2fa", () => {
  it("answers as login does, and the session records how the user signed in", async () => {
    const member = await enrolTotp(await registerMember());
    const { status, body } = await answer(await challengeOf(member), "totp", await totpCode(member.secret));
    expect(status).toBe(200);
    expect(body).toEqual({
      message: "Connexion réussie",
      token: expect.any(String),
      refreshToken: expect.any(String),
      deviceToken: expect.any(String),
      expiresIn: 600,
      user: { ...member.user, twoFactorEnabled: true, updatedAt: expect.any(String) },
    });
    expect(claimsOf(body.token).amr).toEqual(["pwd", "otp", "mfa"]);
    const history = await database.query(
      "select outcome, method from login_history where user_id = $1 order by id desc limit 2",
      [member.userId],
    );
    expect(history).toEqual([
      { outcome: "success", method: "totp" },
      { outcome: "two_factor_required", method: "pwd" },
    ]);
  });

  it("keeps a known device's own guesses when strangers have used up theirs", async () => {
    const member = await enrolTotp(await registerMember());
    const known = await answer(await challengeOf(member), "totp", await totpCode(member.secret));
    await forgetLastStep(member.userId);
    const wrong = await wrongCode(member.secret);
    for (let i = 0; i < 10; i++) await answer(await challengeOf(member), "totp", wrong);
    const code = await totpCode(member.secret);
    expect((await answer(await challengeOf(member), "totp", code)).status).toBe(429);
    const own = await challengeOf(member, { deviceToken: known.body.deviceToken });
    expect((await answer(own, "totp", code)).status).toBe(200);
  });

  it("leaves the refresh and device tokens out of the body with the cookie transport", async () => {
    const member = await enrolTotp(await registerMember());
    const challenge = await challengeOf(member);
    const code = await totpCode(member.secret);
    const { body, headers } = await post("/api/auth/login/2fa", {
      twoFactorToken: challenge,
      method: "totp",
      code,
      transport: "cookie",
    });
    expect(body).not.toHaveProperty("refreshToken");
    expect(body).not.toHaveProperty("deviceToken");
    expect(headers.getSetCookie().map((cookie) => cookie.split("=")[0])).toEqual([
      "__Host-refresh_token",
      "__Host-device",
    ]);
  });
});

describe("POST /api/auth/login/2fa/email", () => {
  const send = (twoFactorToken: string) => post("/api/auth/login/2fa/email", { twoFactorToken });

  it("sends six digits that complete the login once", async () => {
    const member = await enrolEmail(await registerMember());
    const jobs = captureJobs();
    const challenge = await challengeOf(member);
    expect((await send(challenge)).status).toBe(202);
    const [{ code, ...job }] = jobs;
    expect(job).toEqual({ type: "mail_code", userId: member.userId, expiresAt: expect.any(String) });
    expect(code).toMatch(/^\d{6}$/);
    const { status, body } = await answer(challenge, "email", code);
    expect(status).toBe(200);
    expect(claimsOf(body.token).amr).toEqual(["pwd", "email", "mfa"]);
    expect((await answer(challenge, "email", code)).status).toBe(401);
  });

  it("sends one a minute; the next replaces the code and keeps the count of attempts", async () => {
    const member = await enrolEmail(await registerMember());
    const jobs = captureJobs();
    const challenge = await challengeOf(member);
    await send(challenge);
    const early = await send(challenge);
    expect(early.body).toMatchObject({ code: "too_many_attempts" });
    expect(Number(early.headers.get("Retry-After"))).toBeLessThanOrEqual(60);
    const elsewhere = await send(await challengeOf(member));
    expect(elsewhere.status).toBe(429);
    for (let i = 0; i < 3; i++) await answer(challenge, "email", jobs[0].code === "000000" ? "000001" : "000000");
    await allowMail(member.userId);
    expect((await send(challenge)).status).toBe(202);
    if (jobs[0].code !== jobs[1].code) expect((await answer(challenge, "email", jobs[0].code)).status).toBe(401);
    expect((await answer(challenge, "email", jobs[1].code)).status).toBe(200);
    const tries = await database.query<{ attempts: number }>(
      "select attempts from one_time_tokens where user_id = $1 and payload ? 'emailCode'",
      [member.userId],
    );
    expect(tries).toEqual([{ attempts: 5 }]);
  });

  it("sends ten, and then none for an hour", async () => {
    const member = await enrolEmail(await registerMember());
    captureJobs();
    await database.query("update login_throttles set failures = 0 where key = $1", [`mail-code:${member.userId}`]);
    const challenge = await challengeOf(member);
    const answers: Answer[] = [];
    for (let i = 0; i < 11; i++) {
      answers.push(await send(challenge));
      await database.query("update login_throttles set locked_until = locked_until - interval '61 s' where key = $1", [
        `mail-code:${member.userId}`,
      ]);
    }
    expect(answers.map(({ status }) => status)).toEqual([...Array(10).fill(202), 429]);
    expect(Number(answers[10]!.headers.get("Retry-After"))).toBeGreaterThan(3500);
  });

  it("refuses a challenge of an account without e-mail codes", async () => {
    const member = await enrolTotp(await registerMember());
    expect((await send(await challengeOf(member))).body).toMatchObject({ code: "invalid_two_factor_token" });
  });
});

describe("after a rotation of AUTH_SECRET", () => {
  const present = "another secret for tests alone, long enough too";
  const rotated = { AUTH_SECRET: present, AUTH_SECRET_PREVIOUS: testBindings("", "")["AUTH_SECRET"]! };

  async function logInWith(member: Protected, vars: Record<string, string>): Promise<Answer> {
    await forgetLastStep(member.userId);
    const { email, password } = member;
    const { body } = await post("/api/auth/login", { email, password }, { vars });
    const code = await totpCode(member.secret);
    return post("/api/auth/login/2fa", { twoFactorToken: body.twoFactorToken, method: "totp", code }, { vars });
  }

  it("reseals an authenticator's secret when it is used, in the two trips of the login", async () => {
    const member = await enrolTotp(await registerMember());
    expect(await database.tripsOf(() => logInWith(member, rotated))).toBe(4);
    expect((await logInWith(member, { AUTH_SECRET: present })).status).toBe(200);
  });

  it("reports an authenticator whose secret it can't decrypt any more, and accepts a recovery code", async () => {
    const member = await enrolTotp(await registerMember());
    const logged = vi.spyOn(console, "log");
    expect(await logInWith(member, { AUTH_SECRET: present })).toMatchObject({
      status: 409,
      body: { code: "authenticator_lost" },
    });
    expect(logged.mock.calls.flat().join("\n")).toContain("authenticator_lost");
    logged.mockRestore();
    const challenge = await challengeOf(member);
    expect((await answer(challenge, "recovery_code", member.recoveryCodes[0]!)).status).toBe(200);
  });
});
