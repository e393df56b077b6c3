/** Login with a passkey alone. */
import { env } from "cloudflare:workers";
import { describe, expect, inject, it, vi } from "vitest";
import { ALLOWED_ORIGIN, ISSUER } from "../support/bindings.ts";
import { historyOf } from "../support/login.ts";
import { createPasskey, FLAGS, type Bends } from "../support/passkeys/authenticator.ts";
import {
  assertion,
  enrolPasskey,
  HARDWARE,
  logInWithPasskey,
  loginChallenge,
  SYNCED,
  WITHOUT_PIN,
  type OwnPasskey,
} from "../support/passkeys/person.ts";
import { claimsOf, database, del, get, post, put, registerMember } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

/** Challenges, and the parallel uses of each. */
const [CHALLENGES, USES] = inject("whole") ? [20, 50] : [4, 10];
const statuses = (answers: { status: number; body: any }[]) =>
  answers.map(({ status, body }) => (status === 200 ? 200 : `${status} ${body.code}`));
/** KV's copy is written after the answer. */
const kept = async () =>
  vi.waitFor(async () => {
    const { keys } = await env.KV.list({ prefix: "passkey:" });
    if (keys.length === 0) throw new Error("not kept yet");
    return keys;
  });
const flipped = (bytes: Uint8Array<ArrayBuffer>) => bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1);
const isCold = async () => {
  for (const { name } of (await env.KV.list({ prefix: "passkey:" })).keys) await env.KV.delete(name);
};

describe("The options of a login with a passkey", () => {
  it("name no account and cost no trip", async () => {
    expect(await database.tripsOf(() => loginChallenge())).toBe(0);
    const { body } = await post("/api/auth/passkey/options", { email: "ada@example.test" });
    expect(body).toEqual({
      challenge: expect.stringMatching(/^[\w-]{72}$/),
      rpId: "localhost",
      timeout: 300_000,
      userVerification: "required",
      allowCredentials: [],
    });
  });
});

describe("A passkey that verifies its user", () => {
  it.each([
    ["synchronised", SYNCED, "swk"],
    ["in hardware", HARDWARE, "hwk"],
  ])("signs in as two factors: %s", async (_, flags, kind) => {
    const member = await registerMember();
    const own = await enrolPasskey(member, { flags });
    const { status, body } = await logInWithPasskey(own);
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ email: member.email, twoFactorEnabled: true });
    expect(claimsOf(body.token)).toMatchObject({ sub: String(member.userId), amr: [kind, "user", "mfa"] });
    expect(await historyOf(member.userId)).toContainEqual({ outcome: "success", reason: null, method: "passkey" });
    expect((await get("/api/users/me/export", { token: body.token })).status).toBe(200);
    const cookie = await logInWithPasskey(own, { fields: { transport: "cookie" } });
    expect(cookie.body.refreshToken).toBeUndefined();
  });

  it("opens administration where a second factor is required", async () => {
    const vars = { TWO_FACTOR_REQUIRED_FOR_ADMIN: "on" };
    const admin = await registerAdmin();
    const asked = await get("/api/admin/users", { token: admin.token, vars });
    expect(asked.body.code).toBe("two_factor_required");
    const own = await enrolPasskey(admin);
    Object.assign(env, vars);
    const { token } = (await logInWithPasskey(own)).body;
    Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "off" });
    expect(claimsOf(token)["permissions"]).toEqual(["*"]);
    expect((await get("/api/admin/users", { token, vars })).status).toBe(200);
    const strict = await post("/api/auth/verify-token", { token, permission: "users:read", strict: true }, { vars });
    expect(strict.body.active).toBe(true);
  });

  it("costs one trip once KV has its key, and two before", async () => {
    const own = await enrolPasskey(await registerMember());
    await isCold();
    const trips = async () => {
      const challenge = await loginChallenge();
      return database.tripsOf(async () => expect((await logInWithPasskey(own, { challenge })).status).toBe(200));
    };
    expect(await trips()).toBe(2);
    await kept();
    expect(await trips()).toBe(1);
  });

  it("is a known device with its token, and a new one without", async () => {
    const member = await registerMember();
    const own = await enrolPasskey(member);
    const { deviceToken } = (await logInWithPasskey(own)).body;
    const told = async () =>
      (await database.query("select 1 from notifications where user_id = $1 and type = 'new_device'", [member.userId]))
        .length;
    const before = await told();
    await logInWithPasskey(own, { fields: { deviceToken } });
    expect(await told()).toBe(before);
    await logInWithPasskey(own);
    expect(await told()).toBe(before + 1);
  });

  it("works for an account without a password, whose password login is refused like any other", async () => {
    const member = await registerMember();
    const own = await enrolPasskey(member);
    await database.query("update users set password_hash = null where id = $1", [member.userId]);
    expect((await logInWithPasskey(own)).status).toBe(200);
    const { email, password } = member;
    expect((await post("/api/auth/login", { email, password })).body.code).toBe("invalid_credentials");
    const { token } = (await logInWithPasskey(own)).body;
    const again = await post("/api/security/reauthenticate", { password }, { token });
    expect(again.body.code).toBe("incorrect_password");
    const newPassword = "Nouvelle batterie d'agrafes";
    const changed = await put("/api/users/me/password", { currentPassword: password, newPassword }, { token });
    expect(changed.body.code).toBe("incorrect_password");
  });
});

describe("A login with a passkey is refused, and the same way,", () => {
  it("with another origin, domain, challenge, key, signature, handle or credential, without its user, and by a used challenge", async () => {
    const [member, stranger] = [await registerMember(), await registerMember()];
    const [own, others] = [await enrolPasskey(member), await enrolPasskey(stranger)];
    const used = await loginChallenge();
    expect((await logInWithPasskey(own, { challenge: used })).status).toBe(200);
    const registering = (await post("/api/security/passkeys/options", {}, { token: member.token })).body.challenge;
    const refusals = [
      await logInWithPasskey(own, { challenge: used }),
      await logInWithPasskey(own, { challenge: registering }),
      await logInWithPasskey(own, { challenge: "AAAA" }),
      await logInWithPasskey(own, { bends: { clientData: (data) => ({ ...data, origin: "https://evil.example" }) } }),
      await logInWithPasskey(own, { bends: { clientData: (data) => ({ ...data, crossOrigin: true }) } }),
      await logInWithPasskey(own, { bends: { rpId: "evil.example" } }),
      await logInWithPasskey(own, { bends: { flags: (flags) => flags & ~FLAGS.userVerified } }),
      await logInWithPasskey(own, { bends: { signature: flipped } }),
      await logInWithPasskey(own, { bends: { credentialId: others.passkey.credentialId } }),
      await logInWithPasskey({ ...own, userHandle: others.userHandle }),
      await logInWithPasskey({ ...own, passkey: others.passkey }),
      await logInWithPasskey({ ...own, userHandle: undefined as never }),
      await logInWithPasskey(await enrolPasskey(member, { flags: WITHOUT_PIN }), {
        bends: { flags: (flags) => flags | FLAGS.userVerified },
      }),
    ];
    expect(new Set(statuses(refusals))).toEqual(new Set(["401 invalid_passkey"]));
    const [first, ...rest] = refusals.map(({ body }) => JSON.stringify({ ...body, requestId: "" }));
    expect(new Set(rest)).toEqual(new Set([first]));
    expect(statuses([await logInWithPasskey(own)])).toEqual([200]);
  });

  it("for a disabled, a deleted and an unproven account", async () => {
    const changes = {
      "is_active = false": {},
      "deleted_at = now()": {},
      "is_verified = false": { REGISTRATION: "verified" },
    };
    for (const [change, vars] of Object.entries(changes)) {
      const member = await registerMember();
      const own = await enrolPasskey(member);
      expect((await logInWithPasskey(own)).status).toBe(200);
      await database.query(`update users set ${change} where id = $1`, [member.userId]);
      Object.assign(env, vars);
      expect(statuses([await logInWithPasskey(own)]), change).toEqual(["401 invalid_passkey"]);
      Object.assign(env, { REGISTRATION: "open" });
    }
  });

  it("for the same work, whatever is wrong: one signature, and two trips before the answer", async () => {
    const [member, disabled] = [await registerMember(), await registerMember()];
    const [own, set] = [await enrolPasskey(member), await enrolPasskey(disabled)];
    const strange = await createPasskey("ES256", { flags: SYNCED });
    await database.query("update users set is_active = false where id = $1", [disabled.userId]);
    const verify = vi.spyOn(crypto.subtle, "verify");
    const workFor = async (one: OwnPasskey, bends: Bends = {}) => {
      const credential = await assertion(one, await loginChallenge(), bends);
      verify.mockClear();
      // With variables, it also waits for what is done after the answer.
      const trips = await database.tripsOf(async () =>
        expect((await post("/api/auth/passkey", { credential }, { vars: {} })).body.code).toBe("invalid_passkey"),
      );
      return { trips, signatures: verify.mock.calls.length };
    };
    // One is that of the challenge.
    const usual = { trips: 2, signatures: 2 };
    for (const isWarm of [false, true]) {
      const works = [];
      for (const [one, bends] of [
        [{ ...own, passkey: strange, userHandle: "A".repeat(43) }, {}],
        [{ ...own, userHandle: "A".repeat(43) }, {}],
        [own, { signature: flipped }],
        [set, {}],
      ] as const) {
        if (!isWarm) await isCold();
        works.push(await workFor(one, bends));
      }
      // Where a trip has found the key, the last one is for the history, and deferred.
      expect(works, isWarm ? "with its key in KV" : "without").toEqual([
        usual,
        usual,
        usual,
        isWarm ? usual : { ...usual, trips: 3 },
      ]);
    }
    verify.mockRestore();
    // The second trip is before the answer, since its failure is the answer's.
    const credential = await assertion(set, await loginChallenge());
    await database.inject({ kind: "status", status: 500 }, { match: /^\s*insert into login_history/ });
    expect((await post("/api/auth/passkey", { credential })).status).toBe(503);
  });

  it("when its counter has not grown: a copy was used, and the owner is told once", async () => {
    const member = await registerMember();
    const own = await enrolPasskey(member, { flags: HARDWARE, counter: 5 });
    expect((await logInWithPasskey(own)).status).toBe(200);
    for (const counter of [6, 5, 0])
      expect(statuses([await logInWithPasskey(own, { bends: { counter } })])).toEqual(["401 invalid_passkey"]);
    expect((await logInWithPasskey(own, { bends: { counter: 7 } })).status).toBe(200);
    const told = "select user_id from notifications where type = 'passkey_copy_suspected'";
    expect(await database.query(told)).toEqual([{ user_id: member.userId }]);
    await vi.waitFor(async () =>
      expect((await historyOf(member.userId)).filter(({ outcome }) => outcome === "failure")).toHaveLength(3),
    );
  });
});

describe("A passkey that was removed", () => {
  it("is said to be unknown to whoever holds it, and to nobody else", async () => {
    await isCold();
    const member = await registerMember();
    const own = await enrolPasskey(member);
    const rest = await enrolPasskey(member);
    for (const warm of [false, true]) {
      if (warm) {
        // A copy in KV does not bring it back.
        expect((await logInWithPasskey(rest)).status).toBe(200);
        await kept();
      }
      const { id } = warm ? rest : own;
      expect((await del(`/api/security/passkeys/${id}`, { token: member.token })).status).toBe(200);
    }
    await vi.waitFor(async () => expect((await env.KV.list({ prefix: "passkey:" })).keys).toEqual([]));
    expect(statuses([await logInWithPasskey(own), await logInWithPasskey(rest)])).toEqual([
      "401 unknown_passkey",
      "401 unknown_passkey",
    ]);
    const stranger = { ...own, userHandle: (await enrolPasskey(await registerMember())).userHandle.replace(/^./, "_") };
    expect(statuses([await logInWithPasskey(stranger)])).toEqual(["401 invalid_passkey"]);
    await database.query("update users set is_active = false where id = $1", [member.userId]);
    expect(statuses([await logInWithPasskey(own)])).toEqual(["401 invalid_passkey"]);
  });

  it("does not sign in by the copy of its key in KV", async () => {
    await isCold();
    const member = await registerMember();
    const own = await enrolPasskey(member);
    expect((await logInWithPasskey(own)).status).toBe(200);
    await kept();
    await database.query("delete from passkeys where id = $1", [own.id]);
    expect(statuses([await logInWithPasskey(own)])).toEqual(["401 invalid_passkey"]);
  });
});

describe("A challenge", () => {
  it("logs in once, however many use it at once", async () => {
    const own = await enrolPasskey(await registerMember());
    expect((await logInWithPasskey(own)).status).toBe(200);
    for (let round = 0; round < CHALLENGES; round++) {
      const challenge = await loginChallenge();
      const uses = await Promise.all(Array.from({ length: USES }, () => logInWithPasskey(own, { challenge })));
      expect(statuses(uses).toSorted()).toEqual([
        200,
        ...Array.from({ length: USES - 1 }, () => "401 invalid_passkey"),
      ]);
    }
  }, 180_000);
});

describe("The well-known documents", () => {
  it("name the origins that may use passkeys, and where people manage them", async () => {
    expect((await get("/.well-known/webauthn")).body).toEqual({ origins: [ISSUER, ALLOWED_ORIGIN] });
    const vars = { APP_URL: "https://app.example.test/account" };
    expect((await get("/.well-known/passkey-endpoints", { vars })).body).toEqual({
      enroll: "https://app.example.test/account",
      manage: "https://app.example.test/account",
    });
    const own = "http://localhost:3001/account/security";
    expect((await get("/.well-known/passkey-endpoints")).body).toEqual({ enroll: own, manage: own });
    expect((await get("/.well-known/passkey-endpoints", { vars: { PAGES: "off" } })).body).toEqual({});
  });
});
