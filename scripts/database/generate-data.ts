/**
 * Fills a database with generated accounts, sessions, logins and audit records, for benchmarks. PostgreSQL itself
 * generates them, so a million rows take seconds.
 *
 * node scripts/database/generate-data.ts --users 100000 --logins 1000000 --audit-logs 1000000
 *
 * writes to `DATABASE_URL`. Nobody can log in to these accounts.
 */

export interface DataVolume {
  users: number;
  logins: number;
  auditLogs: number;
}

/** The statements, in order. They add to the existing rows; names and times depend only on the row's number. */
export function dataStatements({ users, logins, auditLogs }: DataVolume): string[] {
  return [
    `insert into users (email, password_hash, prenom, nom, role_id, is_active, is_verified, last_login_at, deleted_at, created_at)
     select lower(prenom || '.' || nom) || '.' || n || '@example.test', 'none', prenom, nom,
       case when n % 10000 = 0 then 1 when n % 50 = 0 then 2 else 0 end, n % 40 <> 7, n % 3 > 0,
       now() - n % 90 * interval '1 day', case when n % 100 = 3 then now() - n % 30 * interval '1 day' end,
       now() - (${users} - n) * (interval '730 days' / ${users})
     from (
       select n, (array['Ada','Alan','Grace','Linus','Margaret','Dennis','Barbara','Edsger','Radia','Donald','Zoé','Émile'])[1 + n % 12] as prenom,
         (array['Ber','Cor','Dur','Fer','Gar','Lam','Mar','Per','Ros','Tur','Val','Vin'])[1 + n / 7 % 12]
         || (array['ana','elle','ier','in','o','ou','and','eau','et','is'])[1 + n / 11 % 10]
         || (array['','d','n','r','s','t','x','z'])[1 + n / 13 % 8] as nom
       from generate_series(1, ${users}) n
     ) people`,
    `insert into refresh_tokens (user_id, session_id, token, methods, expires_at, revoked_at)
     select id, gen_random_uuid(), encode(sha256(('generated ' || id)::bytea), 'hex'), '{pwd}',
       now() + id % 30 * interval '1 day', case when id % 4 = 0 then now() end
     from users where id % 3 = 0 on conflict do nothing`,
    `insert into two_factor_methods (user_id, type, secret, confirmed_at)
     select id, 'totp', 'none', now() from users where id % 5 = 0 on conflict do nothing`,
    `insert into login_history (user_id, outcome, method, ip_address, country, created_at)
     select case when n % 10 > 0 then u.lowest + n * 7919 % u.count end,
       case when n % 10 > 1 then 'success' when n % 10 = 1 then 'failure' else 'locked' end,
       'pwd', '192.0.2.' || n % 250, 'FR', now() - (${logins} - n) * (interval '180 days' / ${logins})
     from generate_series(1, ${logins}::bigint) n, (select min(id) as lowest, count(*) from users) u`,
    // One at a time in order of n, as the trigger that chains them requires; nobody about themselves, of which only so many
    // an hour are taken.
    `insert into audit_logs (actor_id, action, target_type, target_id, metadata, request_id)
     select case when n % 100 > 0 then n % 50 end,
       (array['user.updated','user.invited','session.revoked','role.updated','password.changed'])[1 + n % 5],
       case when n % 5 = 3 then 'role' else 'user' end, (50 + n * 7919 % 100000)::text,
       jsonb_build_object('after', jsonb_build_object('n', n)), gen_random_uuid()
     from generate_series(1, ${auditLogs}::bigint) n`,
    // Counted rows are not counted again, and these were inserted later than their times say.
    `delete from daily_statistics`,
    `do $$ begin while not count_totals() loop end loop; end $$`,
    ...[
      "users",
      "refresh_tokens",
      "two_factor_methods",
      "login_history",
      "audit_logs",
      "daily_statistics",
      "uncounted_changes",
    ].map((table) => `vacuum (analyze) ${table}`),
  ];
}

if (import.meta.main) {
  const { parseArgs } = await import("node:util");
  const { default: pg } = await import("pg");
  const { connectionConfig } = await import("../neon/sql.ts");
  const count = { type: "string", default: "100000" } as const;
  const { values } = parseArgs({ options: { users: count, logins: count, "audit-logs": count } });
  const url = process.env["DATABASE_URL"];
  if (!url) throw new Error("Set DATABASE_URL to the database to fill.");
  const client = new pg.Client(connectionConfig(url));
  await client.connect();
  const volume = {
    users: Number(values.users),
    logins: Number(values.logins),
    auditLogs: Number(values["audit-logs"]),
  };
  for (const statement of dataStatements(volume)) {
    const startedAt = Date.now();
    const { rowCount } = await client.query(statement);
    console.log(`${statement.split(/[(\n]/, 1)[0]?.trim()}: ${rowCount ?? ""} ${Date.now() - startedAt} ms`);
  }
  await client.end();
}
