/** Which columns of an answer a table shows; `--json` has all of them. */
import type { Schemas } from "../../src/client/index.ts";
import type { Cell, Output } from "./output.ts";

type Row = Record<string, any>;

const COLUMNS: Record<string, (row: Row) => Record<string, Cell>> = {
  "GET /api/admin/users": ({
    id,
    email,
    prenom,
    nom,
    roleName,
    isActive,
    isVerified,
    twoFactorEnabled,
    lastLoginAt,
    deletedAt,
  }) => ({
    id,
    email,
    name: `${prenom} ${nom}`,
    role: roleName,
    state: deletedAt ? "deleted" : isActive ? "active" : "disabled",
    verified: isVerified,
    "2fa": twoFactorEnabled,
    lastLogin: lastLoginAt,
  }),
  "GET /api/admin/roles": ({ id, name, permissions, inUse, description }) => ({
    id,
    name,
    permissions: permissions.join(" "),
    inUse,
    description,
  }),
  "GET /api/admin/audit-logs": ({ id, createdAt, actorId, action, targetType, targetId, ipAddress, metadata }) => ({
    id,
    time: createdAt,
    actor: actorId,
    action,
    target: targetId === null ? targetType : `${targetType}:${targetId}`,
    from: ipAddress,
    details: Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : "",
  }),
  "GET /api/admin/applications": ({ id, name, isActive, isPublic, isFirstParty, permissions, redirectUris }) => ({
    id,
    name,
    active: isActive,
    public: isPublic,
    ours: isFirstParty,
    permissions: permissions.join(" "),
    redirects: redirectUris.join(" "),
  }),
  "GET /api/admin/users/{id}/api-keys": ({ permissions, ...key }) => ({ ...key, permissions: permissions.join(" ") }),
  "GET /api/admin/webhooks": ({ events, ...webhook }) => ({ ...webhook, events: events.join(" ") }),
  sessions: ({ id, methods, ipAddress, country, city, userAgent, createdAt, lastUsedAt }) => ({
    id,
    since: createdAt,
    lastUsed: lastUsedAt,
    by: methods.join(" "),
    from: ipAddress,
    place: [city, country].filter(Boolean).join(", "),
    browser: userAgent,
  }),
};

/** @param name of the list's operation; one without columns of its own shows all. */
export function rowsOf(name: string, data: Row[]): Record<string, Cell>[] {
  return data.map(COLUMNS[name] ?? ((row) => row as Record<string, Cell>));
}

export function tablesOfUser(details: Schemas["UserDetails"]): NonNullable<Output["tables"]> {
  const { user, sessions, twoFactorMethods, recoveryCodesLeft, identities, lastLogins } = details;
  return [
    ["", rowsOf("GET /api/admin/users", [user])],
    ["Sessions", rowsOf("sessions", sessions)],
    [
      `Second factors (${recoveryCodesLeft} recovery codes left)`,
      twoFactorMethods.map(({ type, confirmedAt }) => ({ type, since: confirmedAt })),
    ],
    [
      "Accounts at other services",
      identities.map(({ provider, issuer, email, linkedAt, lastUsedAt }) => ({
        provider: provider ?? issuer,
        email,
        since: linkedAt,
        lastUsed: lastUsedAt,
      })),
    ],
    [
      "Last logins",
      lastLogins.map(({ createdAt, outcome, reason, method, ipAddress, country, city, userAgent }) => ({
        time: createdAt,
        outcome,
        reason,
        method,
        from: ipAddress,
        place: [city, country].filter(Boolean).join(", "),
        browser: userAgent,
      })),
    ],
  ];
}
