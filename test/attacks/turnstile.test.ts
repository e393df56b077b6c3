/** docs/security.md, "Turnstile": what a token lets through where a wait has begun, and what it does not. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { expectProblem, fingerprint } from "../support/contract.ts";
import { guess, lockOut, logIn, prolongWaits } from "../support/login.ts";
import { forgot, proveMailbox, reset, CHOSEN } from "../support/mailed-links.ts";
import { enrolTotp } from "../support/second-factor.ts";
import { database, mailbox, post, registerMember, type Answer, type Member } from "../support/service.ts";
import { TEST_TOKEN } from "../support/siteverify.ts";
import { registerAdmin } from "../support/staff.ts";

const SITE_KEY = "0x4AAAAAAADnPIDROrmt1Wwj";
let secret: string;

/** Fresh ones, solved on a page of this service. */
async function solve(count: number, hostname = "localhost"): Promise<string[]> {
  const tokens = Array.from({ length: count }, () => crypto.randomUUID());
  await mailbox.widget(secret, { tokens: Object.fromEntries(tokens.map((token) => [token, { hostname }])) });
  return tokens;
}

beforeEach(async () => {
  await database.query("delete from login_throttles");
  secret = crypto.randomUUID();
  Object.assign(env, { TURNSTILE_SITE_KEY: SITE_KEY, TURNSTILE_SECRET: secret });
});

const looked = (answers: Answer[]) => answers.filter(({ body }) => body.code === "invalid_credentials").length;
/** Refused, and a token would help. */
const asked = ({ status, body }: Answer) => [status, body.code, body.turnstileSiteKey];
const ASKED = [429, "too_many_attempts", SITE_KEY];

async function lockedOut(): Promise<Member> {
  const member = await registerMember();
  await lockOut(member.email);
  return member;
}

describe("whoever solves Turnstile", () => {
  it("signs in past the guesses of a stranger; it is asked for only then, and the stranger goes on waiting", async () => {
    const member = await registerMember();
    const [early, token] = await solve(2);
    for (let i = 0; i < 5; i++) {
      const refused = await guess(member.email, { turnstileToken: early });
      expect(asked(refused)).toEqual([401, "invalid_credentials", undefined]);
    }
    await prolongWaits();
    expect(await mailbox.verified(secret)).toBe(0);
    expect(asked(await logIn(member))).toEqual(ASKED);
    expect(await database.tripsOf(() => logIn(member, { turnstileToken: token }))).toBe(3);
    expect(await mailbox.verified(secret)).toBe(1);
    expect(asked(await logIn(member))).toEqual(ASKED);
    const [another] = await solve(1);
    expect((await logIn(member, { turnstileToken: another })).status).toBe(200);
  });

  it("can be given back these tries by an administrator's unlock, or by a reset by mail", async () => {
    const admin = await registerAdmin();
    const member = await registerMember();
    await proveMailbox(member);
    const useUp = async () => {
      await database.query("delete from login_throttles");
      await lockOut(member.email);
      for (const turnstileToken of await solve(5)) await guess(member.email, { turnstileToken });
      await prolongWaits();
      const [turnstileToken] = await solve(1);
      expect((await logIn(member, { turnstileToken })).status).toBe(429);
    };
    const left = () => database.query("select 1 from login_throttles");
    await useUp();
    await post(`/api/admin/users/${member.userId}/unlock`, undefined, { token: admin.token });
    expect(await left()).toEqual([]);
    await useUp();
    await reset(await forgot(member));
    expect(await left()).toEqual([]);
    expect((await logIn({ ...member, password: CHOSEN })).status).toBe(200);
  });

  it("with Cloudflare's keys for tests passes, is refused or is too late", async () => {
    const member = await lockedOut();
    const withKey = async (digit: number) => {
      Object.assign(env, { TURNSTILE_SECRET: `${digit}x0000000000000000000000000000000AA` });
      return (await logIn(member, { turnstileToken: TEST_TOKEN })).status;
    };
    expect([await withKey(2), await withKey(3), await withKey(1)]).toEqual([429, 429, 200]);
  });
});

describe("past a wait that has begun:", () => {
  it("a token that was used, of another widget, of another site, made up, or none", async () => {
    const member = await lockedOut();
    const [used] = await solve(1);
    expect((await logIn(member, { turnstileToken: used })).status).toBe(200);
    const [elsewhere] = await solve(1, "shop.example.test");
    const other = crypto.randomUUID();
    await mailbox.widget(crypto.randomUUID(), { tokens: { [other]: { hostname: "localhost" } } });
    for (const turnstileToken of [used, elsewhere, other, "made up", TEST_TOKEN, "x".repeat(3000), undefined])
      expect(asked(await logIn(member, { turnstileToken })), turnstileToken).toEqual(ASKED);
  });

  it("one token, for 20 requests at the same instant", async () => {
    const member = await lockedOut();
    const [turnstileToken] = await solve(1);
    const answers = await Promise.all(Array.from({ length: 20 }, () => guess(member.email, { turnstileToken })));
    expect(looked(answers)).toBe(1);
  });

  it("guessing on with bought tokens, one after the other, at once, or from a known device", async () => {
    const member = await registerMember();
    const { deviceToken } = (await logIn(member)).body;
    await lockOut(member.email);
    const startedAt = Date.now();
    const guessed = async (tokens: string[], fields = {}) =>
      Promise.all(tokens.map((turnstileToken) => guess(member.email, { turnstileToken, ...fields })));
    const first = looked(await guessed(await solve(40)));
    expect(first).toBeGreaterThanOrEqual(5);
    // As many again as without, and no more: five, then one after 1 s, 2 s more, 4 s more …
    expect(first).toBeLessThanOrEqual(5 + Math.floor(Math.log2((Date.now() - startedAt) / 1000 + 1)));
    await prolongWaits();
    for (const turnstileToken of await solve(3)) {
      const refused = await logIn(member, { turnstileToken });
      // Another token would not help.
      expectProblem(refused, "too_many_attempts");
    }
    for (let i = 0; i < 5; i++) await guess(member.email, { deviceToken });
    await prolongWaits();
    expect(looked(await guessed(await solve(3), { deviceToken }))).toBe(0);
  });

  it("guessing codes, of which there are few", async () => {
    const member = await enrolTotp(await registerMember());
    const { twoFactorToken } = (await logIn(member)).body;
    await database.query(
      "insert into login_throttles (key, failures, locked_until) values ($1, 10, now() + interval '10 min')",
      [`2fa:${member.userId}`],
    );
    const [turnstileToken] = await solve(1);
    const code = { twoFactorToken, method: "totp", code: "123456", turnstileToken };
    const refused = await post("/api/auth/login/2fa", code);
    expectProblem(refused, "too_many_attempts");
    expect(await mailbox.verified(secret)).toBe(0);
  });

  it("finding out who has an account", async () => {
    const { email } = await lockedOut();
    await lockOut("personne@example.test");
    const answers = async (address: string) => {
      const seen: string[] = [];
      for (const turnstileToken of [...(await solve(6)), "made up"]) {
        seen.push(fingerprint(await guess(address, { turnstileToken })));
        await database.query("update login_throttles set locked_until = now() + interval '29.5 s' where failures >= 5");
      }
      return seen;
    };
    expect(await answers("personne@example.test")).toEqual(await answers(email));
  });

  it.each([
    ["is down", { status: 503, body: "" }],
    ["answers nonsense", { status: 200, body: "<html>" }],
    ["answers nothing of use", { status: 200, body: "null" }],
    ["says yes in words alone", { status: 200, body: '{"success":"true","hostname":"localhost"}' }],
  ])("a token while Cloudflare %s", async (_, failure) => {
    const member = await lockedOut();
    const [turnstileToken = ""] = await solve(1);
    await mailbox.widget(secret, { tokens: { [turnstileToken]: { hostname: "localhost" } }, failure });
    expect(asked(await logIn(member, { turnstileToken }))).toEqual(ASKED);
    expect(await mailbox.verified(secret)).toBe(1);
  });

  it("a token where Turnstile is not configured", async () => {
    const member = await lockedOut();
    Object.assign(env, { TURNSTILE_SITE_KEY: "" });
    const [turnstileToken] = await solve(1);
    expectProblem(await logIn(member, { turnstileToken }), "too_many_attempts");
    expect(await mailbox.verified(secret)).toBe(0);
  });
});
