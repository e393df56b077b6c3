import { describe, expect, it } from "vitest";
import { passTheNight } from "../support/jobs.ts";
import { database, del, get, post, registerMember, request, type Member } from "../support/service.ts";
import { enrolEmail, enrolTotp } from "../support/second-factor.ts";
import { registerAdmin } from "../support/staff.ts";

const DAY_MS = 86_400_000;
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** The last days together, so that midnight doesn't matter. */
async function figures(admin: Member): Promise<any> {
  const path = `/api/admin/stats?from=${dayOf(Date.now() - 3 * DAY_MS)}&to=${dayOf(Date.now())}`;
  const { body } = await get(path, admin);
  const sum = (name: string) => body.days.reduce((total: number, day: any) => total + day[name], 0);
  return { ...body.totals, signUps: sum("signUps"), logins: sum("logins"), failures: sum("failures") };
}

/** As if everything, including the last count, had happened an hour earlier. */
async function passAnHour(): Promise<void> {
  await database.query("update users set created_at = created_at - interval '1 hour'");
  await database.query("update login_history set created_at = created_at - interval '1 hour'");
  await database.query(
    "update daily_statistics set counted_until = counted_until - interval '1 hour', updated_at = updated_at - interval '1 hour'",
  );
}

/** As if nothing had happened for so long: no trigger notes that time passes. */
async function passSixHours(): Promise<void> {
  await database.query("alter table refresh_tokens disable trigger user");
  await database.query("update refresh_tokens set expires_at = expires_at - interval '6 hours'");
  await database.query("alter table refresh_tokens enable trigger user");
  await database.query("update uncounted_changes set runs_out = runs_out - interval '6 hours'");
  // In two steps: one would meet its own keys.
  await database.query("update session_counts set runs_out = runs_out - interval '1000 days'");
  await database.query("update session_counts set runs_out = runs_out + interval '1000 days' - interval '6 hours'");
}

const ANY_USER =
  "(select id from users where id > 1 order by id offset $1::int % (select count(*) - 1 from users) limit 1)";
const ANY_SESSION =
  "(select id from refresh_tokens order by id offset $1::int % (select count(*) from refresh_tokens) limit 1)";
/** Of those who have one: so that it is turned on and off again, and not only tried. */
const ownerOfAny = (table: string) =>
  `(select user_id from ${table} order by id offset $1::int % (select greatest(count(*), 1) from ${table}) limit 1)`;
const ANY_TIME = "now() + $2::int * interval '1 hour'";

/** `$1` chooses a row, `$2` is a number of hours. */
const ACTS: [name: string, statement: string][] = [
  [
    "open a session",
    `insert into refresh_tokens (user_id, session_id, token, methods, expires_at)
     values (${ANY_USER}, gen_random_uuid(), gen_random_uuid()::text, '{pwd}', ${ANY_TIME})`,
  ],
  ["refresh", `update refresh_tokens set expires_at = ${ANY_TIME} where id = ${ANY_SESSION}`],
  ["end a session", `update refresh_tokens set revoked_at = now() where id = ${ANY_SESSION}`],
  ["remove a session", `delete from refresh_tokens where id = ${ANY_SESSION} and $1::int % 4 = 0`],
  ["disable or enable", `update users set is_active = not is_active where id = ${ANY_USER} and role_id = 0`],
  [
    "delete or restore",
    `update users set deleted_at = case when deleted_at is null then now() end where id = ${ANY_USER} and role_id = 0`,
  ],
  ["purge", `delete from users where id = ${ANY_USER} and role_id = 0 and $1::int % 4 = 0`],
  [
    "start a factor",
    `insert into two_factor_methods (user_id, type) values (${ANY_USER}, case $1::int % 2 when 0 then 'totp' else 'email' end)
     on conflict do nothing`,
  ],
  [
    "turn it on",
    `update two_factor_methods set confirmed_at = now() where user_id = ${ownerOfAny("two_factor_methods")}`,
  ],
  ["turn it off", `delete from two_factor_methods where user_id = ${ownerOfAny("two_factor_methods")}`],
  [
    "add a passkey",
    `insert into passkeys (user_id, credential_id, public_key, algorithm, counter, aaguid, transports, backup_eligible, backed_up, signs_in)
     select id, gen_random_uuid(), '{}', 'ES256', 0, gen_random_uuid(), '{}', true, true, true from users where id = ${ANY_USER}`,
  ],
  ["remove a passkey", `delete from passkeys where user_id = ${ownerOfAny("passkeys")}`],
];

const countedHere = async () =>
  (
    await database.query<any>(
      `select (select count(*)::int from users where deleted_at is null) as users,
        (select count(*)::int from users where deleted_at is null and not is_active) as "disabledUsers",
        (select count(*)::int from users where deleted_at is not null) as "deletedUsers",
        (select count(*)::int from users where deleted_at is null and (
          exists (select from two_factor_methods where user_id = users.id and confirmed_at is not null)
          or exists (select from passkeys where user_id = users.id))) as "twoFactorUsers",
        (select count(*)::int from users where deleted_at is null
          and exists (select from passkeys where user_id = users.id)) as "passkeyUsers",
        (select count(*)::int from refresh_tokens where expires_at > now() and revoked_at is null) as "liveSessions"`,
    )
  )[0];

const wrong = (member: Member) => post("/api/auth/login", { email: member.email, password: "Faux cheval pile agrafe" });

describe("GET /api/admin/stats", () => {
  it("counts every login and sign-up once, those of the last second and old ones", async () => {
    const admin = await registerAdmin();
    const before = await figures(admin);
    const ada = await registerMember();
    await wrong(ada);
    const expected = { signUps: before.signUps + 1, logins: before.logins + 1, failures: before.failures + 1 };
    // The history is written after the answer.
    await expect.poll(() => figures(admin)).toMatchObject(expected);
    for (let hours = 1; hours <= 3; hours++) {
      await passAnHour();
      expect(await figures(admin)).toMatchObject(expected);
    }
    await wrong(ada);
    await expect.poll(() => figures(admin)).toMatchObject({ ...expected, failures: expected.failures + 1 });
  });

  it("counts nothing twice when many ask at the same time", async () => {
    const admin = await registerAdmin();
    const { logins } = await figures(admin);
    await passAnHour();
    const all = await Promise.all(Array.from({ length: 20 }, () => figures(admin)));
    expect(new Set(all.map((one) => one.logins))).toEqual(new Set([logins]));
  });

  it("totals what exists, including deleted, restored, imported, disabled and signed-out accounts", async () => {
    const admin = await registerAdmin();
    const register = () => registerMember();
    const [ada, bea, cleo, dora] = await Promise.all([register(), register(), register(), register()]);
    await enrolTotp(ada);
    await enrolTotp(bea);
    await enrolEmail(bea);
    await del("/api/users/me", { token: cleo.token });
    const acts = [
      () => del(`/api/admin/users/${ada.userId}`, admin),
      () => post(`/api/admin/users/${ada.userId}/restore`, undefined, admin),
      () => request("PATCH", `/api/admin/users/${dora.userId}`, { body: { isActive: false }, token: admin.token }),
      () => post(`/api/admin/users/${bea.userId}/2fa/reset`, undefined, admin),
      () =>
        request("POST", "/api/admin/users/import", {
          rawBody: JSON.stringify({
            email: "importee@example.test",
            prenom: "Ida",
            nom: "Rhodes",
            passwordHash: "$2b$04$uZp0rNJS4mM7mR3cxPJk/OtZf0qmkVPlAU6SkRa4TZu1EEiSTqo2K",
          }),
          token: admin.token,
          headers: { "Content-Type": "application/x-ndjson" },
        }),
    ];
    for (const act of acts) {
      expect((await act()).status).toBeLessThan(300);
      await passAnHour();
      expect(await figures(admin)).toMatchObject(await countedHere());
    }
  });

  it("counts the rest on another night if it could not finish", async () => {
    const gone = await registerMember();
    await database.query("update users set deleted_at = now() - interval '31 days' where id = $1", [gone.userId]);
    const left = () => database.query("select id from users where id = $1", [gone.userId]);
    await database.inject({ kind: "status", status: 500 }, { match: /count_statistics/, source: undefined, times: 2 });
    await passTheNight();
    expect(await left()).toHaveLength(1);
    await database.clear();
    await passAnHour();
    await passTheNight();
    expect(await left()).toEqual([]);
  });

  it("keeps a day's figures after retention removes the accounts and logins behind them", async () => {
    const admin = await registerAdmin();
    const gone = await registerMember();
    await wrong(gone);
    await del("/api/users/me", { token: gone.token });
    const before = await figures(admin);
    await passAnHour();
    await database.query("update users set deleted_at = now() - interval '31 days' where id = $1", [gone.userId]);
    await passTheNight();
    await database.query("delete from login_history where user_id is not null");
    expect(await database.query("select id from users where id = $1", [gone.userId])).toEqual([]);
    const after = await figures(admin);
    expect(after).toMatchObject({ signUps: before.signUps, logins: before.logins, failures: before.failures });
    await passAnHour();
    expect(await figures(admin)).toMatchObject(await countedHere());
  });

  it.each([1, 2, 3])("totals exactly what exists after any acts, however time passes (seed %i)", async (seed) => {
    await registerAdmin();
    const totals = () => database.query("select totals from daily_statistics order by day desc limit 1");
    // Each in a slice of its own: what is noted of one account must not make up for what is not noted of another.
    await database.query(
      `insert into users (id, email, password_hash, prenom, nom) overriding system value
       select $1::int * 100000 + n * 1000, 'seed-' || $1::int || '-' || n || '@example.test', 'none', 'Ada', 'Lovelace'
       from generate_series(1, 20) n`,
      [seed],
    );
    let state = seed;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    for (let round = 0; round < 25; round++) {
      for (let act = random(8); act >= 0; act--) {
        const [name, text] = ACTS[random(ACTS.length)]!;
        const parameters = [random(1_000_000), random(96) - 8].slice(0, text.includes("$2") ? 2 : 1);
        await expect(database.query(text, parameters), name).resolves.toBeDefined();
      }
      if (random(4) === 0) await passSixHours();
      if (random(3) > 0) continue;
      await (random(2) === 0 ? passTheNight() : database.query("select count_statistics()"));
      expect(await totals(), `round ${round}`).toEqual([{ totals: await countedHere() }]);
    }
    await passTheNight();
    expect(await totals()).toEqual([{ totals: await countedHere() }]);
  });

  it("counts a bounded part at a look, says when it was complete, and all by night", async () => {
    const admin = await registerAdmin();
    await figures(admin);
    const { users } = await figures(admin);
    await database.query("update daily_statistics set totals_at = totals_at - interval '1 hour'");
    await database.query("insert into uncounted_changes (slice) select generate_series(1, 2200)");
    await registerMember();
    const { body } = await get("/api/admin/stats", admin);
    expect(body.totals.users).toBe(users);
    expect(Date.parse(body.countedAt)).toBeLessThan(Date.now() - 3_000_000);
    expect(await database.query("select count(*)::int as slices from account_counts")).toEqual([{ slices: 501 }]);
    await passTheNight();
    expect(await database.query("select 1 from uncounted_changes")).toEqual([]);
    const { body: later } = await get("/api/admin/stats", admin);
    expect(later.totals.users).toBe(users + 1);
    expect(Date.parse(later.countedAt)).toBeGreaterThan(Date.parse(body.countedAt) + 3_000_000);
  });

  it("recounts no whole table: each statement touches what has changed alone", async () => {
    const admin = await registerAdmin();
    await figures(admin);
    await database.query(
      `insert into users (email, password_hash, prenom, nom)
       select 'many-' || n || '@example.test', 'none', 'Ada', 'Lovelace' from generate_series(1, 30000) n`,
    );
    await passTheNight();
    await registerMember();
    await database.query("vacuum analyze users");
    await database.query("create table recounted as select updated_at, slice from account_counts");
    await figures(admin);
    const again = await database.query(
      "select slice from account_counts join recounted using (slice) where account_counts.updated_at > recounted.updated_at",
    );
    expect(again).toHaveLength(1);
  });
});
