/**
 * The authorization endpoint: an application asks for a person, and gets a code, an error, or the person is asked first. One
 * read. Nothing is sent to an address before it is known to be the application's.
 */
import { sql } from "drizzle-orm";
import { readIdTokenHint } from "../../crypto/id-token.ts";
import { parseRefreshToken } from "../../crypto/refresh-token.ts";
import type { CLIENT_SOURCES } from "../../db/values.ts";
import type { Platform } from "../../platform/index.ts";
import { joinRole } from "../access/held-role.ts";
import { GRACE_SECONDS } from "../sessions/refresh.ts";
import { AuthorizationError, readRequest, type AuthorizationParameters } from "./authorization-request.ts";
import { isDocumentId, isLetIn, reachOfOpenClients, renewDocumentClient } from "./open-clients.ts";
import { isRegistered, withParameters } from "./redirect-uris.ts";
import { allowedScopes, permissionsAmong } from "./scopes.ts";
import { sealAuthorization, type Authorization } from "./sealed.ts";

export interface ConsentQuestion {
  kind: "consent";
  application: string;
  /** Where the application's id leads; undefined where an administrator has registered it, empty where it has itself. */
  host: string | undefined;
  /** Where its answer leads. */
  redirectUri: string;
  email: string;
  scopes: string[];
  /** What comes back with the answer. */
  sealed: string;
}

export type AuthorizationOutcome =
  | { kind: "refused"; reason: "unknown_application" | "unknown_address" }
  | { kind: "redirect"; url: string }
  | ConsentQuestion;

/** @param refreshToken the browser's cookie. */
export async function authorize(
  platform: Platform,
  { asked, refreshToken }: { asked: AuthorizationParameters; refreshToken: string | undefined },
): Promise<AuthorizationOutcome> {
  const { client_id, redirect_uri, state } = asked;
  const found = client_id === undefined ? undefined : await find(platform, client_id, refreshToken);
  if (found === "sign in first" && asked.prompt !== "none") return { kind: "redirect", url: signInUrl(asked, false) };
  if (!found || found === "sign in first") return { kind: "refused", reason: "unknown_application" };
  const redirectUri = redirect_uri ?? (found.redirectUris.length === 1 ? found.redirectUris[0] : undefined);
  if (redirectUri === undefined || !isRegistered(found.redirectUris, redirectUri))
    return { kind: "refused", reason: "unknown_address" };
  try {
    return await answer(platform, { asked, found, redirectUri });
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error;
    return { kind: "redirect", url: refusalUrl(platform, { redirectUri, state, error }) };
  }
}

export function refusalUrl(
  { config }: Platform,
  { redirectUri, state, error }: { redirectUri: string; state?: string | undefined; error: AuthorizationError },
): string {
  const { code, message } = error;
  return withParameters(redirectUri, { error: code, error_description: message, state, iss: config.ISSUER });
}

/** Where the person goes with a new code. */
export async function codeUrl({ secrets, config }: Platform, authorization: Authorization): Promise<string> {
  const code = await sealAuthorization(secrets, "oauth-code", authorization);
  return withParameters(authorization.redirectUri, { code, state: authorization.state, iss: config.ISSUER });
}

interface Found extends Record<string, unknown> {
  client: string;
  name: string;
  redirectUris: string[];
  permissions: string[];
  audiences: string[];
  isPublic: boolean;
  isFirstParty: boolean;
  source: (typeof CLIENT_SOURCES)[number];
  /** Null without a live session, and so is what follows. */
  userId: number | null;
  sessionId: string | null;
  authenticatedAt: string | null;
  subject: string | null;
  email: string | null;
  held: string[] | null;
  consented: string[] | null;
}

/** One that is known by a document is looked up there every hour, but for nobody who has never signed in here. */
async function find(
  platform: Platform,
  clientId: string,
  refreshToken: string | undefined,
): Promise<Found | "sign in first" | undefined> {
  const shown = refreshToken === undefined ? undefined : await parseRefreshToken(platform.secrets, refreshToken);
  const found = await read(platform, clientId, shown);
  if (found?.isFresh || !isDocumentId(platform, clientId)) return found;
  if (!shown) return found ?? "sign in first";
  return (await renewDocumentClient(platform, clientId)) ? read(platform, clientId, shown) : found;
}

async function read(
  platform: Platform,
  clientId: string,
  shown: { sessionId: string; generation: number } | undefined,
): Promise<(Found & { isFresh: boolean }) | undefined> {
  const { config } = platform;
  const { rows } = await platform.db.execute<Found & { isFresh: boolean }>(sql`
    select c.client_id as client, c.name, c.redirect_uris as "redirectUris", c.permissions, c.audiences,
      c.hash is null as "isPublic", c.is_first_party as "isFirstParty", c.source,
      c.fetched_at is null or c.fetched_at > now() - interval '1 hour' as "isFresh", u.id as "userId", s.session_id as "sessionId",
      s.authenticated_at as "authenticatedAt", u.subject, u.email, r.permissions as held, consent.scopes as consented
    from oauth_clients c
    left join (refresh_tokens s join users u on u.id = s.user_id ${joinRole}) on s.session_id = ${shown?.sessionId ?? null}::uuid
      and s.revoked_at is null and s.expires_at > now() and u.is_active and u.deleted_at is null
      and (s.generation = ${shown?.generation ?? -1}::bigint or (s.generation = ${shown?.generation ?? -1}::bigint + 1
        and s.rotated_at > now() - make_interval(secs => ${GRACE_SECONDS}::int)))
    left join oauth_consents consent on consent.user_id = u.id and consent.client_id = c.id
    where c.client_id = ${clientId} and c.disabled_at is null and c.redirect_uris <> '[]'
      and ${isLetIn(platform)}
      and (c.fetched_at is null or c.fetched_at > now() - interval '1 day')`);
  const [row] = rows;
  if (row && row.source !== "administrator") return { ...row, ...reachOfOpenClients(platform) };
  return row && { ...row, audiences: row.audiences.length > 0 ? row.audiences : [config.AUDIENCE] };
}

/** @throws AuthorizationError */
async function answer(
  platform: Platform,
  { asked, found, redirectUri }: { asked: AuthorizationParameters; found: Found; redirectUri: string },
): Promise<AuthorizationOutcome> {
  const { audiences } = found;
  const { prompts, challenge } = readRequest(asked, found);
  const isSilent = prompts.includes("none");
  const person = personOf(found);
  const mustSignIn = prompts.includes("login") || prompts.includes("select_account");
  const isMeant = await isPersonMeant(platform, asked, found);
  if (!person || mustSignIn || !isMeant || !isRecent(asked, person)) {
    // Whoever has been asked to sign in, and is still somebody else, is not asked for ever.
    const isOther = person && !isMeant && asked.since !== undefined && isRecent(asked, person);
    if (isSilent || isOther) throw new AuthorizationError("login_required", "Nobody is signed in, or somebody else");
    return { kind: "redirect", url: signInUrl(asked, mustSignIn || !isMeant) };
  }
  const scopes = allowedScopes(asked.scope, found.permissions);
  const authorization: Authorization = {
    client: found.client,
    userId: person.userId,
    sessionId: person.sessionId,
    redirectUri,
    scopes,
    // Without one, a token that says who somebody is is for `userinfo` alone.
    audience: asked.resource ?? (scopes.includes("openid") ? undefined : audiences[0]),
    challenge,
    nonce: asked.nonce,
    state: asked.state,
  };
  const isAllowed = found.isFirstParty || scopes.every((scope) => found.consented?.includes(scope));
  if (isAllowed && (found.isFirstParty || found.consented) && !prompts.includes("consent"))
    return { kind: "redirect", url: await codeUrl(platform, authorization) };
  if (isSilent) throw new AuthorizationError("consent_required", "The person has to be asked");
  return {
    kind: "consent",
    application: found.name,
    host: hostOf(found),
    redirectUri,
    email: person.email,
    // What the person lacks, the application doesn't get either.
    scopes: scopes.filter((scope) => !scope.includes(":") || permissionsAmong([scope], person.held).length > 0),
    sealed: await sealAuthorization(platform.secrets, "oauth-consent", authorization),
  };
}

/** A document says what it likes; its address is what somebody must have. */
function hostOf({ source, client }: Found): string | undefined {
  return source === "administrator" ? undefined : source === "document" ? new URL(client).host : "";
}

interface Person {
  userId: number;
  sessionId: string;
  authenticatedAt: string;
  email: string;
  held: string[];
}

/** Who is signed in in this browser. */
function personOf({ userId, sessionId, authenticatedAt, email, held }: Found): Person | undefined {
  if (userId === null || sessionId === null || authenticatedAt === null || email === null || held === null)
    return undefined;
  return { userId, sessionId, authenticatedAt, email, held };
}

/**
 * Whether it is the person that the application takes them for (OpenID Connect Core, §3.1.2.1). What is no ID token of ours
 * for that application names nobody: then the person must be asked, if they may be.
 */
async function isPersonMeant(
  { config, keySet }: Platform,
  { id_token_hint: hint, prompt }: AuthorizationParameters,
  { client, subject }: Found,
): Promise<boolean> {
  if (hint === undefined) return true;
  const named = await readIdTokenHint(await keySet(), hint, config.ISSUER);
  return named?.aud === client ? named.sub === subject : prompt !== "none";
}

function isRecent({ max_age: maxAge, since }: AuthorizationParameters, { authenticatedAt }: Person): boolean {
  const at = Date.parse(authenticatedAt);
  if (since !== undefined && at < Number(since) * 1000) return false;
  return maxAge === undefined || at >= Date.now() - Number(maxAge) * 1000;
}

/** The sign-in page, which leads back here; a second time round it must not be asked for again. */
function signInUrl(parameters: AuthorizationParameters, mustSignIn: boolean): string {
  const { prompt, continued: _, ...asked } = parameters;
  const rest = prompt?.split(" ").filter((each) => each !== "login" && each !== "select_account");
  const again = { ...asked, prompt: rest?.join(" ") || undefined };
  const since = mustSignIn ? String(Math.floor(Date.now() / 1000)) : asked.since;
  const back = withParameters("/oauth/authorize", { ...again, since });
  return withParameters("/sign-in", { return_to: back, login_hint: asked.login_hint });
}
