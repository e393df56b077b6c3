/** A passkey after the password, and to prove a session again. */
import { describe, expect, it } from "vitest";
import { logIn } from "../support/login.ts";
import { FLAGS } from "../support/passkeys/authenticator.ts";
import { assertion, enrolPasskey, HARDWARE, SYNCED, WITHOUT_PIN, type OwnPasskey } from "../support/passkeys/person.ts";
import { enrolTotp, totpCode } from "../support/second-factor.ts";
import { claimsOf, database, get, post, registerMember, type Member } from "../support/service.ts";

const challenged = async (member: Member) => (await logIn(member)).body;
const answer = async (challenge: any, own: OwnPasskey, bends = {}, fields: object = {}) =>
  post("/api/auth/login/2fa", {
    twoFactorToken: challenge.twoFactorToken,
    method: "passkey",
    credential: await assertion(own, challenge.challenges.passkey.challenge, bends),
    ...fields,
  });

describe("A login with password and passkey", () => {
  it("is asked in the answer to the password, and presence is enough", async () => {
    const member = await registerMember();
    const own = await enrolPasskey(member, { flags: WITHOUT_PIN });
    const challenge = await challenged(member);
    expect(challenge.methods).toEqual(["passkey", "recovery_code"]);
    const { credentialId: id } = (await get("/api/security/passkeys", { token: member.token })).body.passkeys[0];
    expect(challenge.challenges).toEqual({
      passkey: {
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        rpId: "localhost",
        timeout: 300_000,
        userVerification: "discouraged",
        allowCredentials: [{ type: "public-key", id, transports: [] }],
      },
    });
    const { status, body } = await answer(challenge, own);
    expect(status).toBe(200);
    expect(claimsOf(body.token)["amr"]).toEqual(["pwd", "hwk", "user", "mfa"]);
    const { lastUsedAt } = (await get("/api/security/passkeys", { token: body.token })).body.passkeys[0];
    expect(lastUsedAt).not.toBeNull();
    const logins = (await get("/api/security/login-history", { token: body.token })).body.data;
    expect(logins[0]).toMatchObject({ outcome: "success", method: "passkey" });
  });

  it("costs no trip more than one with a code", async () => {
    const member = await registerMember();
    const own = await enrolPasskey(member);
    const withCode = await registerMember();
    const { secret } = await enrolTotp(withCode);
    const trips = async (run: () => Promise<{ status: number }>) =>
      database.tripsOf(async () => expect((await run()).status).toBe(200));
    let passkeyChallenge: any;
    let codeChallenge: any;
    const first = await trips(async () => {
      const login = await logIn(member);
      passkeyChallenge = login.body;
      return login;
    });
    const firstOfCode = await trips(async () => {
      const login = await logIn(withCode);
      codeChallenge = login.body;
      return login;
    });
    expect([first, firstOfCode]).toEqual([2, 2]);
    expect(await trips(() => answer(passkeyChallenge, own))).toBe(2);
    const code = await totpCode(secret);
    const { twoFactorToken } = codeChallenge;
    expect(await trips(() => post("/api/auth/login/2fa", { twoFactorToken, method: "totp", code }))).toBe(2);
  });

  it("is refused with another's passkey, another challenge, a bent answer or a used one", async () => {
    const [member, stranger] = [await registerMember(), await registerMember()];
    const own = await enrolPasskey(member, { counter: 5, flags: HARDWARE });
    const others = await enrolPasskey(stranger);
    const challenge = await challenged(member);
    const other = await challenged(stranger);
    const refused = [
      await answer(challenge, others),
      await answer({ ...challenge, challenges: other.challenges }, own),
      await answer(challenge, own, { flags: (flags: number) => flags & ~FLAGS.userPresent }),
      await answer(challenge, own, { rpId: "evil.example" }),
    ];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual(refused.map(() => [401, "invalid_passkey"]));
    expect((await answer(challenge, own)).status).toBe(200);
    expect((await answer(challenge, own)).body.code).toBe("invalid_two_factor_token");
    const told = "select user_id from notifications where type = 'passkey_copy_suspected'";
    expect(await database.query(told)).toEqual([]);
    // A copy of the key counts from where it was made.
    own.passkey.counter = 5;
    expect((await answer(await challenged(member), own, { counter: 6 })).body.code).toBe("invalid_passkey");
    expect(await database.query(told)).toEqual([{ user_id: member.userId }]);
  });
});

describe("Reauthentication with a passkey", () => {
  const start = async (token: string) => (await post("/api/security/reauthenticate/options", {}, { token })).body;
  const prove = async (token: string, own: OwnPasskey, challenge: string, bends = {}) =>
    post(
      "/api/security/reauthenticate",
      { method: "passkey", credential: await assertion(own, challenge, bends) },
      { token },
    );

  it("makes the session fresh, once for each challenge", async () => {
    const member = await registerMember();
    const own = await enrolPasskey(member, { flags: SYNCED });
    await database.query("update refresh_tokens set authenticated_at = now() - interval '1 hour', methods = '{pwd}'");
    const asked = await start(member.token);
    expect(asked).toMatchObject({ rpId: "localhost", allowCredentials: [{ type: "public-key" }] });
    const { status, body } = await prove(member.token, own, asked.challenge);
    expect(status).toBe(200);
    expect(claimsOf(body.token)["amr"].toSorted()).toEqual(["mfa", "pwd", "swk", "user"]);
    expect((await get("/api/users/me/export", { token: body.token })).status).toBe(200);
    const again = await prove(member.token, own, asked.challenge);
    expect([again.status, again.body.code, again.body.errors[0].pointer]).toEqual([
      422,
      "incorrect_passkey",
      "#/credential",
    ]);
  });

  it("takes one of eight parallel uses of a challenge", async () => {
    const member = await registerMember();
    const own = await enrolPasskey(member);
    const { challenge } = await start(member.token);
    const answers = await Promise.all(Array.from({ length: 8 }, () => prove(member.token, own, challenge)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("is bound to the session that asked, and to this purpose", async () => {
    const [member, stranger] = [await registerMember(), await registerMember()];
    const own = await enrolPasskey(member);
    await enrolPasskey(stranger);
    const challenges = [
      (await start(stranger.token)).challenge,
      (await post("/api/security/passkeys/options", {}, { token: member.token })).body.challenge,
      (await challenged(member)).challenges.passkey.challenge,
    ];
    for (const challenge of challenges)
      expect((await prove(member.token, own, challenge)).body.code).toBe("incorrect_passkey");
  });
});
