/** Network and database failures in the middle of a request, injected at the endpoint. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "../../scripts/neon/control.ts";
import { expectProblem } from "../support/contract.ts";
import { sampleOf } from "../support/sample.ts";
import {
  database,
  del,
  get,
  logIn,
  NEW_PASSWORD,
  PASSWORD,
  post,
  put,
  registerMember,
  type Answer,
  type Member,
} from "../support/service.ts";
import { logged } from "../support/stores.ts";

const STRANGER = { prenom: "Eve", nom: "Secrète", email: "eve.secrete@example.test", password: PASSWORD };

/** The statement never arrives: nothing has happened. */
const BEFORE: Fault[] = [
  { kind: "status", status: 500 },
  { kind: "status", status: 502 },
  { kind: "status", status: 503 },
  { kind: "status", status: 429 },
  { kind: "status", status: 302 },
  { kind: "cut" },
  { kind: "garbage" },
];
/** The statement ran, but its answer was lost. */
const AFTER: Fault[] = [{ kind: "cut-after" }, { kind: "truncate" }];

const WRITES: Record<string, (member: Member) => Promise<Answer>> = {
  register: () => post("/api/auth/register", STRANGER),
  login: ({ email }) => post("/api/auth/login", { email, password: PASSWORD }),
  refresh: ({ refreshToken }) => post("/api/auth/refresh", { refreshToken }),
  logout: ({ refreshToken }) => post("/api/auth/logout", { refreshToken }),
  "profile change": ({ token }) => put("/api/auth/profile", { nom: "Byron" }, { token }),
  "password change": ({ token }) =>
    put("/api/auth/change-password", { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, { token }),
  deletion: ({ token }) => del("/api/auth/account", { token }),
};

function expectUnavailable(answer: Answer): void {
  expectProblem(answer, "service_unavailable");
  expect(answer.headers.get("Retry-After")).toBe("5");
  expect(answer.text).not.toMatch(
    /select|insert|update|users|refresh_tokens|password_hash|neon|postgres|127\.0\.0\.1|fetch|\.ts|eve\./i,
  );
}

/** Everything in the database about accounts, except the attempt counters. */
const everything = () =>
  database.query(`
    select (select json_agg(u order by id) from users u) as users,
      (select json_agg(t order by id) from refresh_tokens t) as sessions,
      (select json_agg(n order by id) from notifications n) as notifications,
      (select json_agg(a order by id) from audit_logs a) as audit,
      (select json_agg(h order by id) from login_history h) as history`);

beforeEach(async () => {
  await database.query("delete from login_throttles");
});

describe("When the database can't be reached", () => {
  const pairs = Object.keys(WRITES).flatMap((name) => BEFORE.map((fault) => ({ name, fault })));
  const tried = sampleOf(pairs, ({ name, fault }) => [name, JSON.stringify(fault)]);

  it.each(Object.entries(WRITES))(
    "%s answers 503, writes nothing, is tried once, and works the next time",
    async (name, write) => {
      const member = await registerMember();
      for (const { fault } of tried.filter((pair) => pair.name === name)) {
        const before = await everything();
        await database.inject(fault);
        const trips = await database.tripsOf(async () => expectUnavailable(await write(member)));
        expect([fault, trips]).toEqual([fault, 1]);
        expect(await everything(), JSON.stringify(fault)).toEqual(before);
      }
      await database.query("delete from login_throttles");
      const { status } = await write(member);
      expect([200, 201]).toContain(status);
      await database.query("delete from users where email = $1", [STRANGER.email]);
    },
  );

  it("in the second trip of a login, no session was opened", async () => {
    const member = await registerMember();
    for (const fault of BEFORE) {
      const before = await everything();
      await database.inject(fault, { match: /touched as/ });
      expectUnavailable(await post("/api/auth/login", { email: member.email, password: PASSWORD }));
      expect(await everything(), JSON.stringify(fault)).toEqual(before);
      await database.query("delete from login_throttles");
    }
    await logIn(member);
  });

  it("in the second trip of a password change, nothing has changed", async () => {
    const member = await registerMember();
    await logIn(member);
    for (const fault of BEFORE) {
      const before = await everything();
      await database.inject(fault, { match: /update users set password_hash/ });
      expectUnavailable(await WRITES["password change"]!(member));
      expect(await everything(), JSON.stringify(fault)).toEqual(before);
      await database.query("delete from login_throttles");
    }
    expect((await WRITES["password change"]!(member)).status).toBe(200);
  });

  it.each(BEFORE)("a read is retried once, and only once (%j)", async (fault) => {
    const { token } = await registerMember();
    const reads: (() => Promise<Answer>)[] = [
      () => get("/api/auth/profile", { token }),
      () => get("/health/ready"),
      () => post("/api/auth/verify-token", { token, strict: true }),
    ];
    const places = BEFORE.flatMap((each) => reads.map((_, at) => ({ each, at })));
    const tried = sampleOf(places, ({ each, at }) => [JSON.stringify(each), String(at)]);
    for (const read of reads.filter((_, at) => tried.some((place) => place.each === fault && place.at === at))) {
      await database.inject(fault);
      const trips = await database.tripsOf(async () => expect((await read()).status).toBe(200));
      expect(trips).toBe(2);
      await database.inject(fault, { times: 2 });
      expect(await database.tripsOf(async () => expectUnavailable(await read()))).toBe(2);
      expect((await read()).status).toBe(200);
    }
  });

  it("and a login is refused, its history row may be lost, never the answer", async () => {
    const { email } = await registerMember();
    await database.inject({ kind: "cut" }, { match: /^\s*insert into login_history/ });
    expectProblem(await post("/api/auth/login", { email, password: "faux" }), "invalid_credentials");
    await database.inject({ kind: "cut" }, { match: /^\s*insert into login_history/ });
    expectProblem(await post("/api/auth/login", { email, password: "faux" }), "invalid_credentials");
  });
});

describe("When the database's answer is lost", () => {
  it.each(AFTER)("a write is not repeated: it happened once, completely (%j)", async (fault) => {
    for (const [name, write] of Object.entries(WRITES)) {
      const member = await registerMember();
      // The last statement of the write: with two trips, that of the second.
      const last = { login: /touched as/, "password change": /update users set password_hash/ }[name];
      await database.inject(fault, last ? { match: last } : {});
      let answer: Answer | undefined;
      const trips = await database.tripsOf(async () => (answer = await write(member)));
      expectUnavailable(answer!);
      expect([name, trips]).toEqual([name, last ? 2 : 1]);
    }
    const rows = await database.query(`
      select (select count(*)::int from users where email = '${STRANGER.email}') as registered,
        (select count(*)::int from users where nom = 'Byron') as renamed,
        (select count(*)::int from users where deleted_at is not null) as deleted,
        (select count(*)::int from refresh_tokens where generation = 1) as refreshed,
        (select count(*)::int from refresh_tokens where revoked_reason = 'logout') as "loggedOut",
        (select count(*)::int from audit_logs where action = 'password.changed') as changed,
        (select count(*)::int from notifications where type = 'password_changed') as told`);
    // Counted from after the file's earlier tests.
    for (const [what, count] of Object.entries(rows[0]!)) expect([what, Number(count) > 0]).toEqual([what, true]);
    // The account is complete: its owner can log in.
    expect((await post("/api/auth/login", STRANGER)).status).toBe(200);
    await database.query("delete from users where email = $1", [STRANGER.email]);
  });

  it.each(AFTER)("a read is still answered (%j)", async (fault) => {
    const { token } = await registerMember();
    await database.inject(fault);
    expect((await get("/api/auth/profile", { token })).status).toBe(200);
  });

  it("a logout that took effect stays in effect, and answers 200 when repeated", async () => {
    const { refreshToken, token } = await registerMember();
    await database.inject({ kind: "cut-after" });
    expectUnavailable(await post("/api/auth/logout", { refreshToken }));
    expectProblem(await get("/api/auth/profile", { token }), "invalid_token");
    expect((await post("/api/auth/logout", { refreshToken })).status).toBe(200);
  });
});

describe("When the database does not answer", () => {
  // The only test that waits: for the time limit itself, in a read, a write and a strict check at once.
  it("a request gives up after 5 seconds, reads included, and answers 503", async () => {
    const member = await registerMember();
    const before = await everything();
    await database.inject({ kind: "delay", ms: 30_000 }, { times: 4 });
    const trips = await database.trips();
    const startedAt = Date.now();
    const asked = Promise.all([
      get("/api/auth/profile", { token: member.token }),
      put("/api/auth/profile", { nom: "Byron" }, { token: member.token }),
      post("/api/auth/register", STRANGER),
      post("/api/auth/verify-token", { token: member.token, strict: true }),
    ]);
    // This clock starts once all four wait, so after 9 seconds theirs have fired, however slow the machine is.
    await vi.waitFor(async () => expect(await database.trips()).toBe(trips + 4));
    const clock = new Promise<[]>((resolve) => setTimeout(resolve, 9_000, []));
    const answers = await Promise.race([asked, clock]);
    expect(answers).toHaveLength(4);
    for (const answer of answers) expectUnavailable(answer);
    expect(Date.now() - startedAt).toBeGreaterThan(4_000);
    await database.clear();
    expect(await everything()).toEqual(before);
    expect((await get("/api/auth/profile", { token: member.token })).status).toBe(200);
  });
});

describe("The log of a request that fails", () => {
  it("names the failure, and contains no secret, address, statement or parameter", async () => {
    const member = await registerMember();
    const secrets = [
      PASSWORD,
      NEW_PASSWORD,
      member.email,
      STRANGER.email,
      STRANGER.nom,
      member.token,
      member.refreshToken,
      "192.0.2.1",
    ];
    const before = logged.length;
    for (const write of Object.values(WRITES)) {
      for (const fault of [...BEFORE, ...AFTER]) {
        await database.inject(fault);
        await write(member);
        await database.clear();
      }
    }
    // A defect whose error contains the statement with its parameters.
    await database.query("alter table users rename column prenom to hidden_column");
    for (const write of Object.values(WRITES)) await write(member);
    await database.query("alter table users rename column hidden_column to prenom");
    await get(`/api/auth/profile?token=${member.token}&email=${member.email}`, { token: member.token });

    const lines = logged.slice(before);
    expect(lines.length).toBeGreaterThan(50);
    for (const line of lines) {
      for (const secret of secrets) expect(line).not.toContain(secret);
      expect(line).not.toMatch(/\$argon2|\bselect\b|\binsert into\b|art_|eyJ|hidden_column|\bat .*\.ts:/i);
      expect(Object.keys(JSON.parse(line))).toEqual(expect.arrayContaining(["time", "event", "requestId"]));
    }
    const errors = lines.map((line) => JSON.parse(line)).filter((entry) => entry.event === "error");
    expect(new Set(errors.map((entry) => entry.code))).toEqual(new Set(["service_unavailable", "internal_error"]));
    for (const entry of errors) {
      expect(Object.keys(entry).toSorted()).toEqual(["cause", "code", "event", "frames", "requestId", "time"]);
      expect(entry.cause).toMatch(/^[A-Za-z0-9() <_]+$/);
      for (const frame of entry.frames) expect(frame).toMatch(/:\d+:\d+\)?$|<anonymous>/);
    }
  });
});
