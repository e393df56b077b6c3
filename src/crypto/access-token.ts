/** Issues access tokens (RFC 9068); access-token-verification.ts verifies them. */

import { SignJWT } from "jose";

import {
  MAXIMUM_TOKEN_CHARACTERS,
  TOKEN_TYPE,
  toSeconds,
  type AccessTokenClaims,
} from "./access-token-verification.ts";
import { SIGNING_ALGORITHM, type KeySet } from "./key-set.ts";
import { createTokenId } from "./token-id.ts";

export {
  verifyAccessToken,
  type AccessTokenClaims,
  type AccessTokenFailure,
  type AccessTokenResult,
} from "./access-token-verification.ts";
export { allPublicJwks, generateKeySet, importKeySet, publicJwks, type KeySet } from "./key-set.ts";

/**
 * @throws RangeError when the claims (a very long list of permissions) make the token longer than any verifier accepts.
 */
export async function signAccessToken(
  keySet: KeySet,
  input: {
    issuer: string;
    audience: string | string[];
    subject: string;
    sessionId: string;
    role: number;
    permissions: string[];
    amr: string[];
    authenticatedAt: Date;
    ttlSeconds: number;
    now?: Date;
    /** Without it, the token is a session's own. */
    application?: { client_id: string; scope: string; grant_id?: string };
    /** Who acts in the place of `subject` (RFC 8693). */
    actor?: string;
  },
): Promise<{ token: string; claims: AccessTokenClaims }> {
  const now = input.now ?? new Date();
  const issuedAt = toSeconds(now);
  const claims: AccessTokenClaims = {
    iss: input.issuer,
    aud: input.audience,
    sub: input.subject,
    iat: issuedAt,
    exp: issuedAt + input.ttlSeconds,
    jti: createTokenId(now),
    sid: input.sessionId,
    role: input.role,
    permissions: input.permissions,
    amr: input.amr,
    auth_time: toSeconds(input.authenticatedAt),
    ...input.application,
  };
  const act = input.actor === undefined ? {} : { act: { sub: input.actor } };
  const token = await new SignJWT({ ...claims, ...act })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: TOKEN_TYPE, kid: keySet.signing.kid })
    .sign(keySet.signing.privateKey);
  if (token.length > MAXIMUM_TOKEN_CHARACTERS) {
    throw new RangeError(`access token over ${MAXIMUM_TOKEN_CHARACTERS} characters`);
  }
  return { token, claims };
}
