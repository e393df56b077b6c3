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

const countedHere = async () =>
  (
    await database.query<any>(
      `select (select count(*)::int from users where deleted_at is null) as users,
        (select count(*)::int from users where deleted_at is null and not is_active) as "disabledUsers",
        (select count(*)::int from users where deleted_at is not null) as "deletedUsers",
        (select count(distinct user_id)::int from two_factor_methods join users on users.id = user_id
          where confirmed_at is not null and deleted_at is null) as "twoFactorUsers",
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
    expect(await figures(admin)).toMatchObject(expected);
    for (let hours = 1; hours <= 3; hours++) {
      await passAnHour();
      expect(await figures(admin)).toMatchObject(expected);
    }
    await wrong(ada);
    expect(await figures(admin)).toMatchObject({ ...expected, failures: expected.failures + 1 });
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

  it("spends at most 1 % of the time counting the totals, and says when it counted", async () => {
    const admin = await registerAdmin();
    // Whenever the last count was, and however long it took.
    await passAnHour();
    await figures(admin);
    await database.query("update daily_statistics set counting_time = interval '10 s'");
    const { users } = await figures(admin);
    await registerMember();
    const { body } = await get("/api/admin/stats", admin);
    expect(body.totals.users).toBe(users);
    expect(Date.parse(body.countedAt)).toBeLessThanOrEqual(Date.now());
    await passAnHour();
    expect((await figures(admin)).users).toBe(users + 1);
  });
});
