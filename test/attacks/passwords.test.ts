/**
 * docs/security.md, "Passwords": finding out who has an account, and signing in with a wrong password or without one.
 */
import bcrypt from "bcryptjs";
import { sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { beforeEach, describe, expect, inject, it, vi } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import { decoyPasswordHash, HASH_PARAMETERS, runsOf, verifyPassword } from "../../src/crypto/password-hash.ts";
import { standInOf } from "../../src/services/login/stand-in.ts";
import { expectProblem, fingerprint } from "../support/contract.ts";
import { attempt, historyOf, OPENING, storedHash } from "../support/login.ts";
import {
  database,
  del,
  get,
  logIn,
  mailbox,
  NEW_PASSWORD,
  PASSWORD,
  post,
  put,
  registerMember,
  type Member,
} from "../support/service.ts";

const login = ({ email }: Member, password: string) => attempt(email, password);
const change = (
  { token }: { token: string },
  currentPassword: string = PASSWORD,
  newPassword: string = NEW_PASSWORD,
  path = "/api/auth/change-password",
) => put(path, { currentPassword, newPassword }, { token });

beforeEach(() => database.query("delete from login_throttles"));

describe("a refused password:", () => {
  it("finding out who has an account from the bytes of a refusal", async () => {
    const known = await registerMember();
    const deleted = await registerMember();
    await database.query("update users set deleted_at = now() where id = $1", [deleted.userId]);
    const disabled = await registerMember();
    await database.query("update users set is_active = false where id = $1", [disabled.userId]);
    const refusals = [
      await attempt(known.email),
      await attempt("personne@example.test"),
      await attempt(deleted.email, PASSWORD),
      await attempt(disabled.email, PASSWORD),
      await attempt(disabled.email),
    ];
    for (const refusal of refusals) {
      expectProblem(refusal, "invalid_credentials");
      expect(refusal.body.message).toBe("Email ou mot de passe incorrect");
    }
    expect(new Set(refusals.map(fingerprint)).size).toBe(1);
    const english = await attempt(known.email, "x", { "Accept-Language": "en" });
    expect(english.body.detail).toBe("Incorrect e-mail or password");
    await vi.waitFor(async () => {
      expect(await historyOf(known.userId)).toHaveLength(2);
      expect(await historyOf(disabled.userId)).toEqual([
        { outcome: "failure", reason: "disabled_account", method: "pwd" },
        { outcome: "failure", reason: "disabled_account", method: "pwd" },
      ]);
    });
    expect(await database.query("select 1 from refresh_tokens where user_id = $1", [disabled.userId])).toHaveLength(1);
  });

  it("finding out who has an account from the work of a refusal", async () => {
    const member = await registerMember();
    for (const email of [member.email, "inconnue@example.test"])
      expect((await attempt(email)).headers.get("Server-Timing"), email).toMatch(/^db;dur=\d+, hash, total;dur=\d+$/);
  });

  it("asking who has an account by the kind of its hash", async () => {
    const kinds = ["$2b$12", "$argon2id$v=19$m=65536,t=3,p=4", "$argon2id$v=19$m=19456,t=2,p=1"];
    const insert = (count: number) =>
      database.query(
        `insert into users (email, password_hash, prenom, nom)
         select gen_random_uuid() || '@example.test', ($1::text[])[1 + least(i % 10 / 4, 2)] || '$x', 'A', 'B'
         from generate_series(0, $2::int - 1) i`,
        [kinds, count],
      );
    const { sql: text, params } = new PgDialect().sqlToQuery(
      sql`select ${standInOf(sql`'address ' || i`)} as kind from generate_series(1, 1000) i order by i`,
    );
    const standIns = async () => (await database.query<{ kind: string }>(text, params)).map(({ kind }) => kind);
    const counts = (all: string[]) => kinds.map((kind) => all.filter((one) => one === kind).length);
    await insert(3_000);
    const before = await standIns();
    // Four, four and two of ten.
    for (const [i, share] of counts(before).entries()) expect(Math.abs(share - [400, 400, 200][i]!)).toBeLessThan(80);
    expect(await standIns()).toEqual(before);
    await insert(30);
    const changed = (await standIns()).filter((kind, i) => kind !== before[i]).length;
    expect(changed).toBeLessThan(30);
    const all = [...kinds, "$scrypt$ln=14,r=16,p=1", "$firebase-scrypt$ln=14,r=8,p=1"];
    const read = "select substring(kind || '$x$y' from $2) as kind from unnest($1::text[]) as kind";
    expect(await database.query(read, [all, HASH_PARAMETERS])).toEqual(all.map((kind) => ({ kind })));
    for (const kind of all) {
      const decoy = decoyPasswordHash(kind);
      expect([decoy.startsWith(`${kind}$`), runsOf(decoy)]).toEqual([true, runsOf(kind + decoy.slice(kind.length))]);
      expect(await verifyPassword(PASSWORD, decoy), kind).toBe(false);
    }
  });

  it("asking who has an account by the time that a check says it took", async () => {
    const member = await registerMember();
    const answers = [
      await attempt(member.email),
      await attempt(member.email, PASSWORD),
      await change(member, "faux mot de passe"),
      await change(member),
      await post("/api/security/reauthenticate", { password: NEW_PASSWORD }, member),
      await post("/api/security/reauthenticate", { password: "faux mot de passe" }, member),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 200, 422, 200, 200, 422]);
    for (const { headers } of answers)
      expect(headers.get("Server-Timing")).toMatch(/^db;dur=\d+, hash, total;dur=\d+$/);
  });

  it.each(["", "x", PASSWORD, "$2b$04$short", "$argon2id$v=19$m=999999999,t=99,p=1$c2VsIGRlIHRlc3Q$AAAA", "$1$md5$x"])(
    "a malformed stored hash: %j",
    async (hash) => {
      const member = await registerMember();
      await database.query("update users set password_hash = $1 where id = $2", [hash, member.userId]);
      for (const password of [PASSWORD, hash || "x"])
        expectProblem(await attempt(member.email, password), "invalid_credentials");
      // One value is the password itself, which the database never stores.
      await database.query("update users set password_hash = 'none' where id = $1", [member.userId]);
    },
  );

  it("the old password, when its hash is renewed at the same instant as the password changes", async () => {
    const member = await registerMember();
    const bcryptHash = await bcrypt.hash(PASSWORD, 4);
    await database.query("update users set password_hash = $1 where id = $2", [bcryptHash, member.userId]);
    const { answer } = await database.holding(OPENING, () => attempt(member.email, PASSWORD));
    await database.query("update users set password_hash = 'changed' where id = $1", [member.userId]);
    await database.clear();
    expectProblem(await answer, "invalid_credentials");
    const rows = await database.query(
      "select password_hash as hash, (select count(*)::int from refresh_tokens where user_id = users.id) as sessions from users where id = $1",
      [member.userId],
    );
    expect(rows).toEqual([{ hash: "changed", sessions: 1 }]);
  });

  it("changing the password with a stolen session, without the current one", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    const before = await storedHash(member);
    for (let guess = 1; guess <= 5; guess++) {
      const answer = await change(member, `supposition ${guess}`);
      expectProblem(answer, "incorrect_password", [
        { pointer: "#/currentPassword", detail: "Mot de passe actuel incorrect" },
      ]);
    }
    await database.query(
      "update login_throttles set locked_until = now() + interval '59.5 s' where locked_until is not null",
    );
    // Also from another session of the account, and with the right password too.
    for (const session of [member, other]) {
      const answer = await change(session);
      expectProblem(answer, "too_many_attempts");
      expect(answer.headers.get("Retry-After")).toBe("60");
    }
    expect(await storedHash(member)).toBe(before);
    expect((await get("/api/auth/profile", { token: other.token })).status).toBe(200);
    // A session thief can't lock the owner out of the login.
    expect((await login(member, PASSWORD)).status).toBe(200);
    await database.query("update login_throttles set locked_until = now() - interval '1 ms'");
    expect((await change(member)).status).toBe(200);
  });

  it("two changes at the same instant, so that both would count", async () => {
    for (const fromTwo of [false, true]) {
      const member = await registerMember();
      const second = fromTwo ? await logIn(member) : member;
      await database.inject({ kind: "hold", count: 2 }, { match: /update users set password_hash/ });
      const wishes = ["Premier choix d'agrafes 1", "Second choix d'agrafes 2"];
      const answers = await Promise.all([change(member, PASSWORD, wishes[0]), change(second, PASSWORD, wishes[1])]);
      const winner = answers.findIndex((answer) => answer.status === 200);
      expect(
        answers.filter((answer) => answer.status === 200),
        JSON.stringify(fromTwo),
      ).toHaveLength(1);
      expect(["incorrect_password", "invalid_token"], JSON.stringify(fromTwo)).toContain(
        answers[1 - winner]!.body.code,
      );
      expect((await login(member, wishes[winner]!)).status, JSON.stringify(fromTwo)).toBe(200);
      expectProblem(await login(member, wishes[1 - winner]!), "invalid_credentials");
      expect(
        (await get("/api/auth/profile", { token: [member, second][winner]!.token })).status,
        JSON.stringify(fromTwo),
      ).toBe(200);
      expect(
        await database.query("select 1 from notifications where user_id = $1", [member.userId]),
        JSON.stringify(fromTwo),
      ).toHaveLength(1);
      expect(
        await database.query("select 1 from audit_logs where actor_id = $1", [member.userId]),
        JSON.stringify(fromTwo),
      ).toHaveLength(1);
    }
  });

  it("finding out who has an account from a forgotten password", async () => {
    const [known, deleted, disabled] = [await registerMember(), await registerMember(), await registerMember()];
    await database.query("update users set is_verified = true where id = $1", [known.userId]);
    await del("/api/users/me", { token: deleted.token });
    await database.query("update users set is_active = false where id = $1", [disabled.userId]);
    const unverified = await registerMember();
    const addresses = [known, deleted, disabled, unverified].map(({ email }) => email).concat("nobody@example.test");
    for (const path of ["/api/auth/forgot-password", "/api/auth/verify-email/resend"]) {
      const answers = await Promise.all(
        addresses.map((email) => post(path, { email }, { headers: { "X-Request-Id": "same-request" } })),
      );
      for (const { status, text, headers } of answers) {
        expect(status, path).toBe(202);
        expect(text, path).toBe(answers[0]!.text);
        const visible = (all: Headers) => [...all].filter(([name]) => name !== "server-timing" && name !== "ratelimit");
        expect(visible(headers), path).toEqual(visible(answers[0]!.headers));
      }
    }
    const logins = await Promise.all(
      addresses.map((email) =>
        post(
          "/api/auth/login",
          { email, password: "not the password" },
          { headers: { "X-Request-Id": "same-request" } },
        ),
      ),
    );
    expect(new Set(logins.map(({ text }) => text)).size).toBe(1);
    await mailbox.next(known.email, "réinitialiser");
    await mailbox.next(unverified.email, "réinitialiser");
    const rest = (await mailbox.all()).filter(({ subject }) => subject.includes("réinitialiser"));
    expect(rest.map(({ to }) => to)).toEqual([]);
  });

  it("an account that exists from the start", async () => {
    const control = createControl(inject("endpointUrl"));
    const fresh = await control.createDatabase("template_migrated");
    expect(await control.query(fresh, "select email from users")).toEqual([]);
    expect(await control.query(fresh, "select name, permissions from roles order by id")).toEqual([
      { name: "user", permissions: [] },
      { name: "admin", permissions: ["*"] },
      { name: "guest", permissions: [] },
    ]);
  });
});
