/** What an application gets for a code, and again for a refresh token: one trip each. */
import { sql, type SQL } from "drizzle-orm";
import { CLIENT_ID } from "../../crypto/access-token-verification.ts";
import { hashClientSecret } from "../../crypto/client-secret.ts";
import { hashToken } from "../../crypto/one-time-token.ts";
import { isOfPresentSecret, issueRefreshToken, parseRefreshToken } from "../../crypto/refresh-token.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { GRACE_SECONDS } from "../sessions/refresh.ts";
import { SESSION_ABSOLUTE_DAYS, SESSION_IDLE_DAYS } from "../sessions/session.ts";
import { clientShows, type ClientClaim } from "./client-authentication.ts";
import { answerGrant, type GrantAnswer, type Granted } from "./grant-answer.ts";
import { isLetIn } from "./open-clients.ts";
import { OAuthError } from "./oauth-error.ts";
import { openAuthorization } from "./sealed.ts";

const invalidClient = () => new OAuthError("invalid_client", "Unknown client, or a wrong secret");
const invalidGrant = () => new OAuthError("invalid_grant", "Not valid, used, expired, or another client's");

/** Null for a client without a secret. @throws OAuthError invalid_client */
async function secretHashOf({ id, secret }: ClientClaim): Promise<string | null> {
  if (!CLIENT_ID.test(id)) throw invalidClient();
  if (secret === undefined) return null;
  const hash = await hashClientSecret(secret);
  if (hash === undefined) throw invalidClient();
  return hash;
}

/** Expression: its id, if it is of a kind that is let in. */
function letIn(platform: Platform, { id }: ClientClaim): SQL {
  return sql`(select c.client_id from oauth_clients c where c.client_id = ${id} and ${isLetIn(platform)})`;
}

/** Expression. */
const algorithmOf = ({ id }: ClientClaim) =>
  sql`(select c.id_token_algorithm from oauth_clients c where c.client_id = ${id})`;

interface Exchanged extends Record<string, unknown> {
  /** Null where the code is good for nothing. */
  granted: Granted | null;
}

/**
 * The first of parallel uses makes the grant; any later one ends it (drizzle/functions/exchange_code.sql).
 * @throws OAuthError invalid_client, invalid_grant
 */
export async function exchangeCode(
  platform: Platform,
  client: ClientClaim,
  { code, redirectUri, verifier }: { code: string; redirectUri: string | undefined; verifier: string | undefined },
): Promise<GrantAnswer> {
  const { db, secrets } = platform;
  const issuedAt = new Date();
  const secretHash = await secretHashOf(client);
  const opened = await openAuthorization(secrets, "oauth-code", code);
  if (!opened || opened.client !== client.id) throw invalidGrant();
  if (redirectUri !== undefined && redirectUri !== opened.redirectUri) throw invalidGrant();
  // A verifier where no challenge was asked for is a downgrade that somebody else has made.
  if (opened.challenge === undefined ? verifier !== undefined : !(await answers(opened.challenge, verifier)))
    throw invalidGrant();
  const { userId, sessionId, scopes, audience, id: grantId } = opened;
  const codeHash = await hashToken(code);
  const refreshToken = await issueRefreshToken(secrets, { sessionId: grantId, generation: 0 });
  const { rows } = await db.execute<Exchanged>(sql`
    select case when made then jsonb_build_object('userId', ${userId}::int, 'subject', person_subject, 'roleId', role,
      'permissions', held, 'methods', shown, 'authenticatedAt', shown_at, 'algorithm', ${algorithmOf(client)}) end as granted
    from exchange_code(${letIn(platform, client)}, ${secretHash}, ${userId}::int, ${sessionId}::uuid, ${codeHash}, ${grantId}::uuid,
      ${JSON.stringify(scopes)}::jsonb, ${audience ?? null}, ${await hashToken(refreshToken)})`);
  if (!rows[0]) throw invalidClient();
  const { granted } = rows[0];
  if (!granted) throw invalidGrant();
  return answerGrant(platform, {
    ...granted,
    grantId,
    sessionId,
    client: client.id,
    scopes,
    audience,
    nonce: opened.nonce,
    refreshToken,
    issuedAt,
  });
}

/** RFC 7636 §4.6. */
async function answers(challenge: string, verifier: string | undefined): Promise<boolean> {
  if (verifier === undefined || !/^[\w.~-]{43,128}$/.test(verifier)) return false;
  return (await hashToken(verifier)) === challenge;
}

interface Rotated extends Granted, Record<string, unknown> {
  outcome: "rotated" | "repeated" | "reused" | "refused";
  sessionId: string;
  scopes: string[];
  audience: string | null;
}

/**
 * The rules of a session's own refresh token (drizzle/functions/rotate_grant.sql).
 * @throws OAuthError invalid_client, invalid_grant, invalid_scope
 */
export async function refreshGrant(
  platform: Platform,
  client: ClientClaim,
  { refreshToken, scope }: { refreshToken: string; scope: string | undefined },
): Promise<GrantAnswer> {
  const { secrets } = platform;
  const issuedAt = new Date();
  const secretHash = await secretHashOf(client);
  const parsed = await parseRefreshToken(secrets, refreshToken);
  if (!parsed) throw invalidGrant();
  const { sessionId: grantId, generation } = parsed;
  const successor = await issueRefreshToken(secrets, { sessionId: grantId, generation: generation + 1 });
  const { rows } = await platform.db.execute<Rotated>(sql`
    with rotation as materialized (
      select * from rotate_grant(${grantId}::uuid, ${generation}::bigint, ${await isOfPresentSecret(secrets, refreshToken)}::boolean,
        ${await hashToken(refreshToken)}, ${await hashToken(successor)}, ${letIn(platform, client)}, ${secretHash},
        make_interval(secs => ${GRACE_SECONDS}::int), make_interval(days => ${SESSION_IDLE_DAYS}::int),
        make_interval(days => ${SESSION_ABSOLUTE_DAYS}::int))
    )
    select owner as "userId", owner_subject as subject, owner_role as "roleId", owner_permissions as permissions, outcome,
      shown as methods, shown_at as "authenticatedAt", parent as "sessionId", granted as scopes, wanted_audience as audience, ${algorithmOf(client)} as algorithm
    from rotation`);
  const [rotation] = rows;
  if (rotation?.outcome !== "rotated" && rotation?.outcome !== "repeated") throw invalidGrant();
  const asked = scope?.split(" ").filter(Boolean);
  if (asked && !asked.every((each) => rotation.scopes.includes(each)))
    throw new OAuthError("invalid_scope", "The grant does not have this scope");
  return answerGrant(platform, {
    ...rotation,
    grantId,
    client: client.id,
    scopes: asked ?? rotation.scopes,
    audience: rotation.audience ?? undefined,
    refreshToken: successor,
    issuedAt,
  });
}

/**
 * RFC 7009: whoever has any refresh token of a grant, and is its application, ends it. Anything else is over already.
 * @throws OAuthError invalid_client
 */
export async function revokeGrant(platform: Platform, client: ClientClaim, token: string): Promise<void> {
  const secretHash = await secretHashOf(client);
  const parsed = await parseRefreshToken(platform.secrets, token);
  const isClient = clientShows(secretHash);
  const grantId = sql`${parsed?.sessionId ?? null}::uuid`;
  const { caller } = await asAccount(
    platform,
    sql`u.id in (select g.user_id from oauth_grants g where g.grant_id = ${grantId})`,
    {
      ended: platform.db.execute(sql`
      update oauth_grants g set revoked_at = now(), updated_at = now() from oauth_clients c
      where g.grant_id = ${grantId} and g.revoked_at is null and c.id = g.client_id and c.client_id = ${client.id} and ${isClient}`),
      caller: platform.db.execute(sql`select from oauth_clients c where c.client_id = ${client.id} and ${isClient}`),
    },
  );
  if (caller.rows.length === 0) throw invalidClient();
}
