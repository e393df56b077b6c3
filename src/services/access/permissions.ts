/** TWO_FACTOR_REQUIRED_FOR_ADMIN: permissions over this service require a session that has used a time-based code. */
import type { Platform } from "../../platform/index.ts";

/** The groups of our own permissions (`users:read` belongs to `users`), and the one that grants everything. */
const ADMIN_GROUPS = ["*", "users", "roles", "audit", "stats", "jobs", "notifications"];

/** What `assert_session` refuses without a time-based code; null if the policy is off. */
export function totpGroups({ config }: Platform): string[] | null {
  return config.TWO_FACTOR_REQUIRED_FOR_ADMIN ? ADMIN_GROUPS : null;
}

/** The permissions in a session's tokens: other Workers read them there without querying the database. */
export function usablePermissions(platform: Platform, permissions: string[], methods: string[]): string[] {
  const groups = methods.includes("otp") ? null : totpGroups(platform);
  return groups && permissions.some((permission) => groups.includes(permission.split(":")[0]!)) ? [] : permissions;
}
