/**
 * Applications that somebody has signed in to hear when the session is over (OpenID Connect Back-Channel Logout 1.0). As an
 * event leaves the outbox that ends sessions, each of them gets a row: sent at once, and by the sweep until it is taken.
 */
import { sql, type SQL } from "drizzle-orm";
import { signLogoutToken, type IdTokenAlgorithm } from "../../crypto/id-token.ts";
import type { Platform } from "../../platform/index.ts";
import { kindOf } from "../events/catalogue.ts";
import type { OutboxRow } from "../events/outbox.ts";
import { ANSWER_LIMIT_BYTES, failureOf, isTaken, RETRY_SECONDS, TIME_LIMIT_MS } from "../webhooks/sending.ts";

/** Tokens of one job. A Worker has six requests open at once; it needs one for the database. */
const SENT_AT_ONCE = 5;
/** To one application, a minute, so that one that fails holds up no other. */
const SWEPT_AT_ONCE = 50;
/** The most that the specification advises. */
const LIFETIME_SECONDS = 120;

type Waiting = { id: string };

/**
 * Statement: of the accounts of these events, whatever session is over and whoever has an ID token of it. Asked of the
 * rows, not of the event: so no way to end a session is left out, and nobody is told twice.
 */
export function noteEnded(rows: OutboxRow[]): SQL | undefined {
  const ended = rows.filter(({ job: { event, facts } }) => kindOf(event).ends && facts.userId !== undefined);
  const userIds = [...new Set(ended.map(({ job }) => job.facts.userId))];
  if (userIds.length === 0) return undefined;
  return sql`
    insert into logout_tokens (session_id, client_id)
    select g.session_id, g.client_id from oauth_grants g
    join refresh_tokens session on session.session_id = g.session_id and session.revoked_at is not null
    join oauth_clients c on c.id = g.client_id and c.disabled_at is null and c.backchannel_logout_uri is not null
    where g.user_id = any(${sql.param(userIds)}::int[]) and g.scopes ? 'openid'
    order by g.session_id, g.client_id
    on conflict (session_id, client_id) do nothing
    returning id`;
}

/** What the queue refuses is due at the next sweep. */
export async function queueLogoutTokens(platform: Platform, rows: Waiting[]): Promise<void> {
  const ids = rows.map(({ id }) => id);
  const jobs = Array.from({ length: Math.ceil(ids.length / SENT_AT_ONCE) }, (_, at) =>
    platform.enqueue({ type: "logout_tokens", ids: ids.slice(at * SENT_AT_ONCE, (at + 1) * SENT_AT_ONCE) }),
  );
  await Promise.allSettled(jobs);
}

/** Every minute: what is due goes to the queue, and is due again should nobody have tried it in two minutes. */
export async function sweepLogoutTokens(platform: Platform): Promise<void> {
  const { rows } = await platform.db.execute<Waiting>(sql`
    update logout_tokens set next_at = now() + interval '2 minutes' where id in (
      select due.id from oauth_clients c cross join lateral (
        select t.id from logout_tokens t where t.client_id = c.id and t.next_at <= now()
        order by t.next_at limit ${SWEPT_AT_ONCE}::int for update skip locked
      ) due where c.disabled_at is null and c.backchannel_logout_uri is not null)
    returning id`);
  await queueLogoutTokens(platform, rows);
}

interface Due extends Waiting, Record<string, unknown> {
  sessionId: string;
  client: string;
  uri: string;
  algorithm: IdTokenAlgorithm;
  subject: string;
  attempts: number;
}

/** The queue's part. Two trips; a second message about one that was taken finds nothing to do. */
export async function sendLogoutTokens(platform: Platform, { ids }: { ids: string[] }): Promise<void> {
  const { db } = platform;
  const { rows } = await db.execute<Due>(sql`
    update logout_tokens t set attempts = t.attempts + 1, next_at = now() + interval '2 minutes', updated_at = now()
    from oauth_clients c, refresh_tokens session join users u on u.id = session.user_id
    where t.id = any(${sql.param(ids)}::uuid[]) and t.next_at is not null and session.session_id = t.session_id
      and c.id = t.client_id and c.disabled_at is null and c.backchannel_logout_uri is not null
    returning t.id, t.session_id as "sessionId", c.client_id as client, c.backchannel_logout_uri as uri,
      c.id_token_algorithm as algorithm, u.subject, t.attempts`);
  if (rows.length === 0) return;
  // After the last try there is no wait in the list, so it is never due again.
  const outcomes = await Promise.all(rows.map(async (due) => ({ id: due.id, taken: await send(platform, due) })));
  await db.execute(sql`
    update logout_tokens t set updated_at = now(), next_at = case when not o.taken
      then now() + make_interval(secs => (${sql.param(RETRY_SECONDS)}::int[])[t.attempts]) end
    from jsonb_to_recordset(${JSON.stringify(outcomes)}::jsonb) as o (id uuid, taken boolean)
    where t.id = o.id`);
}

/** Whether the application took it. The same `jti` each time, so that it knows a repetition. */
async function send(
  platform: Platform,
  { id, sessionId, client, uri, algorithm, subject, attempts }: Due,
): Promise<boolean> {
  const { config, keySet } = platform;
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: config.ISSUER, aud: client, sub: subject, sid: sessionId, jti: id };
  const logout_token = await signLogoutToken(await keySet(), algorithm, {
    ...claims,
    iat,
    exp: iat + LIFETIME_SECONDS,
  });
  const answer = await platform
    .fetchOutward(uri, {
      method: "POST",
      body: new URLSearchParams({ logout_token }),
      timeLimitMs: TIME_LIMIT_MS,
      answerLimitBytes: ANSWER_LIMIT_BYTES,
    })
    .then(({ status }) => ({ status, failure: null }))
    .catch((error: unknown) => ({ status: null, failure: failureOf(error) }));
  const taken = isTaken(answer);
  if (!taken) platform.log("logout_not_taken", { application: client, attempts, ...answer });
  return taken;
}
