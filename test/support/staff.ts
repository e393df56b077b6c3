/** Members with a role, and accounts that nobody signs in to, created in the database. */
import { database, registerMember, type Member } from "./service.ts";

let made = 0;

/** A role with exactly these permissions. */
export async function insertRole(permissions: string[]): Promise<number> {
  const [row] = await database.query<{ id: number }>(
    "insert into roles (name, permissions) values ($1, $2::jsonb) returning id",
    [`role-${++made}`, JSON.stringify(permissions)],
  );
  return row!.id;
}

/** A signed-in member whose role is `roleId`. */
export async function registerWithRole(roleId: number): Promise<Member> {
  const member = await registerMember();
  await database.query("update users set role_id = $1 where id = $2", [roleId, member.userId]);
  return member;
}

export const registerAdmin = () => registerWithRole(1);
export const registerStaff = async (...permissions: string[]) => registerWithRole(await insertRole(permissions));

/** An account without a usable password. */
export async function insertUser(fields: { roleId?: number; email?: string; deleted?: boolean } = {}): Promise<number> {
  const { roleId = 0, email = `personne-${++made}@example.test`, deleted = false } = fields;
  const [row] = await database.query<{ id: number }>(
    `insert into users (email, password_hash, prenom, nom, role_id, deleted_at)
     values ($1, 'none', 'Jean', 'Personne', $2, case when $3 then now() end) returning id`,
    [email, roleId, deleted],
  );
  return row!.id;
}

/** A live session of the account, whose tokens nobody has. */
export async function insertSession(userId: number): Promise<string> {
  const sessionId = crypto.randomUUID();
  await database.query(
    `insert into refresh_tokens (user_id, session_id, token, methods, expires_at)
     values ($1, $2, $3, '{pwd}', now() + interval '30 days')`,
    [userId, sessionId, crypto.randomUUID()],
  );
  return sessionId;
}

/** Nobody has its secret. */
export async function insertApiKey(userId: number): Promise<string> {
  const id = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  await database.query(
    `insert into api_keys (user_id, key_id, name, hash, mark_id, permissions, expires_at)
     values ($1, $2, 'Sauvegarde', $2, gen_random_uuid(), '[]', now() + interval '1 day')`,
    [userId, id],
  );
  return id;
}

/** Nobody has its secret. */
export async function insertApplication(): Promise<string> {
  const id = `app_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  await database.query(
    `insert into oauth_clients (client_id, name, hash, mark_id, permissions, audiences)
     values ($1, 'Export', $1, gen_random_uuid(), '[]', '[]')`,
    [id],
  );
  return id;
}

/** Nobody listens there, and nobody knows its secret. */
export async function insertWebhook(): Promise<string> {
  const id = crypto.randomUUID();
  await database.query(
    "insert into webhook_endpoints (id, url, description, events, secret) values ($1, 'http://127.0.0.1:9/', '', '{user.restored}', '')",
    [id],
  );
  return id;
}

export async function insertDelivery(endpointId: string): Promise<number> {
  const [row] = await database.query<{ id: string }>(
    `insert into webhook_deliveries (endpoint_id, event_id, type, data, happened_at, status)
     values ($1, gen_random_uuid(), 'user.deleted', '{}', now(), 'failed') returning id`,
    [endpointId],
  );
  return Number(row!.id);
}

/** Of a session of theirs to an application that they have let in. */
export async function insertGrant(userId: number): Promise<void> {
  const client = await insertApplication();
  await database.query(
    `with client as (select id from oauth_clients where client_id = $2), consent as (
       insert into oauth_consents (user_id, client_id, scopes) select $1, id, '["openid"]' from client
     )
     insert into oauth_grants (user_id, client_id, grant_id, session_id, code_hash, scopes, token)
     select $1, client.id, gen_random_uuid(), s.session_id, $2, '["openid"]', $2
     from client, refresh_tokens s where s.user_id = $1 order by s.id limit 1`,
    [userId, client],
  );
}

/** A job that failed for good. */
export async function insertDeadJob(
  job: Record<string, unknown> & { type: string } = { type: "forgot_password", email: "personne@example.test" },
): Promise<number> {
  const [row] = await database.query<{ id: number }>(
    "insert into dead_jobs (message_id, type, job) values ($1, $2, $3::jsonb) returning id",
    [crypto.randomUUID(), job.type, JSON.stringify(job)],
  );
  return row!.id;
}

/** The audit record of a broadcast that nobody has begun to deliver. */
export async function insertBroadcast(): Promise<string> {
  const id = crypto.randomUUID();
  await database.query(
    "insert into audit_logs (action, target_type, target_id, metadata) values ('notification.sent', 'broadcast', $1, '{}')",
    [id],
  );
  return id;
}

/** Makes every session of the account one that authenticated too long ago to be fresh. */
export async function ageSessions(userId: number): Promise<void> {
  await database.query("update refresh_tokens set authenticated_at = now() - interval '601 s' where user_id = $1", [
    userId,
  ]);
}

/** The audit log's records about an account. */
export const auditOf = (userId: number) =>
  database.query<{ action: string; actor_id: number; metadata: any; request_id: string; ip_address: string }>(
    "select action, actor_id, metadata, request_id, ip_address from audit_logs where target_type = 'user' and target_id = $1 order by id",
    [String(userId)],
  );

/** The types of its notifications. */
export const noticesOf = async (userId: number) =>
  (
    await database.query<{ type: string }>("select type from notifications where user_id = $1 order by id", [userId])
  ).map((row) => row.type);
