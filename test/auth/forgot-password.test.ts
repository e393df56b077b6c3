import { describe, expect, it } from "vitest";
import { attempt } from "../support/login.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import { ageLinks, CHOSEN, forgot, reset } from "../support/mailed-links.ts";
import type { Job } from "../../src/services/events/job.ts";
import { database, get, mailbox, PASSWORD, post, registerMember } from "../support/service.ts";

describe("POST /api/auth/forgot-password", () => {
  it("mails a link that resets the password once, and tells the owner", async () => {
    const ada = await registerMember();
    const token = await forgot(ada);
    const { status, body } = await reset(token);
    expect([status, body]).toEqual([200, { message: "Mot de passe réinitialisé avec succès" }]);
    expect((await mailbox.next(ada.email, "Mot de passe réinitialisé")).text).toContain("Adresse IP : 192.0.2.1");
    expect((await attempt(ada.email, PASSWORD)).status).toBe(401);
    expect((await attempt(ada.email, CHOSEN)).status).toBe(200);
    expect((await reset(token, "encore une autre phrase")).body).toMatchObject({ status: 400, code: "invalid_link" });
  });

  it("costs the request no trip, and the job one", async () => {
    const ada = await registerMember();
    await mailbox.next(ada.email);
    expect(await database.tripsOf(() => forgot(ada))).toBe(0);
    await ageLinks(ada);
    expect(await database.tripsOf(() => forgot(ada), { all: true })).toBe(1);
    await database.inject({ kind: "cut" }, { times: 100 });
    expect((await post("/api/auth/forgot-password", { email: ada.email })).status).toBe(202);
  });

  it("mails one link a minute, however many are requested", async () => {
    const ada = await registerMember();
    await Promise.all(Array.from({ length: 5 }, () => post("/api/auth/forgot-password", { email: ada.email })));
    await mailbox.next(ada.email, "réinitialiser");
    await ageLinks(ada);
    await forgot(ada);
    expect(
      await database.query(
        "select count(*)::int as n from one_time_tokens where purpose = 'reset_password' and user_id = $1",
        [ada.userId],
      ),
    ).toEqual([{ n: 2 }]);
  });
});

describe("POST /api/auth/reset-password", () => {
  it("changes nothing when the database fails half-way", async () => {
    const ada = await registerMember();
    const token = await forgot(ada);
    await database.inject({ kind: "cut" }, { match: /update users set password_hash/ });
    expect((await reset(token)).status).toBe(503);
    expect((await get("/api/users/me", { token: ada.token })).status).toBe(200);
    expect((await reset(token)).status).toBe(200);
  });

  it("leaves the link valid when the rules refuse the password", async () => {
    const token = await forgot(await registerMember());
    const { status, body } = await reset(token, "Lovelace1815");
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      { pointer: "#/password", detail: "Le mot de passe ne doit contenir ni votre nom ni votre adresse email" },
    ]);
    expect((await reset(token)).status).toBe(200);
  });

  it("proves the mailbox and clears the failures that somebody else caused", async () => {
    const ada = await registerMember();
    for (let i = 0; i < 6; i++) await attempt(ada.email, "a wrong guess");
    expect((await attempt(ada.email, PASSWORD)).status).toBe(429);
    await reset(await forgot(ada));
    const { status, body } = await attempt(ada.email, CHOSEN);
    expect(status).toBe(200);
    expect(body.user.isVerified).toBe(true);
  });

  it("takes two trips", async () => {
    const ada = await registerMember();
    const token = await forgot(ada);
    expect(await database.tripsOf(() => reset(token))).toBe(2);
  });

  it("sets the first password of an invitation", async () => {
    const ada = await registerMember();
    const { enqueue } = await import("../../src/platform/jobs.ts");
    const { env } = await import("cloudflare:workers");
    const job: Job = { type: "invitation", userId: ada.userId };
    await enqueue(env.JOBS, job);
    const mail = await mailbox.next(ada.email, "votre invitation");
    expect(mail.text).toContain("http://localhost:3001/accept-invitation#token=");
    expect((await reset(tokenIn(mail))).status).toBe(200);
    expect((await attempt(ada.email, CHOSEN)).status).toBe(200);
  });
});
