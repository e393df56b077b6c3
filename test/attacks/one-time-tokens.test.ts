/**
 * docs/security.md, "Sessions and tokens": links, codes and tickets used twice, late, for another purpose, or for
 * another address.
 */
import { describe, expect, it } from "vitest";
import { createOneTimeToken } from "../../src/crypto/one-time-token.ts";
import { attempt } from "../support/login.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import {
  ageLinks,
  cancelChange,
  confirmEmail,
  emailOf,
  forgot,
  proveMailbox,
  requestChange,
  reset,
} from "../support/mailed-links.ts";
import { database, get, mailbox, PASSWORD, post, put, registerMember } from "../support/service.ts";

describe("a one-time token that is refused:", () => {
  it("a reset link twenty times at the same instant", async () => {
    const ada = await registerMember();
    const token = await forgot(ada);
    // All 20 have read the token as unused before the first one uses it.
    await database.inject({ kind: "hold", count: 20 }, { match: /update users set password_hash/ });
    const passwords = Array.from({ length: 20 }, (_, i) => `une phrase bien à part ${i}`);
    const answers = await Promise.all(passwords.map((password) => reset(token, password)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(400)]);
    expect(
      await database.query(
        "select count(*)::int as n from audit_logs where target_id = $1 and action = 'password.reset'",
        [String(ada.userId)],
      ),
    ).toEqual([{ n: 1 }]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await attempt(ada.email, passwords[winner])).status).toBe(200);
  });

  it("a reset with a link that is expired, of another kind, or forged", async () => {
    const ada = await registerMember();
    const verify = tokenIn(await mailbox.next(ada.email));
    const token = await forgot(ada);
    await database.query(
      "update one_time_tokens set expires_at = now() - interval '1 s' where purpose = 'reset_password' and user_id = $1",
      [ada.userId],
    );
    for (const bad of [token, verify, "junk"]) {
      const trips = await database.tripsOf(async () => expect((await reset(bad)).body.code, bad).toBe("invalid_link"));
      // The second comes after the hash, which a bad link must not cost.
      expect(trips, bad).toBe(1);
    }
  });

  it("a session or a link from before a reset", async () => {
    const ada = await registerMember();
    const verify = tokenIn(await mailbox.next(ada.email, "vérifiez"));
    // Else the reset would be the first proof, which ends all of this by itself.
    await proveMailbox(ada);
    await put("/api/users/me", { email: `new-${ada.email}` }, { token: ada.token });
    const confirm = tokenIn(await mailbox.next(`new-${ada.email}`));
    const cancel = tokenIn(await mailbox.next(ada.email, "Changement d'adresse demandé"));
    const first = await forgot(ada);
    await ageLinks(ada);
    const second = await forgot(ada);
    const elsewhere = (await attempt(ada.email, PASSWORD)).body;

    expect((await reset(second)).status).toBe(200);
    expect((await get("/api/users/me", { token: ada.token })).status).toBe(401);
    expect((await get("/api/users/me", { token: elsewhere.token })).status).toBe(401);
    expect((await post("/api/auth/refresh", { refreshToken: ada.refreshToken })).status).toBe(401);
    const links: [string, object][] = [
      ["reset-password", { token: first, password: "encore une autre phrase" }],
      ["verify-email", { token: verify }],
      ["confirm-email", { token: confirm }],
      ["cancel-email-change", { token: cancel }],
    ];
    for (const [path, body] of links)
      expect((await post(`/api/auth/${path}`, body)).body.code, path).toBe("invalid_link");
  });

  it("a confirmation link twenty times at the same instant", async () => {
    const ada = await registerMember();
    const { confirm } = await requestChange(ada, `next-${ada.email}`);
    const answers = await Promise.all(Array.from({ length: 20 }, () => confirmEmail(confirm)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(400)]);
    expect(
      await database.query(
        "select count(*)::int as n from notifications where user_id = $1 and type = 'email_changed'",
        [ada.userId],
      ),
    ).toEqual([{ n: 1 }]);
  });

  it("a change of address confirmed and cancelled at the same instant", async () => {
    for (let round = 0; round < 5; round++) {
      const ada = await registerMember();
      const next = `next-${ada.email}`;
      const { confirm, cancel } = await requestChange(ada, next);
      const [confirmed, cancelled] = await Promise.all([confirmEmail(confirm), cancelChange(cancel)]);
      expect([confirmed.status, cancelled.status].toSorted()).toEqual([200, 400]);
      expect(await emailOf(ada)).toBe(confirmed.status === 200 ? next : ada.email);
    }
  });

  it("proving an address with a link that was mailed to another", async () => {
    const ada = await registerMember();
    const token = tokenIn(await mailbox.next(ada.email));
    await database.query("update users set email = 'other@example.test' where id = $1", [ada.userId]);
    expect((await post("/api/auth/verify-email", { token })).body.code).toBe("invalid_link");
    expect(await database.query("select is_verified from users where id = $1", [ada.userId])).toEqual([
      { is_verified: false },
    ]);
  });

  it("a one-time token of another purpose, at every route that takes one", async () => {
    const { userId } = await registerMember();
    for (const path of ["/api/auth/deny-login", "/api/auth/login/2fa/email", "/api/auth/login/2fa"]) {
      for (const purpose of ["reset_password", "verify_email", "invite", "ws_ticket", "email_code"]) {
        const { token, tokenHash } = await createOneTimeToken();
        await database.query(
          "insert into one_time_tokens (user_id, purpose, token, expires_at) values ($1, $2, $3, now() + interval '1 hour')",
          [userId, purpose, tokenHash],
        );
        const { body } = await post(path, { token, twoFactorToken: token, method: "totp", code: "000000" });
        expect(["invalid_link", "invalid_two_factor_token"], `${purpose} at ${path}`).toContain(body.code);
      }
    }
  });

  it("a link built from the attacker's Host header", async () => {
    const ada = await registerMember();
    const headers = { Host: "evil.example", "X-Forwarded-Host": "evil.example", Origin: "https://evil.example" };
    await post("/api/auth/forgot-password", { email: ada.email }, { headers });
    const { text, html } = await mailbox.next(ada.email, "réinitialiser");
    expect(text).toContain("http://localhost:3001/reset-password#token=");
    expect(text + html).not.toContain("evil");
  });
});
