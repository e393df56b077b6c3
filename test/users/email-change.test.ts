import { describe, expect, it } from "vitest";
import { cancelChange, confirmEmail, emailOf, requestChange } from "../support/mailed-links.ts";
import { database, del, get, mailbox, PASSWORD, post, put, registerMember, type Member } from "../support/service.ts";
import { ageSessions } from "../support/staff.ts";

describe("PUT /api/users/me with a new email", () => {
  it("writes nothing until the new mailbox confirms, then tells both addresses and invalidates the other links", async () => {
    const ada = await registerMember();
    const next = `next-${ada.email}`;
    const { confirm, cancel } = await requestChange(ada, next);
    expect(await emailOf(ada)).toBe(ada.email);
    expect((await confirmEmail(confirm)).body).toEqual({ message: "Adresse email modifiée avec succès" });
    expect(await emailOf(ada)).toBe(next);
    await mailbox.next(ada.email, "Adresse email modifiée");
    await mailbox.next(next, "Adresse email modifiée");
    expect((await cancelChange(cancel)).body.code).toBe("invalid_link");
    expect((await post("/api/auth/login", { email: ada.email, password: PASSWORD })).status).toBe(401);
    expect((await post("/api/auth/login", { email: next, password: PASSWORD })).body.user.isVerified).toBe(true);
  });

  it("can be cancelled from the old mailbox", async () => {
    const ada = await registerMember();
    const { confirm, cancel } = await requestChange(ada, `next-${ada.email}`);
    expect((await cancelChange(cancel)).body).toEqual({ message: "Changement d'adresse email annulé" });
    await mailbox.next(ada.email, "Changement d'adresse annulé");
    expect((await confirmEmail(confirm)).body.code).toBe("invalid_link");
    expect((await cancelChange(cancel)).body.code).toBe("invalid_link");
    expect(await emailOf(ada)).toBe(ada.email);
  });

  it("is shown to its owner while it waits, who can withdraw it", async () => {
    const ada = await registerMember();
    const asAda = { token: ada.token };
    const next = `next-${ada.email}`;
    expect((await get("/api/users/me", asAda)).body).not.toHaveProperty("pendingEmail");
    const { confirm, cancel } = await requestChange(ada, next);
    for (const path of ["/api/users/me", "/api/auth/profile"])
      expect((await get(path, asAda)).body).toMatchObject({ pendingEmail: next, user: { email: ada.email } });
    const withdraw = () => del("/api/users/me/pending-email", asAda);
    expect((await withdraw()).body).toEqual({ message: "Changement d'adresse email annulé" });
    expect((await get("/api/users/me", asAda)).body).not.toHaveProperty("pendingEmail");
    for (const answer of [await confirmEmail(confirm), await cancelChange(cancel)])
      expect(answer.body.code).toBe("invalid_link");
    await mailbox.next(ada.email, "Changement d'adresse annulé");
    // Nothing waits any more, so nobody is told again.
    expect((await withdraw()).status).toBe(200);
    const audited = await database.query("select action from audit_logs where actor_id = $1 order by id", [ada.userId]);
    expect(audited.map(({ action }) => action)).toEqual(["email_change.requested", "email_change.cancelled"]);
  });

  it("no longer waits once its link has expired, or is another account's", async () => {
    const [ada, eve] = [await registerMember(), await registerMember()];
    await requestChange(ada, `next-${ada.email}`);
    expect((await get("/api/users/me", { token: eve.token })).body).not.toHaveProperty("pendingEmail");
    await del("/api/users/me/pending-email", { token: eve.token });
    expect((await get("/api/users/me", { token: ada.token })).body.pendingEmail).toBe(`next-${ada.email}`);
    await database.query("update one_time_tokens set expires_at = now() where user_id = $1", [ada.userId]);
    expect((await get("/api/users/me", { token: ada.token })).body).not.toHaveProperty("pendingEmail");
  });

  it("allows one change at a time: a new one ends the one before", async () => {
    const ada = await registerMember();
    const first = await requestChange(ada, `first-${ada.email}`);
    const second = await requestChange(ada, `second-${ada.email}`);
    expect((await confirmEmail(first.confirm)).body.code).toBe("invalid_link");
    expect((await confirmEmail(second.confirm)).status).toBe(200);
  });

  it("is refused when the address was taken meanwhile, and changes nothing", async () => {
    const ada = await registerMember();
    const next = `next-${ada.email}`;
    const { confirm } = await requestChange(ada, next);
    const other = await registerMember({ email: next });
    const { status, body } = await confirmEmail(confirm);
    expect([status, body.code]).toEqual([409, "email_taken"]);
    expect(await emailOf(ada)).toBe(ada.email);
    await database.query("update users set email = 'moved@example.test' where id = $1", [other.userId]);
    expect((await confirmEmail(confirm)).status).toBe(200);
  });

  it("answers the same for a taken address, whose owner gets no confirmation link", async () => {
    const [ada, other] = [await registerMember(), await registerMember()];
    await mailbox.next(other.email);
    const { status, body } = await put("/api/users/me", { email: other.email }, { token: ada.token });
    expect([status, body.pendingEmail]).toEqual([200, other.email]);
    expect((await mailbox.next(other.email)).subject).toContain("vous avez déjà un compte");
  });

  it("accepts the same change again, with what else was changed meanwhile, and mails nothing more for it", async () => {
    const ada = await registerMember();
    const email = `again-${ada.email}`;
    const change = (prenom: string) => put("/api/users/me", { email, prenom }, { token: ada.token });
    expect((await change("Augusta")).body.pendingEmail).toBe(email);
    const again = await change("Byron");
    expect([again.status, again.body.pendingEmail, again.body.user.prenom]).toEqual([200, email, "Byron"]);
    expect(
      await database.query("select 1 from one_time_tokens where user_id = $1 and purpose = 'change_email'", [
        ada.userId,
      ]),
    ).toHaveLength(1);
  });

  it("mails a new address at most once a minute, whoever asks, and then changes nothing else either", async () => {
    const [ada, taken] = [await registerMember(), await registerMember()];
    for (const email of [`next-${ada.email}`, taken.email]) {
      const change = (member: Member) =>
        put(
          "/api/users/me",
          { email, prenom: "Augusta" },
          { token: member.token, headers: { "X-Request-Id": "same" } },
        );
      const eve = await registerMember();
      expect((await change(ada)).body.pendingEmail).toBe(email);
      const refused = await change(eve);
      expect([refused.status, refused.body.code]).toEqual([429, "too_many_attempts"]);
      expect(refused.headers.get("Retry-After")).toMatch(/^(59|60)$/);
      expect((await get("/api/users/me", { token: eve.token })).body.user.prenom).toBe("Ada");
      expect(
        await database.query("select 1 from one_time_tokens where user_id = $1 and purpose = 'change_email'", [
          eve.userId,
        ]),
      ).toEqual([]);
      await database.query("update login_throttles set locked_until = locked_until - interval '61 s'");
      expect((await change(eve)).body.pendingEmail).toBe(email);
    }
    for (let i = 0; i < 3; i++)
      expect((await put("/api/users/me", { email: ada.email }, { token: ada.token })).status).toBe(200);
  });

  it("needs a fresh session or the current password, unless the address stays the same", async () => {
    const ada = await registerMember();
    await ageSessions(ada.userId);
    const change = (body: object) => put("/api/users/me", body, { token: ada.token });
    const next = `next-${ada.email}`;
    expect((await change({ email: next, prenom: "Augusta" })).body.code).toBe("reauthentication_required");
    expect((await change({ email: next, currentPassword: "not the password" })).body.code).toBe("incorrect_password");
    const same = await change({ email: ada.email.toUpperCase(), prenom: "Augusta" });
    expect([same.status, same.body.user.prenom, same.body.pendingEmail]).toEqual([200, "Augusta", undefined]);
    const proven = await change({ email: next, currentPassword: PASSWORD });
    expect([proven.status, proven.body.pendingEmail]).toEqual([200, next]);
  });

  it("counts wrong passwords as a password change does", async () => {
    const ada = await registerMember();
    const guess = () =>
      put("/api/users/me", { email: "x@example.test", currentPassword: "a guess" }, { token: ada.token });
    const answers = await Promise.all(Array.from({ length: 12 }, guess));
    expect(answers.filter(({ status }) => status === 422).length).toBeLessThanOrEqual(5);
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(7);
  });

  it("takes one trip, and one more for the current password", async () => {
    const ada = await registerMember();
    const trips = async (act: () => Promise<unknown>) => {
      await database.tripsOf(act);
      return (await database.statements()).filter((text) => text.includes("assert_session")).length;
    };
    // Each of the request's batches starts with one assertion; a second one asks for freshness.
    expect(await trips(() => put("/api/users/me", { prenom: "Augusta" }, { token: ada.token }))).toBe(1);
    expect(await trips(() => put("/api/users/me", { email: "a@example.test" }, { token: ada.token }))).toBe(2);
    expect(
      await trips(() =>
        put("/api/users/me", { email: "b@example.test", currentPassword: PASSWORD }, { token: ada.token }),
      ),
    ).toBe(2);
  });

  it("stores no token in the database", async () => {
    const ada = await registerMember();
    const { confirm } = await requestChange(ada, `next-${ada.email}`);
    const rows = await database.query("select * from one_time_tokens");
    expect(JSON.stringify(rows)).not.toContain(confirm);
    expect((await get("/api/users/me", { token: ada.token })).body.user.email).toBe(ada.email);
  });
});
