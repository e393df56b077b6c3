/** Is this access token good? Answered without the database, unless the caller asks for it. */
import { verifyAccessToken, type AccessTokenClaims, type AccessTokenFailure } from "../crypto/access-token.ts";
import type { Platform } from "../platform/index.ts";
import { databaseFailure } from "../db/client.ts";
import { assertSession } from "./sessions.ts";

export interface VerificationInput {
  token: string;
  audience?: string | undefined;
  permission?: string | undefined;
  /** Asks the database whether session, account and permission still stand: one trip. */
  strict?: boolean | undefined;
}

export type Verification =
  | { active: true; claims: AccessTokenClaims }
  | { active: false; reason: AccessTokenFailure | "permission_missing" | "session_revoked" | "two_factor_required" };

export async function verifyToken(platform: Platform, input: VerificationInput): Promise<Verification> {
  const { config } = platform;
  const audience = input.audience ?? config.AUDIENCE;
  const verdict = await verifyAccessToken(await platform.keySet(), input.token, { issuer: config.ISSUER, audience });
  if (!verdict.ok) return { active: false, reason: verdict.reason };
  const { claims } = verdict;
  if (input.strict) return verifyInDatabase(platform, claims, input.permission);
  if (input.permission && !hasPermission(claims.permissions, input.permission)) {
    return { active: false, reason: "permission_missing" };
  }
  return { active: true, claims };
}

async function verifyInDatabase(
  platform: Platform,
  claims: AccessTokenClaims,
  permission?: string,
): Promise<Verification> {
  try {
    await platform.db.execute(
      assertSession(platform, { userId: Number(claims.sub), sessionId: claims.sid, ...(permission && { permission }) }),
    );
    return { active: true, claims };
  } catch (error) {
    const sqlState = databaseFailure(error)?.sqlState;
    if (sqlState === "AUTH1") return { active: false, reason: "session_revoked" };
    if (sqlState === "AUTH2") return { active: false, reason: "permission_missing" };
    if (sqlState === "AUTH4") return { active: false, reason: "two_factor_required" };
    throw error;
  }
}

/** `*` grants all, `users:*` every action on users, `users:read` itself. */
export function hasPermission(granted: string[], needed: string): boolean {
  return granted.some(
    (permission) => permission === "*" || permission === needed || permission === `${needed.split(":")[0]}:*`,
  );
}
