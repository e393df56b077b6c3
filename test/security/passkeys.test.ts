import { describe, expect, it } from "vitest";
import { PASSKEY_ALGORITHMS } from "../../src/crypto/webauthn-keys.ts";
import { MAX_PASSKEYS } from "../../src/services/factors/passkey-enrolment.ts";
import { CHOSEN, forgot, proveMailbox, reset } from "../support/mailed-links.ts";
import { createPasskey, FLAGS } from "../support/passkeys/authenticator.ts";
import {
  enrolPasskey,
  HARDWARE,
  logInWithPasskey,
  registerPasskey,
  startPasskey,
  SYNCED,
  WITHOUT_PIN,
} from "../support/passkeys/person.ts";
import { enrolTotp } from "../support/second-factor.ts";
import { claimsOf, database, del, get, logIn, PASSWORD, patch, post, registerMember } from "../support/service.ts";

const listed = async (token: string) => (await get("/api/security/passkeys", { token })).body;

describe("The options for a new passkey", () => {
  it("name the account by a random handle that stays, and exclude the passkeys that it has", async () => {
    const member = await registerMember();
    const first = await startPasskey(member.token);
    expect(first).toMatchObject({
      rp: { id: "localhost", name: "Auth API" },
      user: { name: member.email, displayName: "Ada Lovelace" },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: [],
      attestation: "none",
    });
    expect(first.user.id).toMatch(/^[\w-]{43}$/);
    const { passkey } = await enrolPasskey(member);
    const second = await startPasskey(member.token);
    expect(second.user.id).toBe(first.user.id);
    expect(second.challenge).not.toBe(first.challenge);
    const [{ id }] = (await listed(member.token)).passkeys.map(({ credentialId }: any) => ({ id: credentialId }));
    expect(second.excludeCredentials).toEqual([{ type: "public-key", id, transports: [] }]);
    expect(passkey.credentialId.length).toBeGreaterThan(0);
    expect((await startPasskey((await registerMember()).token)).user.id).not.toBe(first.user.id);
  });
});

describe("A new passkey", () => {
  it.each(PASSKEY_ALGORITHMS)("is taken with a key for %s, and listed", async (algorithm) => {
    const member = await registerMember();
    const passkey = await createPasskey(algorithm, { flags: SYNCED });
    const { status, body } = await registerPasskey(member.token, passkey, {
      fields: { name: "Téléphone" },
      bends: {
        response: (response) => ({ ...response, response: { ...response.response, transports: ["internal"] } }),
      },
    });
    expect(status).toBe(201);
    expect(body.recoveryCodes).toHaveLength(10);
    const { passkeys, rpId, userHandle, hasPassword } = await listed(member.token);
    expect(hasPassword).toBe(true);
    expect(passkeys).toEqual([
      {
        id: expect.any(Number),
        credentialId: expect.any(String),
        name: "Téléphone",
        aaguid: "00000000-0000-0000-0000-000000000000",
        transports: ["internal"],
        backupEligible: true,
        backedUp: true,
        signsIn: true,
        createdAt: expect.any(String),
        lastUsedAt: null,
      },
    ]);
    expect([rpId, userHandle]).toEqual(["localhost", (await startPasskey(member.token)).user.id]);
  });

  it("guards the account: other sessions end, the owner is told, and this session has shown it", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    await enrolPasskey(member, { flags: HARDWARE });
    expect((await get("/api/users/me", { token: other.token })).status).toBe(401);
    expect((await get("/api/users/me", { token: member.token })).body.user.twoFactorEnabled).toBe(true);
    expect((await get("/api/security/2fa", { token: member.token })).body.methods).toMatchObject([
      { method: "passkey" },
    ]);
    const { refreshToken } = member;
    const refreshed = (await post("/api/auth/refresh", { refreshToken })).body;
    expect(claimsOf(refreshed.token)["amr"].toSorted()).toEqual(["hwk", "mfa", "pwd", "user"]);
    const notices = (await get("/api/users/me/notifications", { token: member.token })).body.data;
    expect(notices.map(({ type }: { type: string }) => type)).toEqual(["passkey_added"]);
    const audit = await database.query("select action from audit_logs where actor_id = $1", [member.userId]);
    expect(audit).toEqual([{ action: "passkey.added" }]);
  });

  it("brings recovery codes where there are none, and keeps those that are there", async () => {
    const member = await registerMember();
    const { recoveryCodes } = await enrolTotp(member);
    expect((await enrolPasskey(member)).recoveryCodes).toBeUndefined();
    expect((await enrolPasskey(member)).recoveryCodes).toBeUndefined();
    const { body } = await get("/api/security/2fa", { token: member.token });
    expect(body.recoveryCodesLeft).toBe(recoveryCodes.length);
  });

  it("that does not verify its user, or can't be found without a name, does not sign in by itself", async () => {
    const member = await registerMember();
    await enrolPasskey(member, { flags: WITHOUT_PIN });
    const hidden = await createPasskey("ES256");
    await registerPasskey(member.token, hidden, {
      bends: { response: (response) => ({ ...response, clientExtensionResults: { credProps: { rk: false } } }) },
    });
    expect((await listed(member.token)).passkeys.map(({ signsIn }: any) => signsIn)).toEqual([false, false]);
  });

  it("is refused with a challenge that was used, another session's, or nobody's", async () => {
    const member = await registerMember();
    const passkey = () => createPasskey("ES256");
    const used = (await startPasskey(member.token)).challenge;
    expect((await registerPasskey(member.token, await passkey(), { challenge: used })).status).toBe(201);
    const others = (await startPasskey((await registerMember()).token)).challenge;
    for (const [at, challenge] of [used, others, `${used.slice(0, -1)}A`, "AAAA", ""].entries()) {
      const { status, body } = await registerPasskey(member.token, await passkey(), { challenge });
      expect([at, status, body.code, body.errors?.[0].pointer]).toEqual([at, 422, "incorrect_passkey", "#/credential"]);
    }
    expect((await listed(member.token)).passkeys).toHaveLength(1);
  });

  it("is refused when its ceremony was for another origin, domain or account's credential", async () => {
    const member = await registerMember();
    const taken = await createPasskey("ES256");
    expect((await registerPasskey((await registerMember()).token, taken)).status).toBe(201);
    expect((await registerPasskey(member.token, taken)).body.code).toBe("passkey_taken");
    for (const bends of [
      { clientData: (data: object) => ({ ...data, origin: "https://evil.example" }) },
      { rpId: "evil.example" },
      { flags: (flags: number) => flags & ~FLAGS.userPresent },
    ]) {
      const { body } = await registerPasskey(member.token, await createPasskey("ES256"), { bends });
      expect(body.code, Object.keys(bends)[0]).toBe("incorrect_passkey");
    }
    expect((await listed(member.token)).passkeys).toEqual([]);
  });

  it("is refused beyond the limit of an account, also when many come at once", async () => {
    const member = await registerMember();
    await enrolPasskey(member);
    await database.query(
      `insert into passkeys (user_id, credential_id, public_key, algorithm, counter, aaguid, transports, backup_eligible, backed_up, signs_in)
       select user_id, credential_id || n, public_key, algorithm, counter, aaguid, transports, backup_eligible, backed_up, signs_in
       from passkeys, generate_series(3, $2::int) n where user_id = $1`,
      [member.userId, MAX_PASSKEYS],
    );
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => registerPasskey(member.token, await createPasskey("ES256"))),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe("too_many_passkeys");
  });
});

describe("A passkey's name", () => {
  it("is its owner's to give", async () => {
    const [member, stranger] = [await registerMember(), await registerMember()];
    const { id } = await enrolPasskey(member);
    const rename = (token: string, name: string) => patch(`/api/security/passkeys/${id}`, { name }, { token });
    expect((await rename(member.token, " Clé du bureau ")).status).toBe(200);
    expect((await rename(stranger.token, "Autre")).body.code).toBe("not_found");
    expect((await rename(member.token, "")).status).toBe(422);
    expect((await listed(member.token)).passkeys[0].name).toBe("Clé du bureau");
  });
});

describe("Removing a passkey", () => {
  it("ends the other sessions, and with the last one takes the codes and what the session has shown", async () => {
    const member = await registerMember();
    const [first, second] = [await enrolPasskey(member), await enrolPasskey(member)];
    const remove = (id: number) => del(`/api/security/passkeys/${id}`, { token: member.token });
    const amr = async () =>
      (
        await database.query<{ methods: string[] }>("select methods from refresh_tokens where user_id = $1", [
          member.userId,
        ])
      )[0]!.methods;
    expect((await remove(first.id)).status).toBe(200);
    expect(await amr()).toContain("swk");
    expect((await get("/api/security/2fa", { token: member.token })).body.recoveryCodesLeft).toBe(10);
    expect((await remove(second.id)).status).toBe(200);
    expect(await amr()).not.toContain("swk");
    expect((await get("/api/security/2fa", { token: member.token })).body).toEqual({
      methods: [],
      recoveryCodesLeft: 0,
    });
    expect((await remove(second.id)).body.code).toBe("not_found");
  });

  it("is for its owner alone", async () => {
    const [member, stranger] = [await registerMember(), await registerMember()];
    const { id } = await enrolPasskey(member);
    expect((await del(`/api/security/passkeys/${id}`, { token: stranger.token })).body.code).toBe("not_found");
    expect((await listed(member.token)).passkeys).toHaveLength(1);
  });

  it("is refused where nothing else would open the account", async () => {
    const member = await registerMember();
    const [first, second] = [await enrolPasskey(member), await enrolPasskey(member)];
    const third = await enrolPasskey(member, { flags: WITHOUT_PIN });
    await database.query("update users set password_hash = null where id = $1", [member.userId]);
    const remove = (id: number) => del(`/api/security/passkeys/${id}`, { token: member.token });
    const answers = await Promise.all([remove(first.id), remove(second.id)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe("last_way_in");
    // A second factor alone opens nothing.
    expect((await remove(third.id)).status).toBe(200);
    expect((await listed(member.token)).passkeys).toHaveLength(1);
  });
});

describe("Removing the password", () => {
  const remove = (token: string) => del("/api/users/me/password", { token });

  it("needs a passkey with a backup, or two that sign in by themselves", async () => {
    const cases: [flags: number[], status: number][] = [
      [[], 409],
      [[HARDWARE], 409],
      [[WITHOUT_PIN, WITHOUT_PIN], 409],
      [[HARDWARE, WITHOUT_PIN], 409],
      [[HARDWARE | FLAGS.backupEligible], 409],
      [[SYNCED], 200],
      [[HARDWARE, HARDWARE], 200],
    ];
    for (const [flags, status] of cases) {
      const member = await registerMember();
      for (const each of flags) await enrolPasskey(member, { flags: each });
      const answer = await remove(member.token);
      expect([flags, answer.status, answer.body.code]).toEqual([
        flags,
        status,
        status === 409 ? "last_way_in" : undefined,
      ]);
    }
  });

  it("ends the other sessions and every link, and tells the owner; a reset by mail sets one again", async () => {
    const member = await registerMember();
    // Else the reset would be the first proof, which removes passkeys.
    await proveMailbox(member);
    const own = await enrolPasskey(member);
    const other = (await logInWithPasskey(own)).body;
    const link = await forgot(member);
    expect((await remove(member.token)).status).toBe(200);
    expect((await listed(member.token)).hasPassword).toBe(false);
    expect((await get("/api/users/me", { token: other.token })).status).toBe(401);
    expect((await reset(link)).body.code).toBe("invalid_link");
    expect((await post("/api/auth/login", { email: member.email, password: PASSWORD })).status).toBe(401);
    expect((await remove(member.token)).body.code).toBe("not_found");
    const notices = (await get("/api/users/me/notifications", { token: member.token })).body.data;
    expect(notices.map(({ type }: { type: string }) => type)).toContain("password_removed");
    expect(await database.query("select 1 from audit_logs where action = 'password.removed'")).toHaveLength(3);
    await database.query("update one_time_tokens set created_at = now() - interval '61 s'");
    await database.query("delete from mail_counts");
    expect((await reset(await forgot(member))).status).toBe(200);
    const login = await post("/api/auth/login", { email: member.email, password: CHOSEN });
    expect(login.body).toMatchObject({ twoFactorRequired: true, methods: ["passkey", "recovery_code"] });
  });
});
