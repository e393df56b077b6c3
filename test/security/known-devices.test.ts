import { describe, expect, it } from "vitest";
import { createOneTimeToken } from "../../src/crypto/one-time-token.ts";
import { lockOut, logIn } from "../support/login.ts";
import {
  claimsOf,
  database,
  get,
  post,
  registerMember,
  request,
  type Answer,
  type Member,
} from "../support/service.ts";
import { captureJobs } from "../support/second-factor.ts";

const notices = (userId: number) =>
  database.query<{ data: unknown }>("select data from notifications where user_id = $1 and type = 'new_device'", [
    userId,
  ]);

describe("POST /api/auth/login from a known device", () => {
  it("returns a known device's own token again, and still takes two trips", async () => {
    const member = await registerMember();
    const { deviceToken } = (await logIn(member)).body;
    let again: Answer;
    const trips = await database.tripsOf(async () => {
      again = await logIn(member, { deviceToken });
    });
    expect(again!.body.deviceToken).toBe(deviceToken);
    expect(trips).toBe(2);
  });
});

describe("a login from a new device or country", () => {
  const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";

  it("is found by index, however many logins the account has had", async () => {
    const member = await registerMember();
    await database.query(
      `insert into login_history (user_id, outcome, country, user_agent)
       select $1, 'success', 'F' || n % 3, 'agent ' || n % 5 from generate_series(1, 20000) n`,
      [member.userId],
    );
    // Among many other accounts, as everywhere but in a test.
    await database.query(
      `with others as (
         insert into users (email, password_hash, prenom, nom)
         select 'other-' || n || '@example.test', '-', 'O', 'T' from generate_series(1, 1000) n returning id
       )
       insert into login_history (user_id, outcome, country, user_agent)
       select id, 'success', 'F' || n % 3, 'agent ' || n % 5 from others, generate_series(1, 30) n`,
    );
    await database.query("analyze login_history");
    await database.tripsOf(() => logIn(member, {}, { "User-Agent": FIREFOX }));
    const statement = (await database.statements()).find((text) => /from login_history h/.test(text))!;
    // Without its parameters, which no test knows.
    await database.query(
      `create function plan_of(statement text) returns setof text language plpgsql as $$
       begin return query execute 'explain (generic_plan) ' || statement; end $$`,
    );
    const plan = (await database.query<{ line: string }>("select plan_of($1) as line", [statement])).map(
      ({ line }) => line,
    );
    await database.query("drop function plan_of");
    const scans = plan.filter((line) => /Scan.* on login_history/.test(line));
    // The user agent, that there was a country, and this one.
    expect(scans, plan.join("\n")).toHaveLength(3);
    for (const scan of scans)
      expect(scan).toMatch(/Index (Only )?Scan (Backward )?using idx_login_history_user_id_(country|user_agent)/);
    const conditions = plan.filter((line) => /Index Cond.*(user_agent|country)/.test(line));
    expect(conditions).toHaveLength(3);
  });

  it("sends a notification and a mail with a link that undoes it; the first login and one from a known device don't", async () => {
    const jobs = captureJobs();
    const member = await registerMember();
    const known = await logIn(member);
    await logIn(member, { deviceToken: known.body.deviceToken });
    expect(await notices(member.userId)).toEqual([]);
    const fresh = await logIn(member, {}, { "User-Agent": FIREFOX });
    const sid = JSON.parse(atob(fresh.body.token.split(".")[1])).sid;
    const data = { sessionId: sid, device: "Firefox, Linux", country: null, city: null };
    expect(await notices(member.userId)).toEqual([{ data }]);
    expect(jobs.filter((job) => job.event === "login.from_new_device")).toEqual([
      expect.objectContaining({
        facts: expect.objectContaining({
          userId: member.userId,
          data: { sessionId: sid, device: "Firefox, Linux" },
          payload: { sessionId: sid },
        }),
      }),
    ]);
  });

  it("sends them for a copied user agent, once a device has come back with its token", async () => {
    const member = await registerMember();
    const { deviceToken } = (await logIn(member, {}, { "User-Agent": FIREFOX })).body;
    await logIn(member, {}, { "User-Agent": FIREFOX });
    const before = (await notices(member.userId)).length;
    await logIn(member, { deviceToken }, { "User-Agent": FIREFOX });
    expect(await notices(member.userId)).toHaveLength(before);
    await logIn(member, {}, { "User-Agent": FIREFOX });
    expect(await notices(member.userId)).toHaveLength(before + 1);
  });

  it("sends them for a known device in a new country", async () => {
    const member = await registerMember();
    await database.query("update login_history set country = 'FR' where user_id = $1", [member.userId]);
    const { deviceToken } = (await logIn(member)).body;
    const { email, password } = member;
    const from = (country: string) => post("/api/auth/login", { email, password, deviceToken }, { country });
    await from("FR");
    expect(await notices(member.userId)).toHaveLength(0);
    await from("BR");
    expect(await notices(member.userId)).toEqual([{ data: expect.objectContaining({ country: "BR" }) }]);
    await from("BR");
    expect(await notices(member.userId)).toHaveLength(1);
  });
});

describe("the known devices of an account", () => {
  it("are at most fifty: a login forgets those unused for longest", async () => {
    const member = await registerMember();
    await database.query(
      `insert into known_devices (user_id, device, last_seen_at)
       select $1, 'device ' || n, now() - n * interval '1 minute' from generate_series(1, 60) n`,
      [member.userId],
    );
    await logIn(member);
    const known = await database.query<{ device: string }>("select device from known_devices where user_id = $1", [
      member.userId,
    ]);
    expect(known).toHaveLength(50);
    // The registration's, this login's, and the 48 seen since.
    const numbers = known.flatMap(({ device }) => (device.startsWith("device ") ? [Number(device.slice(7))] : []));
    expect(Math.max(...numbers)).toBe(48);
  });
});

describe("POST /api/auth/deny-login", () => {
  async function denialOf(member: Member, session: Answer): Promise<string> {
    const { sid } = JSON.parse(atob(session.body.token.split(".")[1]));
    const { token, tokenHash } = await createOneTimeToken();
    await database.query(
      `insert into one_time_tokens (user_id, purpose, token, payload, expires_at)
       values ($1, 'deny_login', $2, $3, now() + interval '1 day')`,
      [member.userId, tokenHash, JSON.stringify({ sessionId: sid })],
    );
    return token;
  }

  it("ends what the device opened, forgets the device, and starts a reset; once", async () => {
    const member = await registerMember();
    const thief = await logIn(member);
    const again = await logIn(member, { deviceToken: thief.body.deviceToken });
    const token = await denialOf(member, thief);
    const jobs = captureJobs();
    let answers: Answer[] = [];
    expect(
      await database.tripsOf(async () => {
        answers = [await post("/api/auth/deny-login", { token })];
      }),
    ).toBe(1);
    answers.push(...(await Promise.all(Array.from({ length: 5 }, () => post("/api/auth/deny-login", { token })))));
    expect(answers.map(({ status }) => status)).toEqual([200, ...Array(5).fill(400)]);
    expect(jobs).toEqual([
      expect.objectContaining({ event: "login.denied", facts: expect.objectContaining({ userId: member.userId }) }),
    ]);
    for (const { body } of [thief, again]) {
      expect((await post("/api/auth/refresh", { refreshToken: body.refreshToken })).status).toBe(401);
      expect((await get("/api/users/me", { token: body.token })).status).toBe(401);
    }
    expect((await get("/api/users/me", { token: member.token })).status).toBe(200);
    await lockOut(member.email);
    expect((await logIn(member, { deviceToken: thief.body.deviceToken })).status).toBe(429);
    expect(
      await database.query("select target_type, target_id, metadata from audit_logs where action = 'login.denied'"),
    ).toEqual([
      {
        target_type: "user",
        target_id: String(member.userId),
        metadata: { sessionId: claimsOf(thief.body.token)["sid"] },
      },
    ]);
  });

  it("refuses an expired link", async () => {
    const member = await registerMember();
    const token = await denialOf(member, await logIn(member));
    await database.query("update one_time_tokens set expires_at = now() - interval '1 s' where purpose = 'deny_login'");
    expect((await request("POST", "/api/auth/deny-login", { body: { token } })).body.code).toBe("invalid_link");
  });
});
