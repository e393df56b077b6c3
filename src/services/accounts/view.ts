/** The published form of an account, and its columns. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import type { Locale } from "../../errors.ts";
import { joinRole } from "../access/held-role.ts";
import { isGuarded } from "../factors/list.ts";

/** Columns of `users u` joined to `roles r`, named as in AccountRow. */
export const accountColumns: SQL = sql`
  u.id, u.email, u.prenom, u.nom, u.telephone, u.locale, r.id as "roleId", u.is_verified as "isVerified",
  u.created_at as "createdAt", u.updated_at as "updatedAt", r.permissions,
  ${isGuarded(sql`u.id`)} as "twoFactorEnabled"`;

export interface AccountRow extends Record<string, unknown> {
  id: number;
  email: string;
  prenom: string;
  nom: string;
  telephone: string | null;
  locale: Locale;
  roleId: number;
  isVerified: boolean;
  createdAt: string;
  updatedAt: string;
  permissions: string[];
  twoFactorEnabled: boolean;
}

/** The published form of an account. */
export type User = ReturnType<typeof toUser>;

export function toUser(row: AccountRow) {
  return {
    id: String(row.id),
    prenom: row.prenom,
    nom: row.nom,
    email: row.email,
    // The published numbers: 0 user, 1 admin, 2 any other.
    role: Math.min(row.roleId, 2),
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
    telephone: row.telephone,
    isVerified: row.isVerified,
    twoFactorEnabled: row.twoFactorEnabled,
    permissions: row.permissions,
    locale: row.locale,
  };
}

export function selectAccount(userId: number): SQL {
  return sql`select ${accountColumns} from users u ${joinRole} where u.id = ${userId}`;
}
