/** Applications that get tokens of their own: administrators register them, and give them what they hold themselves. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { createClientId, createClientSecret } from "../../crypto/client-secret.ts";
import { remember, remembered, writtenHere } from "../../db/batch.ts";
import type { CLIENT_SOURCES, ID_TOKEN_ALGORITHMS } from "../../db/values.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { readAs, type Actor } from "../access/actor.ts";
import { asAdmin, mayGrant, refuseAdministration } from "../access/authority.ts";
import { happened } from "../events/happened.ts";
import { requireUsable } from "./application-fields.ts";

export interface Application {
  /** Its `client_id`. */
  id: string;
  name: string;
  /** What its tokens may say, as scopes. */
  permissions: string[];
  /** Whom its tokens may be for; empty: the service's own audience. */
  audiences: string[];
  /** Where people are sent back to; empty: nobody signs in to it. */
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  /** Where it is told that a session is over. */
  backchannelLogoutUri: string | null;
  /** It can't keep a secret, and has none. */
  isPublic: boolean;
  isFirstParty: boolean;
  /** What its ID tokens are signed by. */
  idTokenAlgorithm: (typeof ID_TOKEN_ALGORITHMS)[number];
  isActive: boolean;
  /** Who has registered it: an administrator, itself, or the document whose address is its id. */
  source: (typeof CLIENT_SOURCES)[number];
  /** Until when the secret before the last one works too. */
  previousUntil: string | null;
  createdAt: string;
  updatedAt: string;
}

/** With a secret that is shown once. */
export interface IssuedApplication {
  application: Application;
  /** A public one has none. */
  secret?: string;
}

type Row = Application & { position: number } & Record<string, unknown>;
export type ListedApplication = Application & { position: number };

function selectApplications({ db }: Platform, rest: SQL) {
  return db.execute<Row>(sql`
    select c.client_id as id, c.id as position, c.name, c.permissions, c.audiences,
      c.redirect_uris as "redirectUris", c.post_logout_redirect_uris as "postLogoutRedirectUris",
      c.backchannel_logout_uri as "backchannelLogoutUri", c.hash is null as "isPublic",
      c.is_first_party as "isFirstParty", c.id_token_algorithm as "idTokenAlgorithm", c.disabled_at is null as "isActive", c.source,
      case when c.previous_until > now() then c.previous_until end as "previousUntil",
      c.created_at as "createdAt", c.updated_at as "updatedAt"
    from oauth_clients c where ${rest}`);
}

function toApplication(found: Row): Application {
  const { position: _, ...row } = found;
  return {
    ...row,
    previousUntil: isoTime(row.previousUntil),
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}

function firstApplication({ rows }: { rows: Row[] }): Application {
  if (!rows[0]) throw new AppError("not_found");
  return toApplication(rows[0]);
}

const named = (id: string) => sql`c.client_id = ${id}`;

/** At most `limit + 1` after the one at `after`, oldest first. */
export async function listApplications(
  platform: Platform,
  actor: Actor,
  { limit, after = 0 }: { limit: number; after?: number | undefined },
): Promise<ListedApplication[]> {
  const { page } = await readAs(platform, actor, {
    page: selectApplications(platform, sql`c.id > ${after}::int order by c.id limit ${limit + 1}`),
  });
  return page.rows.map((row) => ({ ...toApplication(row), position: row.position }));
}

export interface NewApplication {
  name: string;
  permissions: string[];
  audiences: string[];
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  backchannelLogoutUri: string | null;
  isFirstParty: boolean;
  idTokenAlgorithm: (typeof ID_TOKEN_ALGORITHMS)[number];
}

/** @throws AppError not_grantable, validation_failed */
export async function addApplication(
  platform: Platform,
  actor: Actor,
  input: NewApplication & { isPublic: boolean },
): Promise<IssuedApplication> {
  const { db } = platform;
  const { name, permissions, audiences, redirectUris, postLogoutRedirectUris, isFirstParty, isPublic } = input;
  refuseAdministration(permissions);
  await requireUsable(platform, actor, input);
  const id = createClientId();
  const issued = isPublic ? undefined : await createClientSecret();
  const { application } = await asAdmin(platform, actor, {
    granted: db.execute(mayGrant(actor, permissions)),
    added: db.execute(sql`
      insert into oauth_clients (client_id, name, hash, mark_id, permissions, audiences, redirect_uris,
        post_logout_redirect_uris, backchannel_logout_uri, is_first_party,
        id_token_algorithm)
      values (${id}, ${name}, ${issued?.secretHash ?? null}, gen_random_uuid(), ${json(permissions)}, ${json(audiences)},
        ${json(redirectUris)}, ${json(postLogoutRedirectUris)}, ${input.backchannelLogoutUri}, ${isFirstParty}::boolean,
        ${input.idTokenAlgorithm})`),
    application: selectApplications(platform, named(id)),
    ...happened(platform, {
      event: "application.created",
      actorId: actor.userId,
      target: ["application", id],
      metadata: { after: input },
    }),
  });
  return { application: firstApplication(application), ...(issued && { secret: issued.secret }) };
}

const json = (list: string[] | undefined) => sql`${list ? JSON.stringify(list) : null}::jsonb`;

/** Statement: whoever changes an application, or gets its secret, holds what it holds. */
function mayManage(actor: Actor, id: string): SQL {
  return sql`select assert_may_grant(${actor.userId}::int, c.permissions) from oauth_clients c where ${named(id)}`;
}

/** Statement: remembers what its tokens are marked by, if they end; a list. */
function rememberMark(id: string, ends: boolean): SQL {
  return sql`select ${remember(sql`coalesce((
    select jsonb_build_array(c.mark_id) from oauth_clients c where ${named(id)} and ${ends}::boolean), '[]')`)}`;
}

export type ApplicationChange = { [Field in keyof NewApplication]?: NewApplication[Field] | undefined } & {
  isActive?: boolean | undefined;
};

/**
 * What its tokens say changes with them: those issued before are refused. One of nobody's never becomes one's own.
 * @throws AppError not_found, not_grantable, validation_failed
 */
export async function changeApplication(
  platform: Platform,
  actor: Actor,
  { id, change }: { id: string; change: ApplicationChange },
): Promise<Application> {
  const { db } = platform;
  const { name, permissions, audiences, redirectUris, postLogoutRedirectUris, isFirstParty, isActive } = change;
  refuseAdministration(permissions);
  await requireUsable(platform, actor, change);
  const ends = permissions !== undefined || audiences !== undefined || isActive === false;
  const { application } = await asAdmin(platform, actor, {
    allowed: db.execute(mayManage(actor, id)),
    granted: db.execute(mayGrant(actor, permissions ?? [])),
    marked: db.execute(rememberMark(id, ends)),
    changed: db.execute(sql`
      update oauth_clients c set name = coalesce(${name ?? null}, c.name), permissions = coalesce(${json(permissions)}, c.permissions),
        audiences = coalesce(${json(audiences)}, c.audiences), redirect_uris = coalesce(${json(redirectUris)}, c.redirect_uris),
        post_logout_redirect_uris = coalesce(${json(postLogoutRedirectUris)}, c.post_logout_redirect_uris),
        backchannel_logout_uri = ${change.backchannelLogoutUri === undefined ? sql`c.backchannel_logout_uri` : change.backchannelLogoutUri},
        is_first_party = c.source = 'administrator' and coalesce(${isFirstParty ?? null}::boolean, c.is_first_party),
        id_token_algorithm = coalesce(${change.idTokenAlgorithm ?? null}, c.id_token_algorithm),
        disabled_at = case ${isActive ?? null}::boolean when true then null when false then coalesce(c.disabled_at, now())
          else c.disabled_at end,
        mark_id = case when ${ends}::boolean then gen_random_uuid() else c.mark_id end, updated_at = now()
      where ${named(id)}`),
    application: selectApplications(platform, named(id)),
    ...happened(platform, {
      event: "application.updated",
      actorId: actor.userId,
      target: ["application", id],
      metadata: { after: change },
      facts: { sessionIds: remembered },
      where: sql`exists (select from oauth_clients c where ${named(id)} and ${writtenHere("c")})`,
    }),
  });
  return firstApplication(application);
}

/**
 * The secret before works for `overlapSeconds` more; without that, its tokens end too. A public one has none.
 * @throws AppError not_found, not_grantable
 */
export async function rotateSecret(
  platform: Platform,
  actor: Actor,
  { id, overlapSeconds }: { id: string; overlapSeconds: number },
): Promise<IssuedApplication> {
  const { db } = platform;
  const ends = overlapSeconds === 0;
  const { secret, secretHash } = await createClientSecret();
  const { application } = await asAdmin(platform, actor, {
    allowed: db.execute(mayManage(actor, id)),
    marked: db.execute(rememberMark(id, ends)),
    changed: db.execute(sql`
      update oauth_clients c set hash = ${secretHash}, previous_hash = c.hash,
        previous_until = now() + make_interval(secs => ${overlapSeconds}::int),
        mark_id = case when ${ends}::boolean then gen_random_uuid() else c.mark_id end, updated_at = now()
      where ${named(id)} and c.hash is not null`),
    application: selectApplications(platform, sql`${named(id)} and c.hash is not null`),
    ...happened(platform, {
      event: "application.secret_rotated",
      actorId: actor.userId,
      target: ["application", id],
      metadata: { overlapSeconds },
      facts: { sessionIds: remembered },
      where: sql`exists (select from oauth_clients c where ${named(id)} and ${writtenHere("c")})`,
    }),
  });
  return { application: firstApplication(application), secret };
}

/** @throws AppError not_found, not_grantable */
export async function removeApplication(platform: Platform, actor: Actor, id: string): Promise<void> {
  const { db } = platform;
  const { gone } = await asAdmin(platform, actor, {
    allowed: db.execute(mayManage(actor, id)),
    marked: db.execute(rememberMark(id, true)),
    gone: db.execute(sql`delete from oauth_clients c where ${named(id)} returning c.id`),
    ...happened(platform, {
      event: "application.deleted",
      actorId: actor.userId,
      target: ["application", id],
      facts: { sessionIds: remembered },
      where: sql`${remembered} <> '[]'`,
    }),
  });
  if (gone.rows.length === 0) throw new AppError("not_found");
}
