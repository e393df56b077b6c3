/** Roles: named sets of permissions, `resource:action`, of this service and of services that rely on it. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { changedSomething, remembered, updateRemembering } from "../../db/batch.ts";
import { AppError, type Locale } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { happened } from "../events/happened.ts";
import { asAdmin, mayChangeRole, mayGrant, mayGrantRole, mayWidenRole } from "./authority.ts";
import { readAs, type Actor } from "./actor.ts";
import { PERMISSIONS } from "./permissions.ts";
import { markRemoved, moveHolders, queueRest } from "./role-removal.ts";

/** Not secret, but the route requires a permission: so the session must be alive. */
export async function listPermissions(platform: Platform, actor: Actor, locale: Locale) {
  await readAs(platform, actor, {});
  return Object.entries(PERMISSIONS).map(([name, description]) => ({ name, description: description[locale] }));
}

export interface Role {
  id: number;
  name: string;
  description: string;
  permissions: string[];
  isSystem: boolean;
  /** Whether any account has it, including deleted ones. */
  inUse: boolean;
  createdAt: string;
  updatedAt: string;
}

type RoleRow = Role & Record<string, unknown>;

function selectRoles({ db }: Platform, rest: SQL) {
  return db.execute<RoleRow>(sql`
    select r.id, r.name, r.description, r.permissions, r.is_system as "isSystem",
      exists (select from users u where u.role_id = r.id)
        or exists (select from roles o where o.replacement_id = r.id) as "inUse",
      r.created_at as "createdAt", r.updated_at as "updatedAt"
    from roles r where r.replacement_id is null and ${rest}`);
}

function toRole(row: RoleRow): Role {
  return {
    ...row,
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}

function firstRole({ rows }: { rows: RoleRow[] }): Role {
  const row = rows[0];
  if (!row) throw new AppError("not_found");
  return toRole(row);
}

/** At most `limit + 1` roles after the one with the id `after`, oldest first. */
export async function listRoles(
  platform: Platform,
  actor: Actor,
  { limit, after = -1 }: { limit: number; after?: number | undefined },
): Promise<Role[]> {
  const { page } = await readAs(platform, actor, {
    page: selectRoles(platform, sql`r.id > ${after}::int order by r.id limit ${limit + 1}`),
  });
  return page.rows.map(toRole);
}

export async function getRole(platform: Platform, actor: Actor, roleId: number): Promise<Role> {
  const { role } = await readAs(platform, actor, { role: selectRoles(platform, sql`r.id = ${roleId}`) });
  return firstRole(role);
}

export interface NewRole {
  name: string;
  description: string;
  permissions: string[];
}

/** @throws AppError not_grantable, role_name_taken */
export async function createRole(platform: Platform, actor: Actor, input: NewRole): Promise<Role> {
  const { db } = platform;
  const { name, description, permissions } = input;
  const { role } = await asAdmin(platform, actor, {
    granted: db.execute(mayGrant(actor, permissions)),
    created: db.execute(sql`
      insert into roles (name, description, permissions)
      values (${name}, ${description}, ${JSON.stringify(permissions)}::jsonb)`),
    role: selectRoles(platform, sql`r.name = ${name}`),
    ...happened(platform, {
      event: "role.created",
      actorId: actor.userId,
      target: ["role", sql`(select id::text from roles where name = ${name})`],
      metadata: { after: input },
    }),
  });
  return firstRole(role);
}

export type RoleChange = { [Field in keyof NewRole]?: NewRole[Field] | undefined };

/** @throws AppError above_you, not_grantable, system_role (only its name is fixed), role_name_taken, last_admin */
export async function changeRole(
  platform: Platform,
  actor: Actor,
  { roleId, change }: { roleId: number; change: RoleChange },
): Promise<Role> {
  const { db } = platform;
  const { role } = await asAdmin(platform, actor, {
    allowed: db.execute(mayChangeRole(actor, roleId, { renamedOrDeleted: change.name !== undefined })),
    granted: db.execute(mayGrant(actor, change.permissions ?? [])),
    widened: db.execute(mayWidenRole(actor, roleId, change.permissions ?? [])),
    changed: db.execute(updateRole(roleId, change)),
    role: selectRoles(platform, sql`r.id = ${roleId}`),
    ...happened(
      platform,
      {
        event: "role.updated",
        actorId: actor.userId,
        target: ["role", roleId],
        metadata: remembered,
        where: changedSomething,
      },
      {
        event: "role.permissions_changed",
        where: sql`${remembered} -> 'after' ? 'permissions'`,
        facts: { roleId },
      },
    ),
  });
  return firstRole(role);
}

function updateRole(id: number, { name, description, permissions }: RoleChange): SQL {
  return updateRemembering({
    table: "roles",
    id,
    values: sql`
      name = coalesce(${name ?? null}, name),
      description = coalesce(${description ?? null}, description),
      permissions = coalesce(${permissions ? JSON.stringify(permissions) : null}::jsonb, permissions)`,
    facts: { name: "name", description: "description", permissions: "permissions" },
  });
}

/**
 * Deletes the role. Its accounts, if any, have `replacementId` from then on, and get a notification but no mail: they may
 * be millions.
 * @throws AppError role_in_use without a replacement; above_you, not_grantable, system_role, unknown_role, last_admin
 */
export async function deleteRole(
  platform: Platform,
  actor: Actor,
  { roleId, replacementId }: { roleId: number; replacementId?: number | undefined },
): Promise<void> {
  if (roleId === replacementId) throw new AppError("unknown_role");
  const { db } = platform;
  const { rest } = await asAdmin(platform, actor, {
    allowed: db.execute(mayChangeRole(actor, roleId, { renamedOrDeleted: true })),
    granted: db.execute(mayGrantRole(actor, replacementId)),
    unused: replacementId === undefined ? db.execute(sql`select assert_role_unused(${roleId}::int)`) : undefined,
    ...markRemoved(platform, roleId, replacementId),
    ...moveHolders(platform, roleId),
    rest: queueRest(platform, roleId),
    ...happened(platform, {
      event: "role.deleted",
      actorId: actor.userId,
      target: ["role", roleId],
      metadata: remembered,
      facts: { roleId },
    }),
  });
  for (const { id, job } of rest.rows) platform.defer(platform.enqueue(job, id));
}
