import { describe, expect, it } from "vitest";
import { OWNED_TABLES } from "../../src/services/accounts/export.ts";
import { passTheNight } from "../support/jobs.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import { database, del, get, mailbox, PASSWORD, post, put, registerMember, type Member } from "../support/service.ts";
import { ageSessions, insertApiKey, insertGrant } from "../support/staff.ts";

/** Restored by an administrator. */
async function restore(admin: Member, userId: number) {
  await database.query("update users set role_id = 1 where id = $1", [admin.userId]);
  return post(`/api/admin/users/${userId}/restore`, undefined, { token: admin.token });
}

const logIn = (email: string) => post("/api/auth/login", { email, password: PASSWORD });

describe("DELETE /api/users/me", () => {
  it("ends every session and link, frees the address, and tells the owner", async () => {
    const ada = await registerMember();
    const verify = tokenIn(await mailbox.next(ada.email));
    await post("/api/auth/forgot-password", { email: ada.email });
    const reset = tokenIn(await mailbox.next(ada.email, "réinitialiser"));
    expect((await del("/api/users/me", { token: ada.token })).body).toEqual({ message: "Compte supprimé avec succès" });
    await mailbox.next(ada.email, "Compte supprimé");
    expect((await get("/api/users/me", { token: ada.token })).status).toBe(401);
    expect((await post("/api/auth/refresh", { refreshToken: ada.refreshToken })).status).toBe(401);
    expect((await post("/api/auth/verify-email", { token: verify })).body.code).toBe("invalid_link");
    expect((await post("/api/auth/reset-password", { token: reset, password: "une autre phrase" })).body.code).toBe(
      "invalid_link",
    );
    expect((await logIn(ada.email)).status).toBe(401);
    const again = await registerMember({ email: ada.email });
    expect(again.userId).not.toBe(ada.userId);
  });
});

describe("restoring a deleted account", () => {
  it("brings it back as it was, signed out, while its address is free", async () => {
    const [ada, admin] = [await registerMember(), await registerMember()];
    await del("/api/users/me", { token: ada.token });
    expect((await restore(admin, ada.userId)).body.user).toMatchObject({ email: ada.email, prenom: "Ada" });
    await mailbox.next(ada.email, "Compte restauré");
    expect((await get("/api/users/me", { token: ada.token })).status).toBe(401);
    expect((await logIn(ada.email)).status).toBe(200);
    expect((await restore(admin, ada.userId)).body.code).toBe("not_found");
  });

  it("is refused when somebody else has the address by now, or after 30 days", async () => {
    const [ada, admin] = [await registerMember(), await registerMember()];
    await del("/api/users/me", { token: ada.token });
    await registerMember({ email: ada.email });
    expect((await restore(admin, ada.userId)).body.code).toBe("email_taken");
    const late = await registerMember();
    await del("/api/users/me", { token: late.token });
    await database.query("update users set deleted_at = now() - interval '30 days 1 s' where id = $1", [late.userId]);
    expect((await restore(admin, late.userId)).body.code).toBe("not_found");
  });
});

describe("the nightly retention", () => {
  it("purges accounts deleted 30 days ago, and leaves audit rows that identify them by id only", async () => {
    const [gone, kept] = [
      await registerMember({ prenom: "Zénobie", nom: "Quasar", telephone: "+33 1 99 00 11 22" }),
      await registerMember(),
    ];
    await put("/api/users/me", { email: `next-${gone.email}` }, { token: gone.token });
    await logIn(gone.email);
    await mailbox.next(gone.email, "Changement");
    for (const member of [gone, kept]) await del("/api/users/me", { token: member.token });
    await database.query(
      "update users set created_at = now() - interval '40 days', deleted_at = now() - interval '30 days 1 s' where id = $1",
      [gone.userId],
    );
    await passTheNight();
    expect(await database.query("select id from users where id = any($1)", [[gone.userId, kept.userId]])).toEqual([
      { id: kept.userId },
    ]);
    const tables = await database.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    const rows = await Promise.all(tables.map(({ name }) => database.query(`select * from ${name}`)));
    const everything = JSON.stringify(rows);
    for (const trace of [gone.email, "Zénobie", "Quasar", "99 00 11 22"]) expect(everything).not.toContain(trace);
    for (const table of Object.keys(OWNED_TABLES)) {
      expect(await database.query(`select id from ${table} where user_id = $1`, [gone.userId]), table).toEqual([]);
    }
    expect(
      await database.query("select target_id from audit_logs where action = 'user.deleted' and target_id = $1", [
        String(gone.userId),
      ]),
    ).toHaveLength(1);
  });

  it("removes expired rows in batches, and nothing else", async () => {
    const ada = await registerMember();
    await database.query(
      "insert into login_history (user_id, outcome, created_at) select $1, 'failure', now() - interval '181 days' from generate_series(1, 2500)",
      [ada.userId],
    );
    await database.query(
      "insert into one_time_tokens (user_id, purpose, token, expires_at) values ($1, 'invite', 'old', now() - interval '8 days'), ($1, 'invite', 'recent', now() - interval '6 days')",
      [ada.userId],
    );
    await database.query(
      "insert into dead_jobs (message_id, type, job, created_at) values ('old', 'notice', '{}', now() - interval '15 days')",
    );
    await database.query(
      "insert into login_throttles (key, failures, last_failed_at) values ('old', 1, now() - interval '8 days')",
    );
    await database.query(
      "insert into used_challenges (id, expires_at) values (gen_random_uuid(), now() - interval '61 minutes'), (gen_random_uuid(), now() - interval '59 minutes')",
    );
    await database.tripsOf(() => passTheNight());
    const deletes = (await database.statements()).filter((text) =>
      /delete from "login_history".*where created_at/s.test(text),
    );
    expect(deletes).toHaveLength(3);
    expect(
      await database.query("select count(*)::int as n from login_history where user_id = $1", [ada.userId]),
    ).toEqual([{ n: 1 }]);
    expect(
      await database.query("select token from one_time_tokens where user_id = $1 and purpose = 'invite'", [ada.userId]),
    ).toEqual([{ token: "recent" }]);
    expect(await database.query("select message_id from dead_jobs where message_id = 'old'")).toEqual([]);
    expect(await database.query("select key from login_throttles where key = 'old'")).toEqual([]);
    expect(await database.query("select 1 from used_challenges")).toHaveLength(1);
    expect((await get("/api/users/me", { token: ada.token })).status).toBe(200);
  });

  it("frees an address that was registered and never proven, after a week", async () => {
    const register = (email: string, vars: Record<string, string>) =>
      post("/api/auth/register", { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD }, { vars });
    const verified = { REGISTRATION: "verified" };
    const names = ["never", "used", "proven", "young"];
    for (const name of names) await register(`${name}@week.test`, verified);
    await register("open@week.test", { REGISTRATION: "open" });
    await logIn("used@week.test");
    await database.query("update users set is_verified = true where email = 'proven@week.test'");
    await database.query(
      `update users set created_at = created_at - interval '30 days', proof_due_at = proof_due_at - interval '7 days 1 second'
       where email like '%@week.test' and email <> 'young@week.test'`,
    );
    await passTheNight();
    const left = await database.query<{ email: string }>(
      "select email from users where email like '%@week.test' order by id",
    );
    expect(left.map(({ email }) => email.split("@")[0])).toEqual(["used", "proven", "young", "open"]);
  });

  it("continues with the other tables when one of them fails", async () => {
    const ada = await registerMember();
    await database.query(
      "insert into dead_jobs (message_id, type, job, created_at) values ('older', 'notice', '{}', now() - interval '15 days')",
    );
    await database.inject({ kind: "status", status: 500 }, { source: undefined, match: /delete from "login_history"/ });
    await passTheNight();
    expect(await database.query("select message_id from dead_jobs where message_id = 'older'")).toEqual([]);
    expect(ada.userId).toBeGreaterThan(0);
  });
});

describe("GET /api/users/me/export", () => {
  it("has everything that any table has about the account, and nothing about anyone else", async () => {
    const [ada, eve] = [
      await registerMember({ telephone: "+33 1 22 33 44 55" }),
      await registerMember({ prenom: "Ève", nom: "Témoin" }),
    ];
    for (const member of [ada, eve]) {
      await put("/api/users/me", { email: `next-${member.email}` }, { token: member.token });
      await put(
        "/api/users/me/password",
        { currentPassword: "wrong", newPassword: "une autre phrase" },
        { token: member.token },
      );
      await database.query("insert into two_factor_methods (user_id, type, secret) values ($1, 'totp', $2)", [
        member.userId,
        `sealed-${member.userId}`,
      ]);
      await database.query("insert into recovery_codes (user_id, code) values ($1, $2)", [
        member.userId,
        `code-hash-${member.userId}`,
      ]);
      await database.query(
        `insert into passkeys (user_id, credential_id, public_key, algorithm, counter, aaguid, transports, backup_eligible, backed_up, signs_in)
         values ($1, $2, '{}', 'ES256', 0, gen_random_uuid(), '{}', true, true, true)`,
        [member.userId, `credential-${member.userId}`],
      );
      await database.query(
        "insert into identities (user_id, issuer, subject, email, email_verified) values ($1, 'https://issuer.test', $2, $3, true)",
        [member.userId, `subject-${member.userId}`, `elsewhere-${member.email}`],
      );
      await insertApiKey(member.userId);
      await database.query("insert into login_places (user_id, country, network) values ($1, 'FR', 3215)", [
        member.userId,
      ]);
      await insertGrant(member.userId);
    }
    // Eve, as an administrator, changed Ada's account from her own IP address.
    await database.query(
      "insert into audit_logs (actor_id, action, target_type, target_id, metadata, ip_address) values ($1, 'user.unlocked', 'user', $2, '{\"note\": \"about Eve\"}', '198.51.100.7')",
      [eve.userId, String(ada.userId)],
    );

    const { status, headers, text, body } = await get("/api/users/me/export", { token: ada.token });
    expect(status).toBe(200);
    expect(headers.get("Content-Disposition")).toBe(`attachment; filename="account-${ada.userId}.json"`);
    expect(body.account).toMatchObject({
      id: ada.userId,
      email: ada.email,
      telephone: "+33 1 22 33 44 55",
      role: "user",
    });
    const owned = await database.query<{ name: string }>(
      "select table_name as name from information_schema.columns where column_name = 'user_id' and table_schema = 'public'",
    );
    for (const { name } of owned) {
      // A bigint is a string here.
      const rows = await database.query<{ id: number | string }>(
        `select id from ${name} where user_id = $1 order by id`,
        [ada.userId],
      );
      expect(rows.length, name).toBeGreaterThan(0);
      expect(
        body[name]?.map((row: { id: number }) => row.id),
        name,
      ).toEqual(rows.map(({ id }) => Number(id)));
    }
    expect(body.one_time_tokens.map((row: { email?: string }) => row.email)).toContain(`next-${ada.email}`);
    expect(body.identities).toEqual([
      expect.objectContaining({
        issuer: "https://issuer.test",
        subject: `subject-${ada.userId}`,
        email: `elsewhere-${ada.email}`,
      }),
    ]);
    expect(body.login_throttles).toEqual([expect.objectContaining({ failures: 1 })]);
    expect(body.audit_logs.map((row: { action: string }) => row.action)).toEqual([
      "email_change.requested",
      "user.unlocked",
    ]);

    const [secrets] = await database.query<{ all: string }>(
      "select (select password_hash from users where id = $1) as hash, (select token from refresh_tokens where user_id = $1) as token",
      [ada.userId],
    );
    for (const secret of [...Object.values(secrets!), `sealed-${ada.userId}`, `code-hash-${ada.userId}`])
      expect(text).not.toContain(secret);
    expect(body.account.password_hash).toBe("withheld: secret");
    for (const other of [
      eve.email,
      "Ève",
      "Témoin",
      "198.51.100.7",
      "about Eve",
      `sealed-${eve.userId}`,
      `credential-${eve.userId}`,
      `elsewhere-${eve.email}`,
    ])
      expect(text).not.toContain(other);
    expect(text).not.toContain(`"actor_id":${eve.userId}`);
  });

  it("takes one trip, and a fresh session", async () => {
    const ada = await registerMember();
    await mailbox.next(ada.email);
    expect(await database.tripsOf(() => get("/api/users/me/export", { token: ada.token }))).toBe(1);
    await ageSessions(ada.userId);
    expect((await get("/api/users/me/export", { token: ada.token })).body.code).toBe("reauthentication_required");
    expect((await get("/api/users/me/export")).status).toBe(401);
  });

  it("has every row of an account with thousands, in order and each once, a page a trip", async () => {
    const ada = await registerMember();
    const { userId } = ada;
    await database.query(
      "insert into login_history (user_id, outcome) select $1, 'failure' from generate_series(1, 12000)",
      [userId],
    );
    await database.query(
      "insert into notifications (user_id, type, title, content) select $1, 'admin_message', 'T', 'C' from generate_series(1, 2500)",
      [userId],
    );
    // A full page, and then nothing.
    await database.query("insert into known_devices (user_id, device) select $1, n from generate_series(1, $2) n", [
      userId,
      1_000 - (await database.query("select id from known_devices where user_id = $1", [userId])).length,
    ]);
    // What the owner did, and what was done to them, each by an index of its own.
    await database.query(
      `insert into audit_logs (actor_id, action, target_type, target_id)
       select case when n % 2 = 0 then $1::int else 0 end, 'test.' || n, 'user', case when n % 2 = 0 then '0' else $1 end
       from generate_series(1, 1500) n`,
      [userId],
    );
    let answer: any;
    const trips = await database.tripsOf(
      async () => (answer = await get("/api/users/me/export", { token: ada.token })),
    );
    const ids = async (table: string) =>
      (await database.query<any>(`select id from ${table} where user_id = $1 order by id`, [userId])).map(({ id }) =>
        Number(id),
      );
    for (const table of ["login_history", "notifications", "known_devices"]) {
      expect(
        answer.body[table].map((row: any) => row.id),
        table,
      ).toEqual(await ids(table));
    }
    const acts = await database.query<any>(
      "select action from audit_logs where actor_id = $1 or (target_type = 'user' and target_id = $1::text) order by id",
      [userId],
    );
    expect(acts.length).toBeGreaterThanOrEqual(1_500);
    expect(answer.body.audit_logs.map((row: any) => row.action)).toEqual(acts.map(({ action }) => action));
    // The first has a page of everything; then the logins by 5,000, and the rest by 1,000.
    const more = { logins: 3, notifications: 2, devices: 1, audited: 1 };
    expect(trips).toBe(1 + Object.values(more).reduce((sum, n) => sum + n));
  });
});
