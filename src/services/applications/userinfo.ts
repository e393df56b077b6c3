/** Who somebody is, for an application that they have signed in to (OpenID Connect Core, §5.3). One trip. */
import { sql } from "drizzle-orm";
import { verifyAccessToken } from "../../crypto/access-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { readAs } from "../access/actor.ts";
import { userinfoOf } from "./grant-answer.ts";

export interface UserInfo {
  sub: string;
  name?: string;
  given_name?: string;
  family_name?: string;
  locale?: string;
  updated_at?: number;
  email?: string;
  email_verified?: boolean;
}

interface Row extends Record<string, unknown> {
  subject: string;
  prenom: string;
  nom: string;
  locale: string;
  email: string;
  isVerified: boolean;
  updatedAt: string;
}

/** @throws AppError authentication_required, invalid_token */
export async function readUserInfo(platform: Platform, token: string | undefined): Promise<UserInfo> {
  if (token === undefined) throw new AppError("authentication_required");
  const { config, keySet } = platform;
  const expected = { issuer: config.ISSUER, audience: userinfoOf(platform), applications: true };
  const verdict = await verifyAccessToken(await keySet(), token, expected);
  if (!verdict.ok) throw new AppError("invalid_token");
  const { sub, sid, client_id: client, grant_id: grantId, scope = "" } = verdict.claims;
  const userId = Number(sub);
  const { found } = await readAs(
    platform,
    { userId, sessionId: sid },
    {
      found: platform.db.execute<Row>(sql`
      select u.subject, u.prenom, u.nom, u.locale, u.email, u.is_verified as "isVerified", u.updated_at as "updatedAt"
      from users u where u.id = ${userId} and exists (
        select from oauth_grants g join oauth_clients c on c.id = g.client_id
        where g.grant_id = ${grantId ?? null}::uuid and g.session_id = ${sid}::uuid and g.user_id = u.id and g.revoked_at is null
          and c.client_id = ${client ?? null} and c.disabled_at is null)`),
    },
  );
  const person = found.rows[0];
  if (!person) throw new AppError("invalid_token");
  const scopes = scope.split(" ");
  return {
    sub: person.subject,
    ...(scopes.includes("profile") && {
      name: `${person.prenom} ${person.nom}`,
      given_name: person.prenom,
      family_name: person.nom,
      locale: person.locale,
      updated_at: Math.floor(Date.parse(person.updatedAt) / 1000),
    }),
    ...(scopes.includes("email") && { email: person.email, email_verified: person.isVerified }),
  };
}
