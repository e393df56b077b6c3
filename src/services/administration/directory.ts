/** Accounts for administrators: found, listed, read; never a hash. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { identitiesOf, toIdentities } from "../accounts/identities.ts";
import { accountColumns, toUser, type AccountRow, type User } from "../accounts/view.ts";
import { readAs, type Actor } from "../access/actor.ts";
import { joinRole } from "../access/held-role.ts";
import { selectTurnedOn, turnedOn, type TurnedOn } from "../factors/list.ts";
import { countRecoveryCodes } from "../factors/recovery-codes.ts";

/** The published form of an account, plus the fields for administration. */
export interface ManagedUser extends User {
  isActive: boolean;
  lastLoginAt: string | null;
  deletedAt: string | null;
  roleId: number;
  roleName: string;
}

interface ManagedUserRow extends AccountRow {
  isActive: boolean;
  lastLoginAt: string | null;
  deletedAt: string | null;
  roleName: string;
}

function toManagedUser(row: ManagedUserRow): ManagedUser {
  return {
    ...toUser(row),
    isActive: row.isActive,
    lastLoginAt: isoTime(row.lastLoginAt),
    deletedAt: isoTime(row.deletedAt),
    roleId: row.roleId,
    roleName: row.roleName,
  };
}

/** The statement that reads the accounts in `accounts` (a select from `users u`) as managed users, in its order. */
function selectManagedUsers({ db }: Platform, accounts: SQL, order: SQL) {
  // The page is cut before the lookups for its accounts: with an outer limit the planner would do them for every
  // account.
  return db.execute<ManagedUserRow>(sql`
    select ${accountColumns}, u.is_active as "isActive", u.last_login_at as "lastLoginAt", u.deleted_at as "deletedAt",
      r.name as "roleName"
    from (${accounts}) u ${joinRole} order by ${order}`);
}

/** One statement of a batch; `firstUser` reads its result. */
export const selectManagedUser = (platform: Platform, condition: SQL) =>
  selectManagedUsers(platform, sql`select * from users u where ${condition}`, sql`u.id`);

/** @throws AppError not_found */
export function firstUser({ rows }: { rows: ManagedUserRow[] }): ManagedUser {
  const row = rows[0];
  if (!row) throw new AppError("not_found");
  return toManagedUser(row);
}

/**
 * The sort columns of a list: each has an index, with the id as tie-breaker. Ids are assigned in order of creation, so
 * `createdAt` sorts by id. Not `lastLoginAt`: with an index on it every login would rewrite the account's entries in
 * all indexes, including the search's, where it now writes none (HOT).
 */
export const USER_SORTS = ["-createdAt", "createdAt", "email", "-email", "nom", "-nom"] as const;
export type UserSort = (typeof USER_SORTS)[number];
export const USER_STATUSES = ["active", "disabled", "deleted"] as const;

export interface UserFilter {
  /** All words must occur in address or names; words of fewer than three characters at the start of a word. */
  q?: string | undefined;
  role?: number | undefined;
  /** Without it: all except the deleted. */
  status?: (typeof USER_STATUSES)[number] | undefined;
  sort: UserSort;
  limit: number;
  /** The end of the previous page: its last account's `userPosition`. */
  after?: (string | number)[] | undefined;
}

/** At most `limit + 1` accounts: an extra one means that there is a next page. */
export async function listUsers(platform: Platform, actor: Actor, filter: UserFilter): Promise<ManagedUser[]> {
  const { column, descending } = sortOf(filter.sort);
  const key = column === "id" ? sql`u.id` : sql`u.${sql.raw(column)}, u.id`;
  const direction = sql.raw(descending ? "desc" : "asc");
  const order = column === "id" ? sql`u.id ${direction}` : sql`u.${sql.raw(column)} ${direction}, u.id ${direction}`;
  const conditions = [
    STATUS_CONDITIONS[filter.status ?? "present"],
    ...(filter.role === undefined ? [] : [sql`u.role_id = ${filter.role}::int`]),
    ...(filter.q === undefined ? [] : matches(filter.q)),
    ...(filter.after
      ? [
          sql`(${key}) ${sql.raw(descending ? "<" : ">")} (${sql.join(
            filter.after.map((value) => sql`${value}`),
            sql`, `,
          )})`,
        ]
      : []),
  ];
  const { page } = await readAs(platform, actor, {
    page: selectManagedUsers(
      platform,
      sql`select * from users u where ${sql.join(conditions, sql` and `)} order by ${order} limit ${filter.limit + 1}`,
      order,
    ),
  });
  return page.rows.map(toManagedUser);
}

export function userPosition(user: ManagedUser, sort: UserSort): (string | number)[] {
  const { column } = sortOf(sort);
  return column === "id" ? [Number(user.id)] : [user[column], Number(user.id)];
}

function sortOf(sort: UserSort): { column: "id" | "email" | "nom"; descending: boolean } {
  const name = sort.replace("-", "") as "createdAt" | "email" | "nom";
  return { column: name === "createdAt" ? "id" : name, descending: sort.startsWith("-") };
}

const STATUS_CONDITIONS = {
  present: sql`u.deleted_at is null`,
  active: sql`u.deleted_at is null and u.is_active`,
  disabled: sql`u.deleted_at is null and not u.is_active`,
  deleted: sql`u.deleted_at is not null`,
};

/** Exactly as in `idx_users_search` (drizzle/0001_rules.sql): another expression would not use the index. */
const SEARCHED = sql.raw(`lower(' ' || u.email || ' ' || u.prenom || ' ' || u.nom)`);
const MAX_WORDS = 5;

/** With fewer than three characters there is no trigram to look up, except for the start of a word. */
function matches(q: string): SQL[] {
  const words = q.normalize("NFC").split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);
  return words.map((word) => {
    const literal = word.replaceAll(/[\\%_]/g, "\\$&");
    return sql`${SEARCHED} like lower(${[...word].length < 3 ? `% ${literal}%` : `%${literal}%`})`;
  });
}

/** One account. */
export async function getUser(platform: Platform, actor: Actor, userId: number): Promise<ManagedUser> {
  const { user } = await readAs(platform, actor, { user: selectManagedUser(platform, sql`u.id = ${userId}`) });
  return firstUser(user);
}

/**
 * One account with what an operator needs next: the signed-in devices, the second factors, the accounts at other
 * services, the last logins.
 */
export async function getUserDetails(platform: Platform, actor: Actor, userId: number) {
  const { db } = platform;
  const { user, sessions, methods, codes, linked, logins } = await readAs(platform, actor, {
    user: selectManagedUser(platform, sql`u.id = ${userId}`),
    sessions: db.execute<Session>(sql`
      select session_id as id, methods, ip_address as "ipAddress", user_agent as "userAgent", country, city,
        impersonator_id is not null as impersonated,
        created_at as "createdAt", last_used_at as "lastUsedAt", expires_at as "expiresAt"
      from refresh_tokens
      where user_id = ${userId} and revoked_at is null and expires_at > now()
      order by last_used_at desc limit 100`),
    methods: db.execute<TurnedOn>(selectTurnedOn(userId)),
    codes: db.execute<{ left: number }>(countRecoveryCodes(userId)),
    linked: db.execute<{ identities: Parameters<typeof toIdentities>[1] }>(
      sql`select ${identitiesOf(userId)} as identities`,
    ),
    logins: db.execute<Login>(sql`
      select id, outcome, reason, method, ip_address as "ipAddress", user_agent as "userAgent", country, city,
        created_at as "createdAt"
      from login_history where user_id = ${userId} order by id desc limit 10`),
  });
  const dated = <Row extends { createdAt: string }>(row: Row) => ({ ...row, createdAt: isoTime(row.createdAt) });
  return {
    user: firstUser(user),
    sessions: sessions.rows.map((row) => ({
      ...dated(row),
      lastUsedAt: isoTime(row.lastUsedAt),
      expiresAt: isoTime(row.expiresAt),
    })),
    twoFactorMethods: turnedOn(methods.rows[0]!).map(({ method, since }) => ({ type: method, confirmedAt: since })),
    recoveryCodesLeft: codes.rows[0]!.left,
    identities: toIdentities(platform, linked.rows[0]!.identities),
    lastLogins: logins.rows.map(dated),
  };
}

interface Place extends Record<string, unknown> {
  ipAddress: string | null;
  userAgent: string | null;
  country: string | null;
  city: string | null;
  createdAt: string;
}

interface Session extends Place {
  id: string;
  impersonated: boolean;
  methods: string[];
  lastUsedAt: string;
  expiresAt: string;
}

interface Login extends Place {
  id: string;
  outcome: string;
  reason: string | null;
  method: string | null;
}
