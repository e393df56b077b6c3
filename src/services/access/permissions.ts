/**
 * The permissions of this service, and TWO_FACTOR_REQUIRED_FOR_ADMIN: they require a session that has used a
 * time-based code or a passkey.
 */
import type { Text } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { ADMINISTERING_METHODS } from "../factors/list.ts";

/** The permissions of this service. A role may have others, for the services that verify our tokens (`artists:write`). */
export const PERMISSIONS = {
  "users:read": { fr: "Consulter les comptes", en: "Read accounts" },
  "users:write": {
    fr: "Inviter, modifier, désactiver, supprimer et restaurer des comptes",
    en: "Invite, change, disable, delete and restore accounts",
  },
  "users:impersonate": {
    fr: "Consulter le compte de quelqu'un à sa place, pendant dix minutes",
    en: "See somebody's account as they do, for ten minutes",
  },
  "users:import": { fr: "Importer des comptes", en: "Import accounts" },
  "roles:read": { fr: "Consulter les rôles et les permissions", en: "Read roles and permissions" },
  "roles:write": { fr: "Créer, modifier et supprimer des rôles", en: "Create, change and delete roles" },
  "applications:read": { fr: "Consulter les applications", en: "Read applications" },
  "applications:write": {
    fr: "Enregistrer, modifier et supprimer des applications",
    en: "Register, change and delete applications",
  },
  "audit:read": { fr: "Consulter et vérifier le journal d'audit", en: "Read and verify the audit log" },
  "stats:read": { fr: "Consulter les statistiques", en: "Read the statistics" },
  "jobs:read": { fr: "Consulter les tâches abandonnées", en: "Read the jobs that were given up" },
  "jobs:replay": { fr: "Relancer les tâches abandonnées", en: "Send jobs that were given up again" },
  "webhooks:read": { fr: "Consulter les webhooks", en: "Read webhooks" },
  "webhooks:write": { fr: "Créer, modifier et supprimer des webhooks", en: "Create, change and delete webhooks" },
  "notifications:send": { fr: "Envoyer des notifications", en: "Send notifications" },
} as const satisfies Record<string, Text>;

export type Permission = keyof typeof PERMISSIONS;

/** Whether it is a permission over this service itself. */
export function administers(permission: string): boolean {
  return ADMIN_GROUPS.includes(groupOf(permission));
}

/** Of `users:read`, `users`. */
const groupOf = (permission: string) => permission.split(":")[0]!;

/** The groups of our own permissions, and the one that grants everything. */
export const ADMIN_GROUPS = [...new Set(["*", ...Object.keys(PERMISSIONS).map(groupOf)])];

/** What `assert_session` refuses without either; null if the policy is off. */
export function totpGroups({ config }: Platform): string[] | null {
  return config.TWO_FACTOR_REQUIRED_FOR_ADMIN ? ADMIN_GROUPS : null;
}

/** The permissions in a session's tokens: other Workers read them there without querying the database. */
export function usablePermissions(platform: Platform, permissions: string[], methods: string[]): string[] {
  const groups = methods.some((method) => ADMINISTERING_METHODS.includes(method)) ? null : totpGroups(platform);
  return groups && permissions.some((permission) => groups.includes(groupOf(permission))) ? [] : permissions;
}
