/**
 * docs/security.md, "The first proof of a mailbox": registering an address before its owner does, to keep access to the
 * account.
 */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { logIn } from "../support/login.ts";
import { askForCode, redeem } from "../support/login-code.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import { forgot, requestChange, reset } from "../support/mailed-links.ts";
import { enrolPasskey, logInWithPasskey, type OwnPasskey } from "../support/passkeys/person.ts";
import { answer, challengeOf, enrolEmail, enrolTotp, totpCode } from "../support/second-factor.ts";
import { database, get, mailbox, patch, post, registerMember, type Answer, type Member } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

/** Turning on a factor by mail keeps the jobs here. */
const { JOBS } = env;
afterEach(() => void Object.assign(env, { JOBS }));

const OWN = "la phrase de la propriétaire";

interface Stranger extends Member {
  passkey: OwnPasskey;
  verify: string;
  secret: string;
  recoveryCodes: string[];
  deviceToken: string;
  second: { token: string; refreshToken: string };
}

/** The account that somebody registered with the address first, with everything an account can have. */
async function registerFirst(): Promise<Stranger> {
  const member = await registerMember();
  const verify = tokenIn(await mailbox.next(member.email, "vérifiez"));
  await enrolEmail(member);
  Object.assign(env, { JOBS });
  const enrolled = { ...(await enrolTotp(member)), passkey: await enrolPasskey(member) };
  const { body } = await answer(await challengeOf(enrolled), "recovery_code", enrolled.recoveryCodes.pop()!);
  await post("/api/users/me/ws-ticket", undefined, { token: enrolled.token });
  return { ...enrolled, verify, deviceToken: body.deviceToken, second: body };
}

/** Every way for the mailbox's owner to prove it for the first time, and what the account has afterwards. */
const WAYS: Record<string, { prove: (stranger: Stranger) => Promise<Answer>; keepsPassword?: true }> = {
  "a reset": { prove: async (stranger) => reset(await forgot(stranger), OWN) },
  "the verifying link, and a password": {
    prove: ({ verify }) => post("/api/auth/verify-email", { token: verify, password: OWN }),
  },
  // Of its session, too, nothing is the stranger's.
  "a code that signs in": {
    prove: async (stranger) => {
      const signedIn = await redeem(await askForCode(stranger));
      await post("/api/auth/logout", { refreshToken: signedIn.body.refreshToken });
      await database.query("delete from known_devices where user_id = $1", [stranger.userId]);
      expect((await reset(await forgot(stranger), OWN)).status).toBe(200);
      return signedIn;
    },
  },
  "the link of a change of the address": {
    keepsPassword: true,
    prove: async (stranger) => {
      const next = `next-${stranger.email}`;
      const { confirm } = await requestChange(stranger, next);
      stranger.email = next;
      return post("/api/auth/confirm-email", { token: confirm });
    },
  },
  "an administrator's word": {
    keepsPassword: true,
    prove: async ({ userId }) => patch(`/api/admin/users/${userId}`, { isVerified: true }, await registerAdmin()),
  },
};

describe("an address registered before its owner:", () => {
  it.each(Object.entries(WAYS))("keeping access after the owner has proven the mailbox by %s", async (_, way) => {
    const stranger = await registerFirst();
    const challenge = await challengeOf(stranger);
    expect((await way.prove(stranger)).status).toBe(200);
    for (const { token, refreshToken } of [stranger, stranger.second]) {
      expect((await get("/api/users/me", { token })).status).toBe(401);
      expect((await post("/api/auth/verify-token", { token })).body).toEqual({
        active: false,
        reason: "session_revoked",
      });
      expect((await post("/api/auth/refresh", { refreshToken })).status).toBe(401);
    }
    expect((await answer(challenge, "totp", await totpCode(stranger.secret))).status).toBe(401);
    const left = await database.query(
      `select (select count(*)::int from refresh_tokens where user_id = $1 and revoked_at is null) as sessions,
         (select count(*)::int from known_devices where user_id = $1) as devices,
         (select count(*)::int from one_time_tokens where user_id = $1 and used_at is null) as tokens,
         (select count(*)::int from two_factor_methods where user_id = $1) as factors,
         (select count(*)::int from recovery_codes where user_id = $1) as codes,
         (select count(*)::int from passkeys where user_id = $1) as passkeys`,
      [stranger.userId],
    );
    expect(left).toEqual([{ sessions: 0, devices: 0, tokens: 0, factors: 0, codes: 0, passkeys: 0 }]);
    expect((await logInWithPasskey(stranger.passkey)).status).toBe(401);
    if (way.keepsPassword) return;
    expect((await logIn(stranger, { deviceToken: stranger.deviceToken })).status).toBe(401);
    expect((await logIn({ ...stranger, password: OWN })).body).toMatchObject({ token: expect.any(String) });
  });

  it("keeping the password when REGISTRATION=verified requires a proof", async () => {
    const vars = { REGISTRATION: "verified" };
    const email = "owned-later@example.test";
    const person = { prenom: "Ada", nom: "Lovelace", email };
    for (const password of ["the stranger's password", OWN]) {
      expect((await post("/api/auth/register", { ...person, password }, { vars })).status, password).toBe(202);
    }
    const token = tokenIn(await mailbox.next(email, "vérifiez"));
    const bare = await post("/api/auth/verify-email", { token }, { vars });
    expect(bare.body).toMatchObject({ code: "validation_failed", errors: [{ pointer: "#/password" }] });
    const enter = (password: string) => post("/api/auth/login", { email, password }, { vars });
    expect((await enter("the stranger's password")).status).toBe(401);
    expect((await post("/api/auth/verify-email", { token, password: OWN }, { vars })).status).toBe(200);
    expect((await enter("the stranger's password")).status).toBe(401);
    expect((await enter(OWN)).status).toBe(200);
  });

  it("a link whose owner opens it without choosing a password or showing a session", async () => {
    const [stranger, other] = [await registerFirst(), await registerMember()];
    for (const token of [undefined, other.token]) {
      const bare = await post(
        "/api/auth/verify-email",
        { token: stranger.verify },
        token === undefined ? {} : { token },
      );
      expect(bare.status).toBe(422);
    }
    await database.query("update refresh_tokens set revoked_at = now() where user_id = $1", [stranger.userId]);
    const over = await post("/api/auth/verify-email", { token: stranger.verify }, { token: stranger.token });
    expect(over.status).toBe(422);
    expect(await database.query("select is_verified from users where id = $1", [stranger.userId])).toEqual([
      { is_verified: false },
    ]);
  });

  it("nobody, if there was no stranger: an owner who proves it from the session keeps that session and the factors, and no other", async () => {
    const owner = await registerFirst();
    const opened = await post("/api/auth/verify-email", { token: owner.verify }, { token: owner.second.token });
    expect(opened.status).toBe(200);
    expect((await get("/api/users/me", { token: owner.token })).status).toBe(401);
    expect((await post("/api/auth/verify-token", { token: owner.token })).body.active).toBe(false);
    expect((await post("/api/auth/verify-token", { token: owner.second.token })).body.active).toBe(true);
    const { body } = await get("/api/security/2fa", { token: owner.second.token });
    expect(body).toMatchObject({
      methods: [{ method: "passkey" }, { method: "totp" }, { method: "email" }],
      recoveryCodesLeft: 9,
    });
    expect((await post("/api/auth/refresh", { refreshToken: owner.second.refreshToken })).status).toBe(200);
    expect(await database.query("select 1 from known_devices where user_id = $1", [owner.userId])).toHaveLength(1);
  });

  it("a mailbox alone, to take over the authenticator of somebody with a role", async () => {
    const stranger = await registerFirst();
    await database.query("update users set role_id = 1 where id = $1", [stranger.userId]);
    expect((await reset(await forgot(stranger), OWN)).status).toBe(200);
    const { body } = await logIn({ ...stranger, password: OWN });
    expect(body).toMatchObject({ twoFactorRequired: true, methods: ["passkey", "totp", "email", "recovery_code"] });
    // It stays as a second factor, and no longer opens the account by itself.
    expect((await logInWithPasskey(stranger.passkey)).status).toBe(401);
  });

  it("a session named by somebody else, to outlive the proof", async () => {
    const [stranger, other] = [await registerFirst(), await registerMember()];
    await database.query(
      "with proving as (select set_config('auth_api.proving_session', session_id::text, true) from refresh_tokens where user_id = $2) update users set is_verified = true from proving where id = $1",
      [stranger.userId, other.userId],
    );
    expect((await get("/api/users/me", { token: stranger.token })).status).toBe(401);
    expect((await get("/api/users/me", { token: other.token })).status).toBe(200);
    expect(await database.query("select 1 from two_factor_methods where user_id = $1", [stranger.userId])).toEqual([]);
  });
});
