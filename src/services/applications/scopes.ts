/** What an application may ask for: what OpenID Connect names, and permissions that it was registered with. */
import { hasPermission } from "../../verifier/contract.ts";

/** OpenID Connect Core, §5.4 and §11. A refresh token is given anyway. */
export const IDENTITY_SCOPES = ["openid", "profile", "email", "offline_access"];

/** Of what was asked for, what it may have; anything else is left out, as §3.1.2.1 wants it. */
export function allowedScopes(asked: string | undefined, permissions: string[]): string[] {
  const scopes = new Set((asked ?? "").split(" ").filter(Boolean));
  return [...scopes].filter((scope) => IDENTITY_SCOPES.includes(scope) || hasPermission(permissions, scope));
}

/** The permissions among the scopes that the person holds. */
export function permissionsAmong(scopes: string[], held: string[]): string[] {
  return scopes.filter((scope) => !IDENTITY_SCOPES.includes(scope) && hasPermission(held, scope));
}
