import bcrypt from "bcryptjs";
import { describe, expect, it, vi } from "vitest";
import { aRefreshToken, aToken, expectProblem, userShape } from "../support/contract.ts";
import { attempt, historyOf, storedHash, throttles } from "../support/login.ts";
import { claimsOf, database, logIn, PASSWORD, post, registerMember } from "../support/service.ts";

describe("POST /api/auth/login", () => {
  it("answers the published contract", async () => {
    const member = await registerMember();
    const { status, body, headers } = await post("/api/auth/login", { email: member.email, password: PASSWORD });
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(body).toEqual({
      message: "Connexion réussie",
      token: aToken(),
      refreshToken: aRefreshToken(),
      deviceToken: expect.any(String),
      expiresIn: 600,
      user: userShape({ id: String(member.userId), prenom: "Ada", nom: "Lovelace", email: member.email }),
    });
    const { iat, exp, auth_time, sub } = claimsOf(body.token);
    expect([sub, exp - iat, Math.abs(iat - auth_time) <= 2]).toEqual([String(member.userId), 600, true]);
    expect(claimsOf(body.token)["sid"]).not.toBe(claimsOf(member.token)["sid"]);
    expect(await historyOf(member.userId)).toEqual([{ outcome: "success", reason: null, method: "pwd" }]);
    const english = await attempt(member.email, PASSWORD, { "Accept-Language": "en" });
    expect(english.body.message).toBe("Login successful");
  });

  it("returns and signs the role in the database", async () => {
    const member = await registerMember();
    await database.query("update users set role_id = 1 where id = $1", [member.userId]);
    const { body } = await attempt(member.email, PASSWORD);
    expect(body.user).toMatchObject({ role: 1, permissions: ["*"] });
    expect(claimsOf(body.token)).toMatchObject({ role: 1, permissions: ["*"] });
  });

  describe("a hash from another time or system", () => {
    const TODAY = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/;
    // Of PASSWORD, by Node's own argon2.
    const OLD = {
      lessMemory: "$argon2id$v=19$m=4096,t=3,p=1$c2VsIGRlIHRlc3QsIDE2Yg$CXjYOgEtKt4niRLJE00XJRjYYvkafxV9jgIKnEBB7B4",
      moreMemory: "$argon2id$v=19$m=47104,t=1,p=1$c2VsIGRlIHRlc3QsIDE2Yg$m7rG7gIuM9ipGqajWLDBf70v6/3EmLcCSM3pG1r0Fug",
      argon2i: "$argon2i$v=19$m=8192,t=3,p=1$c2VsIGRlIHRlc3QsIDE2Yg$DqGRqdwtK6SckYENVsBAzCwfmJLTjkGzTaGIpkXaaJY",
    };
    const bcryptOf = (prefix: string) => bcrypt.hash(PASSWORD, 4).then((hash) => hash.replace(/^\$2[aby]\$/, prefix));

    it.each<[string, () => Promise<string>]>([
      ["bcrypt $2a$", () => bcryptOf("$2a$")],
      ["bcrypt $2b$", () => bcryptOf("$2b$")],
      ["bcrypt $2y$", () => bcryptOf("$2y$")],
      ["argon2id with less memory", () => Promise.resolve(OLD.lessMemory)],
      ["argon2id with more memory", () => Promise.resolve(OLD.moreMemory)],
      ["argon2i", () => Promise.resolve(OLD.argon2i)],
    ])("%s logs in, and is upgraded to the current parameters", async (_, make) => {
      const member = await registerMember();
      await database.query("update users set password_hash = $1 where id = $2", [await make(), member.userId]);
      const before = await storedHash(member);
      expect(before).not.toMatch(TODAY);
      expect((await attempt(member.email)).status).toBe(401);
      expect(await storedHash(member)).toBe(before);
      await logIn(member);
      const upgraded = await storedHash(member);
      expect(upgraded).toMatch(TODAY);
      await logIn(member);
      expect(await storedHash(member)).toBe(upgraded);
      expect((await attempt(member.email)).status).toBe(401);
    });
  });
});

describe("Throttling of logins", () => {
  it("doubles the wait from 1 s to at most 15 minutes", async () => {
    const waits: (number | null)[] = [];
    await database.query("delete from login_throttles");
    for (let guess = 1; guess <= 17; guess++) {
      expectProblem(await attempt("attente@example.test"), "invalid_credentials");
      waits.push((await throttles())[0]!.wait);
      await database.query(
        "update login_throttles set locked_until = now() - interval '1 ms' where locked_until is not null",
      );
    }
    expect(waits).toEqual([null, null, null, null, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  });

  it("resets after a success, and a day after the last failure", async () => {
    const member = await registerMember();
    await database.query("delete from login_throttles");
    for (let guess = 1; guess <= 4; guess++) await attempt(member.email);
    await logIn(member);
    expect(await throttles()).toEqual([]);
    for (let guess = 1; guess <= 6; guess++) await attempt(member.email);
    await database.query("update login_throttles set locked_until = now() - interval '1 ms'");
    await logIn(member);
    expect(await throttles()).toEqual([]);
    await database.query("delete from login_throttles");
    for (let guess = 1; guess <= 3; guess++) await attempt(member.email);
    await database.query("update login_throttles set last_failed_at = now() - interval '25 hours'");
    await attempt(member.email);
    expect(await throttles()).toEqual([{ failures: 1, wait: null }]);
  });

  it("tells a guess that waited for another how long the lock caused by that one lasts", async () => {
    await database.query("delete from login_throttles");
    await attempt("file@example.test");
    // The other guess locks the row until ours waits for it, then leaves a throttle lock that ours could not foresee.
    const other = database.query(`do $$ begin
      update login_throttles set failures = 20, locked_until = now() + interval '15 minutes';
      while not exists (
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      ) loop
        perform pg_sleep(0.01), pg_stat_clear_snapshot();
      end loop;
    end $$`);
    await vi.waitFor(async () =>
      expect(
        await database.query(
          "select from pg_locks where relation = 'login_throttles'::regclass and mode = 'RowExclusiveLock'",
        ),
      ).not.toEqual([]),
    );
    const ours = await attempt("file@example.test");
    await other;
    expect(ours.status).toBe(429);
    expect(ours.headers.get("Retry-After")).toMatch(/^(8[5-9]\d|90[01])$/);
  });

  it("writes refused attempts into the owner's history", async () => {
    const member = await registerMember();
    await database.query("delete from login_throttles");
    await attempt(member.email);
    await database.query("update login_throttles set locked_until = now() + interval '1 minute'");
    await attempt(member.email, PASSWORD);
    await vi.waitFor(async () =>
      expect(
        (await historyOf(member.userId)).toSorted((a, b) => String(a["outcome"]).localeCompare(String(b["outcome"]))),
      ).toEqual([
        { outcome: "failure", reason: "wrong_password", method: "pwd" },
        { outcome: "locked", reason: "too_many_attempts", method: "pwd" },
      ]),
    );
  });
});
