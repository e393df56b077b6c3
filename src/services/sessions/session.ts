/** Sessions: one row per signed-in device; opened, represented by tokens, ended. */
import { sql, type SQL } from "drizzle-orm";
import { signAccessToken } from "../../crypto/access-token.ts";
import { issueDeviceToken } from "../../crypto/device-token.ts";
import { hashToken } from "../../crypto/one-time-token.ts";
import { issueRefreshToken } from "../../crypto/refresh-token.ts";
import type { Platform } from "../../platform/index.ts";
import type { AuthenticationMethod } from "../factors/list.ts";
import { toUser, type AccountRow, type User } from "../accounts/view.ts";
import { usablePermissions } from "../access/permissions.ts";
import { newDevice, type Device } from "../login/known-devices.ts";

export const SESSION_IDLE_DAYS = 30;
export const SESSION_ABSOLUTE_DAYS = 90;

/** A session about to be opened: its id and first refresh token, before the database has it. */
export interface NewSession {
  sessionId: string;
  refreshToken: string;
  tokenHash: string;
  methods: AuthenticationMethod[];
  device: Device;
  issuedAt: Date;
}

/** Without a `device` the session gets a new one. */
export async function prepareSession(
  { secrets }: Platform,
  methods: AuthenticationMethod[],
  device?: Device,
): Promise<NewSession> {
  const sessionId = crypto.randomUUID();
  const refreshToken = await issueRefreshToken(secrets, { sessionId, generation: 0 });
  return {
    sessionId,
    refreshToken,
    tokenHash: await hashToken(refreshToken),
    methods,
    device: device ?? (await newDevice()),
    issuedAt: new Date(),
  };
}

/** CTE body: opens the session for the row of `account` (the name of a CTE), if there is one. */
export function openSession({ client }: Platform, session: NewSession, account: SQL): SQL {
  return sql`
    insert into refresh_tokens (user_id, session_id, token, methods, device, ip_address, user_agent, country, city, expires_at)
    select a.id, ${session.sessionId}::uuid, ${session.tokenHash}, ${sql.param(session.methods)}::text[], ${session.device.hash},
      ${client.ipAddress}, ${client.userAgent}, ${client.country}, ${client.city},
      now() + make_interval(days => ${SESSION_IDLE_DAYS}::int)
    from ${account} a
    returning user_id, authenticated_at`;
}

/** Per account; the next login ends those unused for longest. */
const MAX_SESSIONS = 100;

/**
 * CTE body: makes room for the session in `opened` (the name of a CTE), which its statement's snapshot does not count
 * yet.
 */
export function endSurplusSessions(opened: SQL): SQL {
  const live = sql`user_id = (select user_id from ${opened}) and revoked_at is null`;
  return sql`${revokeSessions(
    "too_many_sessions",
    sql`${live} and id in (
      select id from refresh_tokens where ${live} and expires_at > now()
      order by last_used_at desc offset ${MAX_SESSIONS - 1}::int)`,
  )}
    returning session_id`;
}

export interface Tokens {
  token: string;
  refreshToken: string;
  /** Seconds until `token` expires. */
  expiresIn: number;
}

interface TokenInput {
  account: Pick<AccountRow, "id" | "roleId" | "permissions">;
  sessionId: string;
  refreshToken: string;
  methods: string[];
  authenticatedAt: string;
  /**
   * Taken before the trip that reads the account: the mark of an act that the trip did not see is later, and covers the
   * token.
   */
  issuedAt: Date;
}

export async function issueTokens(platform: Platform, input: TokenInput): Promise<Tokens> {
  const { refreshToken } = input;
  return { ...(await issueAccessToken(platform, input)), refreshToken };
}

export async function issueAccessToken(
  platform: Platform,
  input: Omit<TokenInput, "refreshToken">,
): Promise<Omit<Tokens, "refreshToken">> {
  const { config, keySet } = platform;
  const { token } = await signAccessToken(await keySet(), {
    issuer: config.ISSUER,
    audience: config.AUDIENCE,
    subject: String(input.account.id),
    sessionId: input.sessionId,
    role: input.account.roleId,
    permissions: usablePermissions(platform, input.account.permissions, input.methods),
    amr: input.methods,
    authenticatedAt: new Date(input.authenticatedAt),
    ttlSeconds: config.ACCESS_TOKEN_TTL,
    now: input.issuedAt,
  });
  return { token, expiresIn: config.ACCESS_TOKEN_TTL };
}

/** A client's tokens after signing in. */
export type SignedIn = Tokens & { user: User; deviceToken: string };

export async function signIn(
  platform: Platform,
  session: NewSession,
  account: AccountRow & { authenticatedAt: string },
): Promise<SignedIn> {
  const { userAgent, country, city } = platform.client;
  const { sessionId } = session;
  platform.defer(
    platform.hubs.tell(account.id, { type: "session", event: "started", sessionId, userAgent, country, city }),
  );
  return {
    ...(await issueTokens(platform, { ...session, account, authenticatedAt: account.authenticatedAt })),
    user: toUser(account),
    deviceToken: await issueDeviceToken(platform.secrets, { userId: account.id, deviceId: session.device.id }),
  };
}

/** Ends the live sessions that `condition` selects. */
export function revokeSessions(reason: string, condition: SQL): SQL {
  return sql`
    update refresh_tokens set revoked_at = now(), revoked_reason = ${reason}, updated_at = now()
    where revoked_at is null and ${condition}`;
}
