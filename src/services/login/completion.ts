/**
 * The end of every login, with or without a second factor: session, history, known device, and the owner told of a new
 * one.
 */
import { sql, type SQL } from "drizzle-orm";
import { AppError, type ErrorCode } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { accountColumns, type AccountRow } from "../accounts/view.ts";
import { asAccount } from "../access/actor.ts";
import { writtenHere } from "../../db/batch.ts";
import { joinRole } from "../access/held-role.ts";
import { describeDevice } from "./device-name.ts";
import { forgetSurplusDevices, isKnown, rememberDevice, unfamiliarLogin } from "./known-devices.ts";
import { recordLogin } from "./history.ts";
import { rememberPlace, risksOf } from "./risk.ts";
import { clearAttempts } from "./throttle.ts";
import { tell, type Happening, type Told } from "../events/happened.ts";
import { queuedRows, sendNow, type OutboxRow } from "../events/outbox.ts";
import type { Proof } from "../factors/factor.ts";
import { endSurplusSessions, openSession, signIn, type NewSession, type SignedIn } from "../sessions/session.ts";

interface LoginInput {
  userId: number;
  session: NewSession;
  /** As in the history: `pwd`, `totp`, `email`, `recovery_code`. */
  method: string;
  /** The throttles that success clears. */
  throttleKeys: string[];
  /** CTEs that end with `account`, the row of `users` if the login may succeed; no row if not. */
  account: SQL;
  /** What is written to the row of `users` instead, as a further CTE: `, upgraded as (…)`. By default the time alone. */
  also?: SQL;
  /** Statement that comes first, and what follows at the end of the batch. */
  before?: SQL | undefined;
  after?: Told | undefined;
  /** What happened even where the login fails; the outbox's sweep sends it then. */
  reported?: Happening[];
  /** What else the owner is told. */
  told?: Proof["told"];
  /** The error if the login may not succeed. */
  refusal: ErrorCode;
}

/**
 * Unless an earlier statement of the batch has done it: for a row that was written before in the same transaction,
 * PostgreSQL looks up the role again, and waits for whoever deletes the role and waits for this account.
 */
const TOUCHED = sql`, touched as (
  update users set last_login_at = now()
  where id = (select user_id from opened) and not ${writtenHere("users")})`;

export interface Opened extends AccountRow {
  authenticatedAt: string;
  outbox: OutboxRow[] | null;
}

/** One trip. @throws AppError `refusal` if `account` has no row. */
export async function completeLogin(platform: Platform, input: LoginInput): Promise<SignedIn> {
  const { outcome } = await asAccount(platform, sql`u.id = ${input.userId}`, {
    before: input.before && platform.db.execute(input.before),
    outcome: platform.db.execute<Opened>(openLogin(platform, input)),
    ...input.after,
  });
  const signedIn = await endLogin(platform, input.session, outcome.rows[0]);
  if (!signedIn) throw new AppError(input.refusal);
  return signedIn;
}

/** After the trip; undefined if the login could not succeed. */
export async function endLogin(
  platform: Platform,
  session: NewSession,
  account: Opened | undefined,
): Promise<SignedIn | undefined> {
  if (!account) return undefined;
  sendNow(platform, account.outbox);
  return signIn(platform, session, account);
}

/** Statement, under the account's lock: opens the session for the row of `account`, if there is one. */
export function openLogin(
  platform: Platform,
  input: Pick<LoginInput, "session" | "method" | "throttleKeys" | "account" | "also" | "told" | "reported">,
): SQL {
  const { session, method } = input;
  const { sessionId, device } = session;
  const userId = sql`(select user_id from opened)`;
  const happenings: Happening[] = [
    newDevice(platform, sessionId),
    {
      event: "sessions.crowded_out",
      userId,
      where: sql`exists (select from ended)`,
      facts: { sessionIds: sql`(select jsonb_agg(session_id) from ended)` },
    },
    ...(input.told
      ? [{ event: input.told.event, userId, where: sql`exists (select from opened)`, facts: { data: input.told.data } }]
      : []),
    ...(input.reported ?? []),
  ];
  const opened = sql`opened`;
  return sql`
    with ${input.account},
    opened as (${openSession(platform, session, sql`account`)}),
    risky as (select nullif(array_to_string(${risksOf(platform, userId, isKnown(device, userId))}, ','), '') as reasons),
    recorded as (${recordLogin(platform, { outcome: "success", reason: REASONS, method, sessionId }, sql`user_id`, sql`from opened`)}),
    ended as (${endSurplusSessions(opened)}),
    remembered as (${rememberDevice(device.hash, opened)}),
    placed as (${rememberPlace(platform, opened, sql`account`)}),
    forgotten as (${forgetSurplusDevices(device.hash, opened)}),
    unfamiliar as (${unfamiliarLogin(platform, device.hash, opened)} or (${REASONS} is not null)),
    ${tell(platform, happenings)},
    cleared as (${clearAttempts(...input.throttleKeys)} and exists (select from opened))
    ${input.also ?? TOUCHED}
    select ${accountColumns}, opened.authenticated_at as "authenticatedAt", 
      ${queuedRows} as outbox
    from account u ${joinRole} cross join opened`;
}

/** What looked wrong about it, by name; null if nothing did. */
const REASONS = sql`(select reasons from risky)`;

function newDevice({ client }: Platform, sessionId: string): Happening {
  const { country, city } = client;
  return {
    event: "login.from_new_device",
    userId: sql`(select user_id from unfamiliar)`,
    where: sql`exists (select from unfamiliar)`,
    facts: {
      data: sql`${JSON.stringify({ sessionId, device: describeDevice(client.userAgent), country, city })}::jsonb
        || jsonb_strip_nulls(jsonb_build_object('reasons', ${REASONS}))`,
      payload: { sessionId },
    },
  };
}
