import bcrypt from "bcryptjs";
import { describe, expect, it, vi } from "vitest";
import { aRefreshToken, aToken, expectProblem, fingerprint, userShape } from "../support/contract.ts";
import { claimsOf, database, logIn, PASSWORD, post, registerMember, type Answer } from "../support/service.ts";

const attempt = (email: string, password = "faux mot de passe", headers = {}) =>
  post("/api/auth/login", { email, password }, { headers });

/** The second of a login's two statements. */
const OPENING = /touched as/;

/** What is written after the answer included. */
const historyOf = (userId: number) =>
  database.query(
    "select outcome, reason, method from login_history where user_id = $1 and method <> 'registration' order by id",
    [userId],
  );

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

  it("shows and signs the role that the database holds", async () => {
    const member = await registerMember();
    await database.query("update users set role_id = 1 where id = $1", [member.userId]);
    const { body } = await attempt(member.email, PASSWORD);
    expect(body.user).toMatchObject({ role: 1, permissions: ["*"] });
    expect(claimsOf(body.token)).toMatchObject({ role: 1, permissions: ["*"] });
  });

  it("refuses in the same bytes what is wrong, unknown, deleted or disabled, and writes down which it was", async () => {
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

  it("hashes as often for an unknown address as for a known one", async () => {
    const member = await registerMember();
    const hashed = (answer: Answer) => Number(/hash;dur=(\d+)/.exec(answer.headers.get("Server-Timing") ?? "")?.[1]);
    await attempt(member.email);
    expect(hashed(await attempt(member.email))).toBeGreaterThan(0);
    expect(hashed(await attempt("inconnue@example.test"))).toBeGreaterThan(0);
  });

  describe("a hash of another time or system", () => {
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
    ])("%s logs in, and is today's afterwards", async (_, make) => {
      const member = await registerMember();
      await database.query("update users set password_hash = $1 where id = $2", [await make(), member.userId]);
      const hashOf = async () =>
        (
          await database.query<{ hash: string }>("select password_hash as hash from users where id = $1", [
            member.userId,
          ])
        )[0]!.hash;
      const before = await hashOf();
      expect(before).not.toMatch(TODAY);
      expect((await attempt(member.email)).status).toBe(401);
      expect(await hashOf()).toBe(before);
      await logIn(member);
      const upgraded = await hashOf();
      expect(upgraded).toMatch(TODAY);
      await logIn(member);
      expect(await hashOf()).toBe(upgraded);
      expect((await attempt(member.email)).status).toBe(401);
    });

    it.each([
      "",
      "x",
      PASSWORD,
      "$2b$04$short",
      "$argon2id$v=19$m=999999999,t=99,p=1$c2VsIGRlIHRlc3Q$AAAA",
      "$1$md5$x",
    ])("that is none is never matched: %j", async (hash) => {
      const member = await registerMember();
      await database.query("update users set password_hash = $1 where id = $2", [hash, member.userId]);
      for (const password of [PASSWORD, hash || "x"])
        expectProblem(await attempt(member.email, password), "invalid_credentials");
      // One of them is the password itself, which the database does not keep.
      await database.query("update users set password_hash = 'none' where id = $1", [member.userId]);
    });

    it("is not written over a password that was changed meanwhile, and the login with the old one fails", async () => {
      const member = await registerMember();
      const bcryptHash = await bcryptOf("$2b$");
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
  });

  it("waits for a change, deletion or disabling that is not yet committed, and then sees it", async () => {
    for (const change of ["is_active = false", "deleted_at = now()", "password_hash = 'changed'"]) {
      const member = await registerMember();
      const { answer } = await database.holding(OPENING, () => attempt(member.email, PASSWORD));
      // A transaction that keeps the row for a moment after the login's second statement has been let go.
      const id = member.userId;
      const holder = database.query(
        `begin; update users set ${change} where id = ${id}; select pg_sleep(0.4) as "holder of ${id}"; commit`,
      );
      await vi.waitFor(async () => {
        const sleeping = await database.query(
          "select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like $1",
          [`%"holder of ${id}"%`],
        );
        expect(sleeping).toHaveLength(1);
      });
      await database.clear();
      expectProblem(await answer, "invalid_credentials");
      await holder;
      expect(await database.query("select 1 from refresh_tokens where user_id = $1", [id])).toHaveLength(1);
    }
  });
});

describe("Throttling of logins", () => {
  const locked = (answer: Answer) => {
    expectProblem(answer, "too_many_attempts");
    expect(answer.body.message).toBe("Trop de tentatives, réessayez plus tard");
    return Number(answer.headers.get("Retry-After"));
  };
  const throttles = () =>
    database.query<{ failures: number; wait: number | null }>(
      "select failures, extract(epoch from locked_until - last_failed_at)::int as wait from login_throttles",
    );

  it("lets five guesses pass and makes the sixth wait, alike for a known and an unknown address", async () => {
    const member = await registerMember();
    const refusals: string[] = [];
    for (const email of [member.email, "nulle-part@example.test"]) {
      await database.query("delete from login_throttles");
      for (let guess = 1; guess <= 5; guess++) expectProblem(await attempt(email), "invalid_credentials");
      // Lengthened, so that a slow machine does not outlast it.
      expect(await throttles()).toEqual([{ failures: 5, wait: 1 }]);
      await database.query("update login_throttles set locked_until = now() + interval '29.5 s'");
      // The right password too: otherwise a guesser could go on, and know by the answer.
      for (const password of ["faux mot de passe", PASSWORD, "x"]) {
        const answer = await attempt(email, password);
        expect(locked(answer)).toBe(30);
        refusals.push(fingerprint(answer));
      }
      expect(await throttles()).toMatchObject([{ failures: 5 }]);
    }
    expect(new Set(refusals).size).toBe(1);
  });

  it("counts one address, however it is spelled, and names nobody in its table", async () => {
    const member = await registerMember();
    await database.query("delete from login_throttles");
    for (const email of [
      member.email,
      member.email.toUpperCase(),
      ` ${member.email}`,
      member.email.replace("@", "＠"),
    ]) {
      await attempt(email);
    }
    expect(await throttles()).toEqual([{ failures: 4, wait: null }]);
    const [row] = await database.query<{ text: string }>("select t::text as text from login_throttles t");
    expect(row!.text).not.toContain("example");
  });

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

  it("forgets after a success, and a day after the last failure", async () => {
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

  it("is not outrun by 100 parallel guesses, right ones among them", async () => {
    const member = await registerMember();
    await database.query("delete from login_throttles");
    const startedAt = Date.now();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => attempt(member.email, `supposition ${i}`)));
    const seconds = (Date.now() - startedAt) / 1000;
    const guesses = answers.filter((answer) => answer.status !== 429);
    // Five at once; each wait that ran out meanwhile (1 s, then 2 s, 4 s, …) allows one more.
    expect(guesses.length).toBeLessThanOrEqual(5 + Math.floor(Math.log2(seconds + 1)));
    expect(guesses.length).toBeGreaterThanOrEqual(5);
    expect(await throttles()).toMatchObject([{ failures: guesses.length }]);
    for (const answer of answers) if (answer.status === 429) locked(answer);
  });

  it("lets through exactly one of 100 parallel guesses that wait for the end of a lock at a barrier", async () => {
    await database.query("delete from login_throttles");
    await attempt("barriere@example.test");
    await database.query("update login_throttles set failures = 20, locked_until = now() - interval '1 ms'");
    await database.inject({ kind: "hold", count: 100 }, { match: /insert into login_throttles/ });
    const answers = await Promise.all(Array.from({ length: 100 }, () => attempt("barriere@example.test")));
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(99);
    const waits = answers.flatMap(({ status, headers }) => (status === 429 ? [headers.get("Retry-After")] : []));
    for (const wait of waits) expect(wait).toMatch(/^(899|90[01])$/);
    expect((await attempt("barriere@example.test")).headers.get("Retry-After")).toMatch(/^(89\d|90[01])$/);
  });

  it("tells a guess that waited for another how long the lock is that the other one caused", async () => {
    await database.query("delete from login_throttles");
    await attempt("file@example.test");
    // The other guess: it holds the row until ours waits for it, and then ends with a lock that ours could not see coming.
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
    expect(ours.headers.get("Retry-After")).toMatch(/^(89\d|900)$/);
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
