/** What the database says about an account, in one query. */
import type { Subject } from "./subject.ts";
import type { World } from "./world.ts";

export interface Facts {
  user: {
    email: string;
    isProven: boolean;
    isActive: boolean;
    isDeleted: boolean;
    passwordHash: string | null;
    roleId: number;
  };
  permissions: string[];
  sessions: { id: string; live: boolean; methods: string[]; generation: number }[];
  tokens: { id: number; purpose: string; live: boolean; attempts: number }[];
  factors: { type: string; on: boolean; step: number | null }[];
  unusedCodes: number;
  apiKeys: string[];
  /** As the provider names them. */
  identities: string[];
  /** Grants to applications, by the session that they came from. */
  grants: { session: string; live: boolean; madeHere: boolean }[];
  /** Newer than asked; `by` behind the action where the account is the actor and somebody else the target. */
  audit: { id: number; action: string; actorId: number | null }[];
  /** Of the whole log, from there on. */
  chainHolds: boolean;
  lastAuditId: number;
}

export async function readFacts({ query }: World, { userId, roleId }: Subject, afterAuditId?: number): Promise<Facts> {
  const [row] = await query<{ facts: Facts }>(FACTS, [userId, afterAuditId ?? null, roleId]);
  return row!.facts;
}

const FACTS = `
  with recent as (
    select l.*, audit_log_hash(coalesce(lag(l.hash) over (order by l.id), ''), l) as expected, lag(l.id) over (order by l.id) as previous
    from audit_logs l where l.id >= $2::bigint
  )
  select jsonb_build_object(
    'user', (
      select jsonb_build_object('email', email, 'isProven', is_verified, 'isActive', is_active, 'isDeleted', deleted_at is not null,
        'passwordHash', password_hash, 'roleId', role_id) from users where id = $1::int),
    'permissions', (select r.permissions from users u join roles r on r.id = u.role_id where u.id = $1::int),
    'sessions', (
      select coalesce(jsonb_agg(jsonb_build_object('id', session_id, 'live', revoked_at is null and expires_at > now(),
        'methods', methods, 'generation', generation)), '[]') from refresh_tokens where user_id = $1::int),
    'tokens', (
      select coalesce(jsonb_agg(jsonb_build_object('id', id, 'purpose', purpose, 'live', used_at is null and expires_at > now(),
        'attempts', attempts)), '[]') from one_time_tokens where user_id = $1::int),
    'factors', (
      select coalesce(jsonb_agg(jsonb_build_object('type', type, 'on', confirmed_at is not null, 'step', last_used_step)), '[]')
      from (
        select type, confirmed_at, last_used_step from two_factor_methods where user_id = $1::int
        union all select 'passkey ' || id, created_at, counter from passkeys where user_id = $1::int) factor),
    'unusedCodes', (select count(*) from recovery_codes where user_id = $1::int and used_at is null),
    'grants', (
      select coalesce(jsonb_agg(jsonb_build_object('session', session_id, 'live', revoked_at is null,
        'madeHere', code_hash <> grant_id::text)), '[]') from oauth_grants where user_id = $1::int),
    'apiKeys', (select coalesce(jsonb_agg(key_id), '[]') from api_keys where user_id = $1::int),
    'identities', (select coalesce(jsonb_agg(subject), '[]') from identities where user_id = $1::int),
    'audit', (
      select coalesce(jsonb_agg(jsonb_build_object('id', id, 'actorId', actor_id, 'action', action || case
          when actor_id = $1::int and (target_type <> 'user' or target_id <> $1::int::text) and target_type <> 'session' then ' by' else '' end
        ) order by id), '[]') from recent
      where id > $2::bigint and (actor_id = $1::int or (target_type = 'user' and target_id = $1::int::text)
        or (target_type = 'role' and target_id = $3::int::text))),
    'chainHolds', (
      select coalesce(bool_and(hash = expected and (previous is null or id = previous + 1)), true)
      from recent where id > $2::bigint and (previous is not null or $2::bigint = 0)),
    'lastAuditId', coalesce((select max(id) from audit_logs), 0)
  ) as facts`;
