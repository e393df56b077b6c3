/** Verifies an access token or an API key: one verdict for every way to ask; a token without the database, unless `strict`. */
import { sql } from "drizzle-orm";
import { looksLikeApiKey } from "../../crypto/api-key.ts";
import { verifyAccessToken, type AccessTokenClaims } from "../../crypto/access-token.ts";
import { refusalOf } from "../../db/rules.ts";
import type { ErrorCode } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { hasPermission, refuse, type Verdict, type VerifyOptions } from "../../verifier/contract.ts";
import { usablePermissions } from "../access/permissions.ts";
import { verifyApiKey } from "../applications/api-key-verification.ts";
import { permissionsAmong } from "../applications/scopes.ts";
import { readRevocation } from "./marks.ts";
import { readAs } from "../access/actor.ts";
import { joinRole } from "../access/held-role.ts";

export { AUDIENCE_MAX_LENGTH, PERMISSION } from "../../verifier/contract.ts";

export interface VerificationInput extends VerifyOptions {
  token: string;
  /** Required in addition to `audience`: fixed by the binding that the call came through. */
  boundAudience?: string | undefined;
}

/** @throws the database's error, when `strict` queries it and it does not answer. */
export async function verifyToken(platform: Platform, input: VerificationInput): Promise<Verdict> {
  if (looksLikeApiKey(input.token)) return verifyApiKey(platform, input);
  const { config } = platform;
  const audience = input.boundAudience ?? input.audience ?? config.AUDIENCE;
  const signed = await verifyAccessToken(await platform.keySet(), input.token, {
    issuer: config.ISSUER,
    audience,
    applications: true,
  });
  if (!signed.ok) return refuse(signed.reason);
  const { claims } = signed;
  if (input.audience !== undefined && ![claims.aud].flat().includes(input.audience)) return refuse("audience_mismatch");
  if (input.strict && claims.sub === claims.client_id) return verifyMachine(platform, claims, input.permission);
  if (input.strict) return verifyInDatabase(platform, claims, input.permission);

  const state = await readRevocation(platform, claims);
  if (state === "unknown" && input.ifUnknown === "refuse") return refuse("service_unavailable");
  if (state !== "live" && state !== "unknown") return refuse(state);
  if (input.permission !== undefined && !hasPermission(claims.permissions, input.permission))
    return refuse("permission_missing");
  return { ok: true, claims };
}

/** What the database refuses a session, as a verdict says it. */
const REASONS: { [Code in ErrorCode]?: Parameters<typeof refuse>[0] } = {
  invalid_token: "session_revoked",
  forbidden: "permission_missing",
  two_factor_required: "two_factor_required",
};

/** The claims then say what the session has shown by now and what it may do, whatever the token was issued with. */
async function verifyInDatabase(
  platform: Platform,
  claims: AccessTokenClaims,
  permission: string | undefined,
): Promise<Verdict> {
  const userId = Number(claims.sub);
  const actor = { userId, sessionId: claims.sid, ...(permission !== undefined && { permission }) };
  const { client_id: client, grant_id: grantId, scope } = claims;
  try {
    const { present } = await readAs(platform, actor, {
      present: platform.db.execute<
        Pick<AccessTokenClaims, "role" | "permissions" | "amr"> & { isGranted: boolean }
      >(sql`
        select r.id as role, r.permissions, s.methods as amr, exists (
          select from oauth_grants g join oauth_clients c on c.id = g.client_id
          where g.grant_id = ${grantId ?? null}::uuid and g.session_id = s.session_id and g.revoked_at is null
            and c.client_id = ${client ?? null} and c.disabled_at is null
        ) as "isGranted"
        from refresh_tokens s join users u on u.id = s.user_id ${joinRole}
        where s.session_id = ${claims.sid}::uuid`),
    });
    const { role, permissions: held, amr, isGranted } = present.rows[0]!;
    const usable = usablePermissions(platform, held, amr);
    if (client === undefined) return { ok: true, claims: { ...claims, role, amr, permissions: usable } };
    if (!isGranted) return refuse("session_revoked");
    // An application has no more of them than it was given.
    const permissions = permissionsAmong((scope ?? "").split(" "), usable);
    if (permission !== undefined && !hasPermission(permissions, permission)) return refuse("permission_missing");
    return { ok: true, claims: { ...claims, role, amr, permissions } };
  } catch (error) {
    const reason = REASONS[refusalOf(error) ?? "internal_error"];
    if (reason) return refuse(reason);
    throw error;
  }
}

/** A token that an application got for itself: the application must still be as it was. */
async function verifyMachine(
  { db }: Platform,
  claims: AccessTokenClaims,
  permission: string | undefined,
): Promise<Verdict> {
  const { rows } = await db.execute(sql`
    select from oauth_clients where client_id = ${claims.sub} and mark_id = ${claims.sid}::uuid and disabled_at is null`);
  if (rows.length === 0) return refuse("session_revoked");
  return permission === undefined || hasPermission(claims.permissions, permission)
    ? { ok: true, claims }
    : refuse("permission_missing");
}
