/** Login with a code by mail. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { hashToken } from "../../src/crypto/one-time-token.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";
import { ALLOWED_ORIGIN, ISSUER } from "../support/bindings.ts";
import { historyOf, logIn, storedHash } from "../support/login.ts";
import { askForCode, codeFor, passAMinute, redeem } from "../support/login-code.ts";
import { proveMailbox } from "../support/mailed-links.ts";
import { enrolEmail, enrolTotp, forgetLastStep, totpCode } from "../support/second-factor.ts";
import {
  claimsOf,
  database,
  del,
  get,
  mailbox,
  PASSWORD,
  post,
  put,
  registerMember,
  request,
  type Member,
} from "../support/service.ts";

async function provenMember(): Promise<Member> {
  const member = await registerMember();
  await proveMailbox(member);
  return member;
}
/** The queue works again afterwards. */
async function withMailCodes<Own extends Member>(member: Own): Promise<Own> {
  const queue = env.JOBS;
  const { recoveryCodes: _, ...own } = await enrolEmail(member);
  Object.assign(env, { JOBS: queue });
  return { ...member, ...own };
}
const refusal = ({ status, body }: { status: number; body: any }) => `${status} ${body.code ?? "in"}`;
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");
const expire = (userId: number) =>
  database.query("update one_time_tokens set expires_at = now() where user_id = $1 and purpose = 'login_code'", [
    userId,
  ]);

describe("Asking for a code", () => {
  it("is answered the same for every address, without a trip", async () => {
    const { email } = await provenMember();
    const answers: object[] = [];
    for (const address of [email, "personne@example.test"]) {
      expect(
        await database.tripsOf(async () => {
          const { status, body, headers } = await post("/api/auth/email-code", { email: address });
          const { emailCodeToken, ...said } = body;
          // Sealed with an address of another length.
          expect(emailCodeToken).toMatch(/^v1\.[\w-]+\.[\w-]+\.[\w-]+$/);
          answers.push({ status, said, names: [...headers.keys()] });
        }),
      ).toBe(0);
    }
    expect(answers[0]).toEqual(answers[1]);
    await codeFor(email);
    expect((await mailbox.received()).filter(({ to }) => to.includes("personne@example.test"))).toEqual([]);
  });

  it("mails one code a minute and ten an hour to an address, and says so to nobody", async () => {
    const { email } = await provenMember();
    const vars = { RATE_LIMIT_SCALE: "1" };
    const ask = (address: string) =>
      post("/api/auth/email-code", { email: address }, { vars, headers: { "CF-Connecting-IP": "203.0.113.9" } });
    expect((await ask(email)).status).toBe(202);
    expect((await ask(email)).status).toBe(202);
    const code = await codeFor(email);
    expect(code).toMatch(/^\d{6}$/);
    expect((await mailbox.all()).filter((mail) => mail.to.includes(email) && /code/.test(mail.subject))).toEqual([]);
  });

  it("is not there where EMAIL_CODE_LOGIN is off", async () => {
    const options = { vars: { EMAIL_CODE_LOGIN: "off" } };
    const { email } = await provenMember();
    const asked = await askForCode({ email });
    expect((await post("/api/auth/email-code", { email }, options)).body.code).toBe("not_found");
    expect((await post("/api/auth/email-code/verify", asked, options)).body.code).toBe("not_found");
    expect((await get("/sign-in", options)).text).toContain("&quot;emailCode&quot;:false");
  });
});

describe("A code by mail", () => {
  it("signs in whoever asked for it, once", async () => {
    const member = await provenMember();
    const asked = await askForCode(member);
    const { status, body } = await redeem(asked);
    expect(status).toBe(200);
    expect(claimsOf(body.token)).toMatchObject({ sub: String(member.userId), amr: ["email"] });
    expect(await historyOf(member.userId)).toContainEqual({ outcome: "success", reason: null, method: "email_code" });
    expect((await get("/api/users/me", { token: body.token })).status).toBe(200);
    expect(refusal(await redeem(asked))).toBe("401 invalid_code");
    expect(await storedHash(member)).not.toBeNull();
  });

  it("may be typed with spaces", async () => {
    const asked = await askForCode(await provenMember());
    expect((await redeem({ ...asked, code: ` ${asked.code.slice(0, 3)} ${asked.code.slice(3)} ` })).status).toBe(200);
  });

  it("is good only with the request that it was mailed for", async () => {
    const member = await provenMember();
    const [first, second] = [await askForCode(member), await askForCode(member)];
    const stranger = await askForCode(await provenMember());
    for (const emailCodeToken of [second.emailCodeToken, stranger.emailCodeToken, `${first.emailCodeToken}A`, "x"])
      if (first.code !== second.code && first.code !== stranger.code)
        expect(refusal(await redeem({ emailCodeToken, code: first.code }))).toBe("401 invalid_code");
    expect(refusal(await redeem({ code: first.code }))).toBe("401 invalid_code");
    expect((await redeem(first)).status).toBe(200);
  });

  it("is over after ten minutes, five wrong tries, a new password, or its account's end", async () => {
    const ends: Record<string, (member: Member, asked: { emailCodeToken: string; code: string }) => Promise<unknown>> =
      {
        "ten minutes": ({ userId }) => expire(userId),
        "five tries": async (_, { emailCodeToken, code }) => {
          for (let tries = 0; tries < 5; tries++) await redeem({ emailCodeToken, code: wrong(code) });
        },
        "a new password": ({ token }) =>
          put("/api/users/me/password", { currentPassword: PASSWORD, newPassword: "Tout autre chose 77" }, { token }),
        disabled: ({ userId }) => database.query("update users set is_active = false where id = $1", [userId]),
        deleted: ({ token }) => del("/api/users/me", { token }),
        "another address": ({ userId }) =>
          database.query("update users set email = 'ailleurs' || id || '@example.test' where id = $1", [userId]),
      };
    for (const [name, end] of Object.entries(ends)) {
      const member = await provenMember();
      const asked = await askForCode(member);
      await end(member, asked);
      expect(refusal(await redeem(asked)), name).toBe("401 invalid_code");
    }
  });

  it("stands 100 guesses at once: five are checked, and the address then waits, known or not", async () => {
    const member = await provenMember();
    const { body } = await post("/api/auth/email-code", { email: "inconnu@example.test" });
    const asked = await askForCode(member);
    for (const emailCodeToken of [asked.emailCodeToken, body.emailCodeToken]) {
      const code = wrong(asked.code);
      const answers = await Promise.all(Array.from({ length: 100 }, () => redeem({ emailCodeToken, code })));
      const counts = Map.groupBy(answers.map(refusal), (answer) => answer);
      expect([...counts.keys()].toSorted()).toEqual(["401 invalid_code", "429 too_many_attempts"]);
      expect(counts.get("401 invalid_code")!.length).toBeLessThanOrEqual(10);
    }
    const [row] = await database.query(
      "select attempts from one_time_tokens where user_id = $1 and purpose = 'login_code'",
      [member.userId],
    );
    expect(row).toEqual({ attempts: 5 });
    expect(refusal(await redeem(asked))).toBe("429 too_many_attempts");
  });

  it("in five hands at once opens one session", async () => {
    const member = await provenMember();
    const asked = await askForCode(member);
    await database.query("delete from login_throttles");
    const answers = await Promise.all(Array.from({ length: 5 }, () => redeem(asked)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 200).map(refusal)).toEqual(Array(4).fill("401 invalid_code"));
  });
});

describe("In a browser", () => {
  const origin = { headers: { Origin: ISSUER } };
  const cookieOf = (headers: Headers) => /__Host-email_code=[^;]+/.exec(headers.getSetCookie().join("\n"))?.[0];

  it("the request is a cookie that no script and no other site reads", async () => {
    const { email } = await provenMember();
    const { body, headers } = await post("/api/auth/email-code", { email, transport: "cookie" }, origin);
    expect(body).not.toHaveProperty("emailCodeToken");
    expect(headers.getSetCookie().join()).toMatch(
      /^__Host-email_code=[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const code = await codeFor(email);
    const Cookie = cookieOf(headers)!;
    const elsewhere = { headers: { Origin: "https://evil.example.test", Cookie } };
    const verify = (options: object) => post("/api/auth/email-code/verify", { code, transport: "cookie" }, options);
    expect(refusal(await verify(elsewhere))).toBe("403 origin_not_allowed");
    const signedIn = await verify({ headers: { Origin: ALLOWED_ORIGIN, Cookie } });
    expect(signedIn.status).toBe(200);
    expect(signedIn.headers.getSetCookie().join("\n")).toMatch(/__Host-email_code=; Max-Age=0/);
    expect(signedIn.headers.getSetCookie().join("\n")).toMatch(/__Host-refresh_token=[^;]+/);
  });

  it("a scanner that opens, posts and runs every link signs nobody in and uses nothing up, nor does a forwarded one", async () => {
    const { email } = await provenMember();
    const { headers } = await post("/api/auth/email-code", { email, transport: "cookie" }, origin);
    const mail = await mailbox.next(email, "votre code pour vous connecter");
    const link = new URL(/https?:\/\/\S+#code=\d{6}/.exec(mail.text)![0]);
    const code = link.hash.slice("#code=".length);
    for (const method of ["GET", "HEAD"] as const) {
      const opened = await request(method, link.pathname);
      expect([method, opened.status, opened.headers.getSetCookie()]).toEqual([method, 200, []]);
    }
    expect((await post(link.pathname)).status).toBe(405);
    // What its script does in a browser that has not asked, also one that has asked for another address.
    const other = await post("/api/auth/email-code", { email: "scanner@example.test", transport: "cookie" }, origin);
    for (const Cookie of ["", cookieOf(other.headers)!])
      for (let times = 0; times < 6; times++)
        expect(
          refusal(
            await post(
              "/api/auth/email-code/verify",
              { code, transport: "cookie" },
              { headers: { ...origin.headers, Cookie } },
            ),
          ),
        ).toBe("401 invalid_code");
    const own = { headers: { ...origin.headers, Cookie: cookieOf(headers)! } };
    expect((await post("/api/auth/email-code/verify", { code, transport: "cookie" }, own)).status).toBe(200);
  });
});

describe("After the code,", () => {
  it("a second factor that is on is asked for, and another code by mail is none", async () => {
    const own = await withMailCodes(await enrolTotp(await provenMember()));
    await forgetLastStep(own.userId);
    const { body } = await redeem(await askForCode(own));
    expect(body).toMatchObject({ twoFactorRequired: true, methods: ["totp", "recovery_code"] });
    const { twoFactorToken } = body;
    expect(refusal(await post("/api/auth/login/2fa/email", { twoFactorToken }))).toBe("401 invalid_two_factor_token");
    // Even one that had been mailed for this challenge.
    const tokenHash = await hashToken(twoFactorToken);
    const hash = await createSecrets(env.AUTH_SECRET).keyedHash("email-code", `${tokenHash}:171717`);
    const sent = { emailCode: { hash, expiresAt: new Date(Date.now() + 600_000).toISOString() } };
    await database.query("update one_time_tokens set payload = payload || $1::jsonb where token = $2", [
      JSON.stringify(sent),
      tokenHash,
    ]);
    expect(refusal(await post("/api/auth/login/2fa", { twoFactorToken, method: "email", code: "171717" }))).toBe(
      "401 invalid_code",
    );
    const code = await totpCode(own.secret);
    const signedIn = await post("/api/auth/login/2fa", { twoFactorToken, method: "totp", code });
    expect(claimsOf(signedIn.body.token)["amr"]).toEqual(["email", "otp", "mfa"]);
  });

  it("an account that is guarded by codes by mail alone is open, without administration", async () => {
    const own = await withMailCodes(await provenMember());
    await database.query("update users set role_id = 1 where id = $1", [own.userId]);
    const { body } = await redeem(await askForCode(own));
    expect(claimsOf(body.token)["amr"]).toEqual(["email"]);
    const vars = { TWO_FACTOR_REQUIRED_FOR_ADMIN: "on" };
    expect((await get("/api/admin/users", { token: body.token, vars })).body.code).toBe("two_factor_required");
  });
});

describe("The first proof of a mailbox by a code", () => {
  it("leaves nothing to whoever registered the address before its owner", async () => {
    const stranger = await enrolTotp(await registerMember());
    const second = await database.query("select id from refresh_tokens where user_id = $1", [stranger.userId]);
    expect(second).toHaveLength(1);
    const { status, body } = await redeem(await askForCode(stranger));
    expect(status).toBe(200);
    expect((await get("/api/users/me", { token: stranger.token })).status).toBe(401);
    expect((await post("/api/auth/refresh", { refreshToken: stranger.refreshToken })).status).toBe(401);
    expect(refusal(await logIn(stranger))).toBe("401 invalid_credentials");
    expect(await storedHash(stranger)).toBeNull();
    const { user } = (await get("/api/users/me", { token: body.token })).body;
    expect(user).toMatchObject({ isVerified: true, twoFactorEnabled: false });
    const sessions = (await get("/api/security/sessions", { token: body.token })).body.data;
    expect(sessions).toHaveLength(1);
    await mailbox.next(stranger.email, "Adresse email vérifiée");
  });

  it("keeps the password where an administrator had replaced a proven address", async () => {
    const member = await registerMember();
    await database.query("update users set proof_due_at = 'infinity' where id = $1", [member.userId]);
    expect((await redeem(await askForCode(member))).status).toBe(200);
    expect(await storedHash(member)).not.toBeNull();
  });

  it("is enough where registration asks for it", async () => {
    const email = "prouvee@example.test";
    const vars = { REGISTRATION: "verified" };
    await post("/api/auth/register", { prenom: "Ada", nom: "L", email, password: PASSWORD }, { vars });
    await passAMinute();
    const { body } = await post("/api/auth/email-code", { email }, { vars });
    const code = await codeFor(email);
    expect((await post("/api/auth/email-code/verify", { ...body, code }, { vars })).status).toBe(200);
  });
});
