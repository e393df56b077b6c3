/**
 * Applications that no administrator has registered: they register themselves (RFC 7591), or their id is the address of a
 * document about them. None has a secret, and all may ask for what the configuration offers such applications.
 */
import { sql, type SQL } from "drizzle-orm";
import * as z from "zod/mini";
import { createClientId } from "../../crypto/client-secret.ts";
import type { OPEN_CLIENT_SOURCES } from "../../db/values.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { administers } from "../access/permissions.ts";
import { OAuthError } from "./oauth-error.ts";
import { mayBeRegistered } from "./redirect-uris.ts";

type Source = (typeof OPEN_CLIENT_SOURCES)[number];

const GRANT_TYPES = ["authorization_code", "refresh_token"];
const MAX_REDIRECT_URIS = 20;
const TIME_LIMIT_MS = 3_000;
const DOCUMENT_BYTES = 5 * 1024;

export const opens = ({ config }: Platform, source: Source) => config.OPEN_CLIENTS.includes(source);

/**
 * Condition on `oauth_clients c`: of a kind that is let in. One that no longer is gets nothing more, neither for a code nor
 * for a refresh token.
 */
export function isLetIn({ config }: Platform): SQL {
  return sql`c.source = any(${sql.param(["administrator", ...config.OPEN_CLIENTS])}::text[])`;
}

/** Whatever a row says: a change of the configuration holds at once. Never this service itself. */
export function reachOfOpenClients({ config }: Platform): { permissions: string[]; audiences: string[] } {
  const permissions = config.OPEN_CLIENT_SCOPES.filter((scope) => !administers(scope));
  return { permissions, audiences: config.OPEN_CLIENT_RESOURCES };
}

/** Nothing that isn't seen, and nothing that turns the text around. */
const nameOf = (name: string | undefined, otherwise: string) =>
  /^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u.exec(name?.trim() ?? "")?.[0] ?? otherwise;

export interface Registration {
  redirect_uris: string[];
  client_name?: string | undefined;
  backchannel_logout_uri?: string | undefined;
}

/** RFC 7591, §3.2.1: what was registered, which may be less than was asked for. */
export interface RegisteredClient {
  client_id: string;
  client_id_issued_at: number;
  client_name: string;
  redirect_uris: string[];
  backchannel_logout_uri?: string;
  /** Every logout token names the session. */
  backchannel_logout_session_required?: true;
  token_endpoint_auth_method: "none";
  grant_types: string[];
  response_types: ["code"];
}

/** One trip. @throws AppError not_found where it is off; OAuthError invalid_redirect_uri, invalid_client_metadata */
export async function registerClient(platform: Platform, asked: Registration): Promise<RegisteredClient> {
  if (!opens(platform, "registration")) throw new AppError("not_found");
  const { redirect_uris: redirectUris } = asked;
  if (redirectUris.length === 0 || redirectUris.length > MAX_REDIRECT_URIS || !redirectUris.every(mayBeRegistered))
    throw new OAuthError("invalid_redirect_uri", "Missing, too many, or not an address that may be registered");
  const receiver = asked.backchannel_logout_uri;
  if (receiver !== undefined && !platform.isOutward(receiver))
    throw new OAuthError("invalid_client_metadata", "backchannel_logout_uri must be a public https address");
  const client_id = createClientId();
  const client_name = nameOf(asked.client_name, "Application");
  await platform.db.execute(sql`
    insert into oauth_clients (client_id, name, source, mark_id, permissions, audiences, redirect_uris, backchannel_logout_uri)
    values (${client_id}, ${client_name}, 'registration', gen_random_uuid(), '[]', '[]', ${JSON.stringify(redirectUris)}::jsonb,
      ${receiver ?? null})`);
  return {
    client_id,
    client_id_issued_at: Math.floor(Date.now() / 1000),
    client_name,
    redirect_uris: redirectUris,
    ...(receiver !== undefined && { backchannel_logout_uri: receiver, backchannel_logout_session_required: true }),
    token_endpoint_auth_method: "none",
    grant_types: GRANT_TYPES,
    response_types: ["code"],
  };
}

const Document = z.object({
  client_id: z.string(),
  client_name: z.optional(z.string()),
  redirect_uris: z
    .array(z.string().check(z.refine(mayBeRegistered)))
    .check(z.minLength(1), z.maxLength(MAX_REDIRECT_URIS)),
  backchannel_logout_uri: z.optional(z.string().check(z.maxLength(1_000))),
  /** One with a secret would share it with every reader. */
  token_endpoint_auth_method: z.optional(z.literal("none")),
  client_secret: z.optional(z.undefined()),
});

/** Whether an id is an address that has one spelling, and is not a site as a whole. */
export function isDocumentId(platform: Platform, id: string): boolean {
  const url = /^https?:/.test(id) && opens(platform, "document") ? URL.parse(id) : null;
  return url?.href === id && url.pathname !== "/" && !/[?#]/.test(id);
}

/** Reads the document anew, and keeps what it says; whether there is one. One request, one trip. */
export async function renewDocumentClient(platform: Platform, id: string): Promise<boolean> {
  const document = await readDocument(platform, id).catch(() => undefined);
  if (!document) return false;
  const name = nameOf(document.client_name, new URL(id).hostname);
  await platform.db.execute(sql`
    insert into oauth_clients as c (client_id, name, source, fetched_at, mark_id, permissions, audiences, redirect_uris,
      backchannel_logout_uri)
    values (${id}, ${name}, 'document', now(), gen_random_uuid(), '[]', '[]', ${JSON.stringify(document.redirect_uris)}::jsonb,
      ${document.backchannel_logout_uri ?? null})
    on conflict (client_id) do update set name = excluded.name, redirect_uris = excluded.redirect_uris,
      backchannel_logout_uri = excluded.backchannel_logout_uri, fetched_at = now(), updated_at = now()`);
  return true;
}

/** @throws whatever went wrong: the address leads inside, nobody answers in time, or the answer is something else. */
async function readDocument(platform: Platform, id: string): Promise<z.infer<typeof Document> | undefined> {
  const { status, text, isWhole } = await platform.fetchOutward(id, {
    headers: { Accept: "application/json" },
    timeLimitMs: TIME_LIMIT_MS,
    answerLimitBytes: DOCUMENT_BYTES,
  });
  // A redirect is no document: whoever may set one up would speak for that address.
  if (status !== 200 || !isWhole) return undefined;
  const document = Document.parse(JSON.parse(text));
  const { client_id, backchannel_logout_uri: receiver } = document;
  return client_id === id && (receiver === undefined || platform.isOutward(receiver)) ? document : undefined;
}
