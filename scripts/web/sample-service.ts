/** What a service looks like after a while: people, roles, figures of past days, a log. For pictures of it. */
import type { RunningService } from "../../test/support/system.ts";

const PEOPLE = [
  ["Joan", "Clarke"],
  ["Alan", "Turing"],
  ["Katherine", "Johnson"],
  ["Donald", "Knuth"],
  ["Barbara", "Liskov"],
  ["Edsger", "Dijkstra"],
  ["Margaret", "Hamilton"],
  ["Élise", "Marchand-Delacroix"],
  ["Tony", "Hoare"],
  ["Frances", "Allen"],
  ["Leslie", "Lamport"],
  ["Radia", "Perlman"],
];
const FIRST_NAMES =
  "Louise Hugo Jade Léo Alice Gabriel Chloé Arthur Inès Jules Manon Paul Sarah Adam Emma Noé Anna Victor Lina Tom";
const LAST_NAMES =
  "Martin Petit Moreau Laurent Girard Roux Fontaine Chevalier Robin Masson Gautier Lopez Garnier Faure Perrin Blanc Guérin Muller Henry";
const AGENT =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36";

/** @returns the id of the account with the most to look at. */
export async function fillService(service: RunningService): Promise<number> {
  const { query } = service;
  await query(`insert into roles (name, description, permissions) values
    ('support', 'Aide les membres au quotidien', '["users:read","users:write","roles:read","audit:read"]'),
    ('editor', 'Publie les pages des artistes', '["artists:read","artists:write"]'),
    ('analyst', 'Suit les chiffres', '["stats:read"]')`);
  await fillCrowd(service);
  await query(
    `insert into users (email, password_hash, prenom, nom, role_id, is_verified, is_active,
       last_login_at, created_at, deleted_at)
     select lower(translate(p ->> 0, 'É', 'E')) || '@example.test', 'none', p ->> 0, p ->> 1,
       case when n % 4 = 1 then (select id from roles where name = 'support') else 0 end, n % 3 > 0, n % 5 < 4,
       now() - n * interval '7 hours', now() - (13 - n) * interval '1 day', case when n = 11 then now() - interval '2 days' end
     from jsonb_array_elements($1::jsonb) with ordinality as people (p, n)`,
    [JSON.stringify(PEOPLE)],
  );
  const [person] = await query<{ id: number }>("select id from users where prenom = 'Alan'");
  const { id } = person!;
  for (const [at, [country, city]] of [
    ["FR", "Lyon"],
    ["GB", "Manchester"],
  ].entries()) {
    const place = [
      id,
      AGENT.replace(/Macintosh[^)]+/, at ? "Windows NT 10.0" : "$&"),
      `198.51.100.${at + 7}`,
      country,
      city,
    ];
    await query(
      `insert into refresh_tokens (user_id, session_id, token, methods, expires_at, user_agent, ip_address, country, city)
       values ($1, gen_random_uuid(), gen_random_uuid(), '{pwd,otp}', now() + interval '30 days', $2, $3, $4, $5)`,
      place,
    );
    await query(
      `insert into login_history (user_id, outcome, user_agent, ip_address, country, city)
       select $1, unnest(array['failure', 'two_factor_required', 'success']), $2, $3, $4, $5`,
      place,
    );
  }
  await query(
    `insert into refresh_tokens (user_id, session_id, token, methods, expires_at, impersonator_id)
     values ($1, gen_random_uuid(), gen_random_uuid(), '{}', now() + interval '8 minutes', 2)`,
    [id],
  );
  await query("insert into two_factor_methods (user_id, type, confirmed_at) values ($1, 'totp', now())", [id]);
  await query("insert into recovery_codes (user_id, code) select $1, md5(n::text) from generate_series(1, 8) n", [id]);
  await query(
    `insert into audit_logs (actor_id, action, target_type, target_id, metadata)
     select 2, action, 'user', $1::text, '{"before":{"roleId":0},"after":{"roleId":3}}'
     from unnest(array['user.invited', 'user.role_changed', 'user.disabled', 'user.enabled', 'two_factor.reset']) action`,
    [id],
  );
  await query(
    `insert into daily_statistics (day, sign_ups, logins, failures, counted_until)
     select current_date - n, (select count(*) from users where created_at::date = current_date - n), 180 + (60 * sin(n / 2.3))::int + n * 37 % 40, 8 + n * 13 % 17 + case when n = 9 then 95 else 0 end, now()
     from generate_series(1, 364) n on conflict (day) do nothing`,
  );
  await query(
    `insert into dead_jobs (message_id, type, job)
     select 'sample-' || n, type, jsonb_build_object('type', type, 'userId', $1::int)
     from unnest(array['forgot_password', 'broadcast', 'mail']) with ordinality as jobs (type, n)`,
    [id],
  );
  await query(
    `insert into oauth_clients (client_id, name, hash, mark_id, permissions, audiences, redirect_uris, is_first_party, disabled_at)
     select 'app_' || left(md5(name), 16), name, case when secret then md5(name) end, gen_random_uuid(), permissions::jsonb,
       audiences::jsonb, uris::jsonb, secret and on_, case when not on_ then now() end
     from (values
       ('Billetterie', true, '["artists:read"]', '["https://billets.example.com"]', '["https://billets.example.com/retour", "https://essai.billets.example.com/retour"]', true),
       ('Application mobile', false, '[]', '[]', '["com.example.app:/retour"]', true),
       ('Sauvegarde de nuit', true, '["artists:read", "artists:write"]', '[]', '[]', false)
     ) as clients (name, secret, permissions, audiences, uris, on_)`,
  );
  await query(
    `insert into webhook_endpoints (id, url, description, events, secret, owner_id, failing_since, previous_until, disabled_at)
     select gen_random_uuid(), url, description, events::text[], 'none', $1, now() - failing::interval, now() + turned::interval, now() - off::interval
     from (values
       ('https://hooks.example.com/auth/in?key=e7f3a2', 'Facturation', '{password.changed,user.deleted,session.revoked}', '5 hours', '20 hours', null),
       ('https://crm.example.org/events', 'Suivi des adhérents', '{}', null, null, null),
       ('https://essai.example.net:8443/webhook', '', '{}', null, null, '2 days')
     ) as endpoints (url, description, events, failing, turned, off)`,
    [id],
  );
  await query(
    `insert into webhook_deliveries (endpoint_id, event_id, type, data, happened_at, status, attempts, response_status, failure, latency_ms, next_at, created_at)
     select e.id, gen_random_uuid(), type, '{}', now(), status, attempts, answer, failure, latency, now() + interval '20 minutes', now() - age::interval
     from webhook_endpoints e, (values
       ('user.deleted', 'delivered', 1, 204, null, 84, '4 days'),
       ('password.changed', 'delivered', 2, 200, null, 1204, '2 days'),
       ('session.revoked', 'failed', 12, 503, null, 310, '30 hours'),
       ('password.changed', 'failed', 12, null, 'refused_address', null, '20 hours'),
       ('session.revoked', 'pending', 4, null, 'timeout', null, '2 hours')
     ) as deliveries (type, status, attempts, answer, failure, latency, age)
     where e.description = 'Facturation'`,
  );
  await query(
    `insert into identities (user_id, issuer, subject, email, email_verified, last_used_at)
     values ($1, 'https://accounts.google.com', 'alan', 'alan.turing@example.com', true, now() - interval '3 days'),
       ($1, 'https://ancien.example.test', 'alan', null, false, null)`,
    [id],
  );
  await query(
    `insert into api_keys (user_id, key_id, name, hash, mark_id, permissions, last_used_at, expires_at)
     values ($1, 'a1b2c3d4e5f60718', 'Export du soir', 'none', gen_random_uuid(), '["artists:read"]', now(), now() + interval '200 days')`,
    [id],
  );
  return id;
}

const list = (names: string) => names.replaceAll(/\S+/g, "'$&',").slice(0, -1);

/** Everybody else, with the sign-ups, sessions and factors that the dashboard counts. Older than those with a name in the lists. */
async function fillCrowd({ query }: RunningService): Promise<void> {
  await query(
    `insert into users (email, password_hash, prenom, nom, role_id, is_verified, is_active, last_login_at, created_at)
     select 'membre' || n || '@example.test', 'none', (array[${list(FIRST_NAMES)}])[1 + n * 7 % 20],
       (array[${list(LAST_NAMES)}])[1 + n * 3 % 19], 0, true, n % 90 > 0,
       now() - (n % 25) * interval '5 hours', now() - interval '1 day' - day * interval '1 day'
     from (
       select day, row_number() over (order by day desc) as n
       from generate_series(0, 363) day, generate_series(1, 3 + day * 7 % 8 + case when day % 7 in (1, 2) then 0 else 2 end)
     ) sign_ups`,
  );
  const crowd = "from users where email like 'membre%' and is_active";
  await query(
    `insert into refresh_tokens (user_id, session_id, token, methods, expires_at)
     select id, gen_random_uuid(), gen_random_uuid(), '{pwd}', now() + interval '30 days' ${crowd} and id % 5 < 3`,
  );
  await query(
    `insert into two_factor_methods (user_id, type, confirmed_at) select id, 'totp', now() ${crowd} and id % 9 < 2`,
  );
  await query(
    `insert into passkeys (user_id, credential_id, public_key, algorithm, counter, aaguid, transports, backup_eligible, backed_up, signs_in)
     select id, md5(id::text), '{}', 'ES256', 0, gen_random_uuid(), '{}', true, true, true ${crowd} and id % 7 = 0`,
  );
}
