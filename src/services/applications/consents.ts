/** A person lets an application have something, sees which ones have, and takes it back. */
import { sql } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { parseRefreshToken } from "../../crypto/refresh-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { AuthorizationError } from "./authorization-request.ts";
import { codeUrl, refusalUrl } from "./authorization.ts";
import { openAuthorization } from "./sealed.ts";

/**
 * The answer to a question of `authorize`, from the same browser session. Returns where the person goes.
 * @throws AppError invalid_link for a question that is not ours, too old, or somebody else's; invalid_token
 */
export async function decide(
  platform: Platform,
  { sealed, allowed, refreshToken }: { sealed: string; allowed: boolean; refreshToken: string | undefined },
): Promise<string> {
  const asked = await openAuthorization(platform.secrets, "oauth-consent", sealed);
  const shown = refreshToken === undefined ? undefined : await parseRefreshToken(platform.secrets, refreshToken);
  if (!asked || asked.sessionId !== shown?.sessionId) throw new AppError("invalid_link");
  const { id: _, expiresAt: __, ...authorization } = asked;
  if (!allowed) {
    const error = new AuthorizationError("access_denied", "The person said no");
    return refusalUrl(platform, { ...authorization, error });
  }
  const { userId, sessionId, client, scopes, redirectUri } = authorization;
  const { kept } = await asActor(
    platform,
    { userId, sessionId },
    {
      kept: platform.db.execute(sql`
      insert into oauth_consents as consent (user_id, client_id, scopes)
      select ${userId}, c.id, ${JSON.stringify(scopes)}::jsonb from oauth_clients c
      where c.client_id = ${client} and c.disabled_at is null
      on conflict (user_id, client_id) do update set updated_at = now(), scopes = (
        select coalesce(jsonb_agg(distinct scope), '[]') from jsonb_array_elements(consent.scopes || excluded.scopes) scope)
      returning consent.id`),
      ...happened(platform, {
        event: "consent.given",
        userId,
        target: ["application", client],
        metadata: { scopes },
        where: sql`exists (select from oauth_clients c where c.client_id = ${client} and c.disabled_at is null)`,
      }),
    },
  );
  if (kept.rows.length === 0) throw new AppError("invalid_link");
  return codeUrl(platform, { ...authorization, redirectUri });
}

export interface ConnectedApplication {
  /** Its `client_id`. */
  id: string;
  name: string;
  scopes: string[];
  since: string;
  lastUsedAt: string | null;
}

/** All of them, oldest first. */
export async function listConnected(platform: Platform, actor: Actor): Promise<ConnectedApplication[]> {
  const { page } = await readAs(platform, actor, {
    page: platform.db.execute<ConnectedApplication & Record<string, unknown>>(sql`
      select c.client_id as id, c.name, consent.scopes, consent.created_at as since, (
        select max(g.last_used_at) from oauth_grants g where g.user_id = consent.user_id and g.client_id = c.id
      ) as "lastUsedAt"
      from oauth_consents consent join oauth_clients c on c.id = consent.client_id
      where consent.user_id = ${actor.userId} order by consent.id`),
  });
  return page.rows.map(({ id, name, scopes, since, lastUsedAt }) => ({
    id,
    name,
    scopes,
    since: isoTime(since),
    lastUsedAt: isoTime(lastUsedAt),
  }));
}

/** Its refresh tokens and codes are over with it. @throws AppError not_found */
export async function withdrawConsent(platform: Platform, actor: Actor, client: string): Promise<void> {
  const { userId } = actor;
  const which = sql`user_id = ${userId} and client_id = (select c.id from oauth_clients c where c.client_id = ${client})`;
  const { withdrawn } = await asActor(platform, actor, {
    found: platform.db.execute(sql`
      select set_config('auth_api.remembered', to_json(exists (select from oauth_consents where ${which}))::text, true)`),
    withdrawn: platform.db.execute(sql`delete from oauth_consents where ${which} returning id`),
    ended: platform.db.execute(sql`
      update oauth_grants set revoked_at = now(), updated_at = now() where ${which} and revoked_at is null`),
    ...happened(platform, {
      event: "consent.withdrawn",
      userId,
      target: ["application", client],
      where: sql`current_setting('auth_api.remembered')::boolean`,
    }),
  });
  if (withdrawn.rows.length === 0) throw new AppError("not_found");
}
