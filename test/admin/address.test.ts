/** What an administrator does for an owner who has lost the mailbox or a device: another address, its proof, one session's end. */
import { describe, expect, it } from "vitest";
import { ageLinks, forgot } from "../support/mailed-links.ts";
import {
  database,
  del,
  get,
  logIn,
  mailbox,
  NEW_PASSWORD,
  PASSWORD,
  patch,
  post,
  registerMember,
  sidOf,
} from "../support/service.ts";
import { auditOf, noticesOf, registerAdmin, registerStaff } from "../support/staff.ts";

describe("the address, by PATCH /api/admin/users/:id", () => {
  const withFactors = async () => {
    const member = await registerMember();
    await database.query("update users set is_verified = true where id = $1", [member.userId]);
    const { token } = await logIn(member);
    await database.query(
      "insert into two_factor_methods (user_id, type, secret, confirmed_at) values ($1, 'totp', 's', now())",
      [member.userId],
    );
    await database.query("insert into recovery_codes (user_id, code) values ($1, 'c')", [member.userId]);
    return { ...member, token };
  };
  const stateOf = async (userId: number) =>
    (
      await database.query(
        `select email, is_verified as verified,
           (select count(*)::int from two_factor_methods where user_id = u.id) as factors,
           (select count(*)::int from recovery_codes where user_id = u.id) as codes,
           (select count(*)::int from refresh_tokens where user_id = u.id and revoked_at is null) as sessions,
           (select count(*)::int from one_time_tokens where user_id = u.id and used_at is null) as links
         from users u where id = $1`,
        [userId],
      )
    )[0];

  it("is replaced at once, unproven, and with it sessions and links end; factors stay; both mailboxes are told", async () => {
    const admin = await registerAdmin();
    const member = await withFactors();
    const reset = await forgot(member);
    const email = `retrouvee-${member.email}`;
    const path = `/api/admin/users/${member.userId}`;
    let answer: Awaited<ReturnType<typeof post>> | undefined;
    const trips = await database.tripsOf(
      async () => (answer = await patch(path, { email: email.toUpperCase() }, admin)),
    );
    expect(answer).toMatchObject({ status: 200, body: { user: { email, isVerified: false } } });
    expect(trips).toBe(1);
    expect(await stateOf(member.userId)).toEqual({
      email,
      verified: false,
      factors: 1,
      codes: 1,
      sessions: 0,
      links: 0,
    });
    expect((await get("/api/users/me", member)).status).toBe(401);
    expect(await post("/api/auth/reset-password", { token: reset, password: NEW_PASSWORD })).toMatchObject({
      body: { code: "invalid_link" },
    });
    expect((await post("/api/auth/login", { email: member.email, password: PASSWORD })).status).toBe(401);
    expect((await post("/api/auth/login", { email, password: PASSWORD })).body.twoFactorToken).toEqual(
      expect.any(String),
    );
    for (const address of [member.email, email])
      expect((await mailbox.next(address, "Adresse email remplacée")).text).toContain("contactez-nous");
    expect(await noticesOf(member.userId)).toContain("email_changed_by_admin");
    expect(await auditOf(member.userId)).toMatchObject([
      {
        action: "user.updated",
        actor_id: admin.userId,
        metadata: { before: { email: member.email, isVerified: true }, after: { email, isVerified: false } },
      },
    ]);
    // The new mailbox opens the account no further than the former one did.
    await ageLinks(member);
    const token = await forgot({ ...member, email });
    expect((await post("/api/auth/reset-password", { token, password: NEW_PASSWORD })).status).toBe(200);
    expect(await stateOf(member.userId)).toMatchObject({ verified: true, factors: 1, codes: 1, sessions: 0 });
  });

  it("is confirmed along with its replacement, or by itself, which is the first proof", async () => {
    const admin = await registerAdmin();
    const member = await withFactors();
    const email = `sure-${member.email}`;
    expect(await patch(`/api/admin/users/${member.userId}`, { email, isVerified: true }, admin)).toMatchObject({
      status: 200,
      body: { user: { email, isVerified: true } },
    });
    expect(await stateOf(member.userId)).toMatchObject({ verified: true, factors: 1, sessions: 0 });
    const stranger = await withFactors();
    await database.query("update users set is_verified = false where id = $1", [stranger.userId]);
    expect(await patch(`/api/admin/users/${stranger.userId}`, { isVerified: true }, admin)).toMatchObject({
      status: 200,
      body: { user: { isVerified: true } },
    });
    expect(await stateOf(stranger.userId)).toMatchObject({
      verified: true,
      factors: 0,
      codes: 0,
      sessions: 0,
      links: 0,
    });
    expect((await get("/api/users/me", stranger)).status).toBe(401);
  });

  it("stays where it is taken, where nothing differs, above the actor, and where it is the actor's own", async () => {
    const admin = await registerAdmin();
    const [member, other] = [await registerMember(), await registerMember()];
    const path = `/api/admin/users/${member.userId}`;
    const delegate = await registerStaff("users:read", "users:write");
    // The link of the registration is made after the answer.
    await mailbox.next(member.email, "vérifiez");
    const before = await stateOf(member.userId);
    expect(await patch(path, { email: other.email }, admin)).toMatchObject({
      status: 409,
      body: { code: "email_taken" },
    });
    expect((await patch(path, { email: member.email }, admin)).status).toBe(200);
    expect(await patch(path, { isVerified: false }, admin)).toMatchObject({ status: 422 });
    expect(await stateOf(member.userId)).toEqual(before);
    expect(await auditOf(member.userId)).toEqual([]);
    const ofAdmin = `/api/admin/users/${admin.userId}`;
    for (const change of [{ email: "autre@example.test" }, { isVerified: true }]) {
      expect(await patch(ofAdmin, change, delegate), JSON.stringify(change)).toMatchObject({
        status: 403,
        body: { code: "above_you" },
      });
      expect(await patch(ofAdmin, change, admin), JSON.stringify(change)).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: `#/${Object.keys(change)[0]}` }] },
      });
    }
    expect(await stateOf(admin.userId)).toMatchObject({ email: admin.email });
  });
});

describe("DELETE /api/admin/users/:id/sessions/:sessionId", () => {
  it("ends that session and no other, of that account and of no other, in one trip", async () => {
    const admin = await registerAdmin();
    const [member, other] = [await registerMember(), await registerMember()];
    const second = await logIn(member);
    const path = (userId: number) => `/api/admin/users/${userId}/sessions/${sidOf(second)}`;
    expect((await del(path(other.userId), admin)).status).toBe(404);
    expect((await get("/api/users/me", second)).status).toBe(200);
    expect(await database.tripsOf(async () => expect((await del(path(member.userId), admin)).status).toBe(200))).toBe(
      1,
    );
    expect((await get("/api/users/me", second)).status).toBe(401);
    for (const { token } of [member, other]) expect((await get("/api/users/me", { token })).status).toBe(200);
    expect((await del(path(member.userId), admin)).status).toBe(404);
    expect(
      await database.query(
        "select actor_id, metadata from audit_logs where action = 'session.revoked' and target_id = $1",
        [sidOf(second)],
      ),
    ).toEqual([{ actor_id: admin.userId, metadata: { userId: member.userId } }]);
    const delegate = await registerStaff("users:read", "users:write");
    const ofAdmin = `/api/admin/users/${admin.userId}/sessions/${sidOf(admin)}`;
    expect(await del(ofAdmin, delegate)).toMatchObject({ status: 403, body: { code: "above_you" } });
  });
});
