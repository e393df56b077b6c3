/**
 * docs/security.md, "Brute force": guesses in sequence, in parallel, at unknown addresses, in many spellings, and to
 * lock out the owner.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { expectProblem, fingerprint } from "../support/contract.ts";
import { attempt, guess, lockOut, logIn, prolongWaits, throttles } from "../support/login.ts";
import { CHOSEN, forgot, proveMailbox, reset } from "../support/mailed-links.ts";
import { database, PASSWORD, post, put, registerMember, type Answer } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

const locked = (answer: Answer) => {
  expectProblem(answer, "too_many_attempts");
  expect(answer.body.message).toBe("Trop de tentatives, réessayez plus tard");
  return Number(answer.headers.get("Retry-After"));
};
/** How many of the answers came after a password check. */
const looked = (answers: Answer[]) => answers.filter(({ body }) => body.code === "invalid_credentials").length;
const curve = (answers: Answer[]) => answers.map(({ status, body }) => `${status} ${body.code}`);

/** The rule allows five guesses, then one after 1 s, 2 s more, 4 s more … */
const allowedWithin = (milliseconds: number) => 5 + Math.floor(Math.log2(milliseconds / 1000 + 1));

beforeEach(() => database.query("delete from login_throttles"));

describe("guessing a password:", () => {
  it("a sixth guess, at a known or an unknown address, even with the right password", async () => {
    const member = await registerMember();
    const refusals: string[] = [];
    for (const email of [member.email, "nulle-part@example.test"]) {
      await database.query("delete from login_throttles");
      for (let guess = 1; guess <= 5; guess++) expectProblem(await attempt(email), "invalid_credentials");
      // Extended, so that a slow machine does not outlast it.
      expect(await throttles()).toEqual([{ failures: 5, wait: 1 }]);
      await database.query("update login_throttles set locked_until = now() + interval '29.5 s'");
      // The right password is refused too: otherwise a guesser could continue, and learn from the answer.
      for (const password of ["faux mot de passe", PASSWORD, "x"]) {
        const answer = await attempt(email, password);
        expect(locked(answer), password).toBe(30);
        refusals.push(fingerprint(answer));
      }
      expect(await throttles()).toMatchObject([{ failures: 5 }]);
    }
    expect(new Set(refusals).size).toBe(1);
  });

  it("one address in many spellings", async () => {
    const member = await registerMember();
    await database.query("delete from login_throttles");
    for (const email of [
      member.email,
      member.email.toUpperCase(),
      ` ${member.email}`,
      member.email.replace("@", "＠"),
    ]) {
      await attempt(email);
    }
    expect(await throttles()).toEqual([{ failures: 4, wait: null }]);
    const [row] = await database.query<{ text: string }>("select t::text as text from login_throttles t");
    expect(row!.text).not.toContain("example");
  });

  it("100 guesses at the same instant", async () => {
    const member = await registerMember();
    await database.query("delete from login_throttles");
    const startedAt = Date.now();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => attempt(member.email, `supposition ${i}`)));
    const seconds = (Date.now() - startedAt) / 1000;
    const guesses = answers.filter((answer) => answer.status !== 429);
    // Five at once; each wait that ended meanwhile (1 s, then 2 s, 4 s, …) allows one more.
    expect(guesses.length).toBeLessThanOrEqual(5 + Math.floor(Math.log2(seconds + 1)));
    expect(guesses.length).toBeGreaterThanOrEqual(5);
    expect(await throttles()).toMatchObject([{ failures: guesses.length }]);
    for (const answer of answers) if (answer.status === 429) locked(answer);
  });

  it("100 guesses waiting for the end of a lock", async () => {
    await database.query("delete from login_throttles");
    await attempt("barriere@example.test");
    await database.query("update login_throttles set failures = 20, locked_until = now() - interval '1 ms'");
    await database.inject({ kind: "hold", count: 100 }, { match: /insert into login_throttles/ });
    const answers = await Promise.all(Array.from({ length: 100 }, () => attempt("barriere@example.test")));
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(99);
    const waits = answers.flatMap(({ status, headers }) => (status === 429 ? [headers.get("Retry-After")] : []));
    for (const wait of waits) expect(wait).toMatch(/^(8[5-9]\d|90[01])$/);
    expect((await attempt("barriere@example.test")).headers.get("Retry-After")).toMatch(/^(8[5-9]\d|90[01])$/);
  });

  it("40 guesses at the current password at the same instant, by a thief of the session", async () => {
    const member = await registerMember();
    const startedAt = Date.now();
    const change = (currentPassword: string) =>
      put(
        "/api/auth/change-password",
        { currentPassword, newPassword: "un tout autre secret" },
        { token: member.token },
      );
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => change(`supposition ${i}`)));
    const seconds = (Date.now() - startedAt) / 1000;
    const tried = answers.filter((answer) => answer.status === 422).length;
    expect(tried + answers.filter((answer) => answer.status === 429).length).toBe(40);
    expect(tried).toBeLessThanOrEqual(5 + Math.floor(Math.log2(seconds + 1)));
  });

  it("100 guesses released at the same instant, to use up hashing", async () => {
    const { email } = await registerMember();
    await database.inject({ kind: "hold", count: 100 }, { match: /login_throttles/ });
    const startedAt = Date.now();
    const answers = await Promise.all(Array.from({ length: 100 }, () => guess(email)));
    expect(looked(answers)).toBeGreaterThanOrEqual(5);
    expect(looked(answers)).toBeLessThanOrEqual(allowedWithin(Date.now() - startedAt));
    const refused = answers.filter(({ body }) => body.code === "too_many_attempts");
    expect(refused).toHaveLength(100 - looked(answers));
    for (const { headers } of refused) expect(headers.get("Server-Timing")).toContain("hash;dur=0");
  });

  it("finding out who has an account from the growth of the waits", async () => {
    const { email } = await registerMember();
    const [known, unknown]: [Answer[], Answer[]] = [[], []];
    for (let i = 0; i < 8; i++) {
      known.push(await guess(email));
      unknown.push(await guess("nobody@example.test"));
      await prolongWaits();
    }
    expect(curve(unknown)).toEqual(curve(known));
    expect(curve(known).at(-1)).toBe("429 too_many_attempts");
  });

  it("locking the owner out of a known device", async () => {
    const member = await registerMember();
    const first = await logIn(member, { transport: "cookie" });
    const cookie = first.headers.getSetCookie().find((text) => text.startsWith("__Host-device="))!;
    expect(cookie).toMatch(/Max-Age=34560000; Path=\/; HttpOnly; Secure; SameSite=Strict/);
    const second = await logIn(member);
    await lockOut(member.email);
    expect((await logIn(member)).status).toBe(429);
    expect((await logIn(member, { deviceToken: second.body.deviceToken })).status).toBe(200);
    expect((await logIn(member, {}, { Cookie: cookie.split(";")[0]! })).status).toBe(200);
    expect((await logIn(member)).status).toBe(429);
  });

  it("keeping the owner's own device locked after a password reset or an administrator's unlock", async () => {
    const admin = await registerAdmin();
    const [member, other] = [await registerMember(), await registerMember()];
    const { deviceToken } = (await logIn(member)).body;
    const others = (await logIn(other)).body.deviceToken;
    const lockDevice = async (owner: typeof member, token: string) => {
      for (let i = 0; i < 5; i++) await guess(owner.email, { deviceToken: token });
      await prolongWaits();
      expect((await logIn(owner, { deviceToken: token })).status).toBe(429);
    };
    await lockDevice(other, others);
    await lockDevice(member, deviceToken);
    await database.query(
      "insert into login_throttles (key, failures, locked_until) select $1 || ':' || device, 10, now() + interval '10 min' from known_devices where user_id = $2",
      [`2fa:${member.userId}`, member.userId],
    );
    const unlocked = await post(`/api/admin/users/${member.userId}/unlock`, undefined, { token: admin.token });
    expect(unlocked.status).toBe(200);
    expect((await logIn(member, { deviceToken })).status).toBe(200);
    expect(await database.query("select key from login_throttles where key like '2fa:%'")).toEqual([]);

    await proveMailbox(member);
    await database.query(
      "insert into known_devices (user_id, device) select $1, device from refresh_tokens where user_id = $1 and device is not null on conflict do nothing",
      [member.userId],
    );
    await lockDevice(member, deviceToken);
    expect((await reset(await forgot(member))).status).toBe(200);
    expect((await logIn({ ...member, password: CHOSEN }, { deviceToken })).status).toBe(200);
    expect((await logIn(other, { deviceToken: others })).status).toBe(429);
  });

  it("20 guesses at the same instant from a known device", async () => {
    const member = await registerMember();
    const { deviceToken } = (await logIn(member)).body;
    const startedAt = Date.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => guess(member.email, { deviceToken })));
    expect(looked(answers)).toBeLessThanOrEqual(allowedWithin(Date.now() - startedAt));
    expect((await logIn(member)).status).toBe(200);
  });

  it("passing as a known device with a forged, another account's or a forgotten token", async () => {
    const [member, other] = [await registerMember(), await registerMember()];
    const own: string = (await logIn(member)).body.deviceToken;
    const foreign: string = (await logIn(other)).body.deviceToken;
    const forged = own.slice(0, 30) + (own[30] === "A" ? "B" : "A") + own.slice(31);
    await lockOut(member.email);
    for (const deviceToken of [forged, foreign, "junk"]) {
      expect((await logIn(member, { deviceToken })).status, deviceToken).toBe(429);
    }
    await database.query("delete from known_devices where user_id = $1", [member.userId]);
    expect((await logIn(member, { deviceToken: own })).status).toBe(429);
  });
});
