/** The tokens of a person's grant to an application. */
import { signAccessToken } from "../../crypto/access-token.ts";
import { signIdToken, type IdTokenAlgorithm } from "../../crypto/id-token.ts";
import type { Platform } from "../../platform/index.ts";
import { usablePermissions } from "../access/permissions.ts";
import { permissionsAmong } from "./scopes.ts";
import type { TokenAnswer } from "./machine-tokens.ts";

/** The person, as the database has them now. */
export interface Granted {
  userId: number;
  subject: string;
  roleId: number;
  permissions: string[];
  methods: string[];
  authenticatedAt: string;
  /** What the application reads ID tokens by. */
  algorithm: IdTokenAlgorithm;
}

/** OpenID Connect Core, §3.1.3.3. */
export interface GrantAnswer extends TokenAnswer {
  refresh_token: string;
  id_token?: string;
}

interface Input extends Granted {
  grantId: string;
  sessionId: string;
  client: string;
  scopes: string[];
  audience: string | undefined;
  nonce?: string | undefined;
  refreshToken: string;
  issuedAt: Date;
}

/** Whom a token is for that only asks who somebody is. */
export const userinfoOf = ({ config }: Platform) => `${config.ISSUER}/oauth/userinfo`;

/**
 * The access token names the person by their number, as every token does that other Workers verify; the ID token, which is
 * the application's to read, by their subject.
 */
export async function answerGrant(platform: Platform, input: Input): Promise<GrantAnswer> {
  const { config } = platform;
  const keySet = await platform.keySet();
  const { scopes, issuedAt, grantId, sessionId, client, methods, nonce } = input;
  const authenticatedAt = new Date(input.authenticatedAt);
  const isIdentity = scopes.includes("openid");
  const audiences = [
    ...(input.audience === undefined ? [] : [input.audience]),
    ...(isIdentity ? [userinfoOf(platform)] : []),
  ];
  const scope = scopes.join(" ");
  const { token } = await signAccessToken(keySet, {
    issuer: config.ISSUER,
    audience: audiences.length > 1 ? audiences : (audiences[0] ?? userinfoOf(platform)),
    subject: String(input.userId),
    sessionId,
    role: input.roleId,
    permissions: permissionsAmong(scopes, usablePermissions(platform, input.permissions, methods)),
    amr: methods,
    authenticatedAt,
    ttlSeconds: config.ACCESS_TOKEN_TTL,
    now: issuedAt,
    application: { client_id: client, scope, grant_id: grantId },
  });
  const iat = Math.floor(issuedAt.getTime() / 1000);
  const claims = {
    iss: config.ISSUER,
    sub: input.subject,
    aud: client,
    iat,
    exp: iat + config.ACCESS_TOKEN_TTL,
    auth_time: Math.floor(authenticatedAt.getTime() / 1000),
    amr: methods,
    sid: sessionId,
    ...(nonce !== undefined && { nonce }),
  };
  return {
    access_token: token,
    token_type: "Bearer",
    expires_in: config.ACCESS_TOKEN_TTL,
    scope,
    refresh_token: input.refreshToken,
    ...(isIdentity && { id_token: await signIdToken(keySet, input.algorithm, { claims, accessToken: token }) }),
  };
}
