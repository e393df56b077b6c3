/** TWO_FACTOR_REQUIRED_FOR_ADMIN: permissions over this service open nothing to a session that has not shown a time-based code. */
import type { Platform } from "../../platform/index.ts";

/** The groups of our own permissions (`users:read` is of `users`), and the one that grants all. */
const ADMIN_GROUPS = ["*", "users", "roles", "audit", "stats", "jobs", "notifications"];

/** What `assert_session` is to refuse without a time-based code; null where the policy is off. */
export function totpGroups({ config }: Platform): string[] | null {
  return config.TWO_FACTOR_REQUIRED_FOR_ADMIN ? ADMIN_GROUPS : null;
}

/** The permissions that a session's tokens may name: other Workers read them there and don't ask the database. */
export function usablePermissions(platform: Platform, permissions: string[], methods: string[]): string[] {
  const groups = methods.includes("otp") ? null : totpGroups(platform);
  return groups && permissions.some((permission) => groups.includes(permission.split(":")[0]!)) ? [] : permissions;
}
