/**
 * Login with a code by mail. Asking takes no trip: the browser keeps a sealed request, and the queue's consumer finds out
 * whether the address has an account. A code is good only with the request that it was mailed for, so that whoever reads
 * it, a scanner or somebody the mail was forwarded to, signs nobody in. Redeeming takes two trips, as with a password.
 */
import { sql, type SQL } from "drizzle-orm";
import { isEqualInConstantTime } from "../../crypto/constant-time.ts";
import { codeOfHash } from "../../crypto/one-time-code.ts";
import { hashToken } from "../../crypto/one-time-token.ts";
import { remember, remembered } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { consumedHere, consumeToken, ownerOfToken, wasMailedToOwner } from "../accounts/one-time-tokens.ts";
import { happened } from "../events/happened.ts";
import { isGuarded, notShown, offered, offersOf, type AuthenticationMethod, type Offers } from "../factors/list.ts";
import { prepareSession, type SignedIn } from "../sessions/session.ts";
import { openChallenge, type Challenge } from "./challenge.ts";
import { completeLogin } from "./completion.ts";
import { recordRefusal } from "./history.ts";
import { isKnown, newDevice, readDevice, type Device } from "./known-devices.ts";
import { deviceThrottleKey, loginCodeKey, remainingWait, reserveAttempt, tooManyAttempts } from "./throttle.ts";

export const LOGIN_CODE_MINUTES = 10;
const TRIES = 5;
const METHOD = "email_code";
const SHOWN: AuthenticationMethod[] = ["email"];

/** What the browser that asked keeps, sealed. */
interface CodeRequest {
  /** Of the queue's message, which makes the code. */
  id: string;
  email: string;
  expiresAt: string;
}

/** No trip, and the same for every address. `device` is the one that asks, if the address has room for another mail. */
export async function requestLoginCode(
  platform: Platform,
  { email, device, hasRoom }: { email: string; device: Device; hasRoom: boolean },
): Promise<string> {
  const id = crypto.randomUUID();
  const expiresAt = new Date(Date.now() + LOGIN_CODE_MINUTES * 60_000).toISOString();
  const { userId, hash } = device;
  const known = userId === null ? {} : { device: { userId, hash } };
  if (hasRoom) await platform.enqueue({ type: "login_code", email, ...known, expiresAt }, id);
  return platform.secrets.seal(JSON.stringify({ id, email, expiresAt } satisfies CodeRequest), METHOD);
}

/** The code of a request. */
export async function loginCodeOf({ secrets }: Platform, id: string): Promise<string> {
  return codeOfHash(await secrets.keyedHash("login-code", id));
}

interface Attempt extends Record<string, unknown> {
  key: string;
  reserved: number | null;
  waitSeconds: number;
  /** Null where the address has no account, or the code is used up or has expired. */
  userId: number | null;
  deviceIsKnown: boolean;
  offers: Offers;
}

/** @throws AppError invalid_code, the same whatever was wrong, or too_many_attempts. */
export async function logInWithCode(
  platform: Platform,
  input: { emailCodeToken: string | undefined; code: string; deviceToken?: string | undefined },
): Promise<SignedIn | Challenge> {
  const asked = await readRequest(platform, input.emailCodeToken);
  if (!asked) throw new AppError("invalid_code");
  const { id, email } = asked;
  const tokenHash = await hashToken(id);
  const shown = await readDevice(platform, input.deviceToken);
  const attempt = await reserve(platform, { tokenHash, email, device: shown });
  const { userId, key, deviceIsKnown } = attempt;
  const refuse = (outcome: "failure" | "locked", reason: string) =>
    platform.defer(platform.db.execute(recordRefusal(platform, { outcome, reason, method: METHOD }, { userId, key })));
  if (attempt.reserved === null) {
    refuse("locked", "too_many_attempts");
    throw tooManyAttempts(attempt.waitSeconds);
  }
  const isRight = await isCode(platform, id, input.code);
  if (!isRight || userId === null) {
    refuse("failure", "wrong_code");
    throw new AppError("invalid_code");
  }
  const device = deviceIsKnown ? shown : await newDevice();
  const offers = notShown(attempt.offers, SHOWN);
  const common = { userId, method: METHOD, refusal: "invalid_code" } as const;
  const account = sql`
    select * from users where id = ${userId} and is_active and deleted_at is null and ${consumedHere(tokenHash)}`;
  if (offered(offers).length > 0)
    return openChallenge(platform, {
      ...common,
      before: useCode(tokenHash),
      first: SHOWN,
      account,
      device,
      deviceIsKnown,
      throttleKey: key,
      offers,
      after: toldOfProof(platform, userId),
    });
  const session = await prepareSession(platform, SHOWN, device);
  return completeLogin(platform, {
    ...common,
    // Still without a second factor: one that was turned on meanwhile is not bypassed, and then nothing happens.
    before: useCode(tokenHash, {
      condition: sql`(${isClearedByProof(sql`u`)} or not ${isGuarded(sql`u.id`, SHOWN)})`,
      touched: sql`, last_login_at = now()`,
    }),
    session,
    throttleKeys: [key],
    account: sql`account as (${account})`,
    after: toldOfProof(platform, userId, session.sessionId),
  });
}

/** Undefined for one that was not sealed here, or has expired. */
async function readRequest({ secrets }: Platform, token: string | undefined): Promise<CodeRequest | undefined> {
  const text = token === undefined ? undefined : await secrets.open(token, METHOD).catch(() => undefined);
  const request = text === undefined ? undefined : (JSON.parse(text) as CodeRequest);
  return request && Date.parse(request.expiresAt) > Date.now() ? request : undefined;
}

/** Counts the guess before it is checked, for the request and for its address; those without an account cost the same. */
async function reserve(
  platform: Platform,
  { tokenHash, email, device }: { tokenHash: string; email: string; device: Device },
): Promise<Attempt> {
  const deviceKey = deviceThrottleKey(sql`asked.user_id`, device.hash, "login_code");
  const key = sql`select key from bucket`;
  const { attempt } = await asAccount(platform, ownerOfToken(tokenHash), {
    attempt: platform.db.execute<Attempt>(sql`
      with asked as (
        select t.id, t.user_id, u.is_verified, u.role_id, u.proof_due_at, ${isKnown(device, sql`u.id`)} as device_is_known
        from one_time_tokens t join users u on u.id = t.user_id and u.is_active and u.deleted_at is null
        where t.token = ${tokenHash} and t.purpose = 'login_code' and t.used_at is null and t.expires_at > now()
          and t.attempts < ${TRIES}::int and ${wasMailedToOwner}
      ), bucket as (
        select coalesce((select ${deviceKey} from asked where device_is_known), ${await loginCodeKey(platform, email)}) as key
      ), reserved as (${reserveAttempt(key, "second_factor")}),
      counted as (
        update one_time_tokens t set attempts = t.attempts + 1, updated_at = now()
        from asked where t.id = asked.id and exists (select from reserved)
      )
      select (${key}) as key, (select failures from reserved) as reserved,
        ${remainingWait(key, "second_factor")} as "waitSeconds", asked.user_id as "userId",
        coalesce(asked.device_is_known, false) as "deviceIsKnown",
        case when ${isClearedByProof(sql`asked`)} then '{}'::jsonb else ${offersOf(sql`asked.user_id`)} end as offers
      from (select 1) as one left join asked on true`),
  });
  return attempt.rows[0]!;
}

/** Made with the current secret or the one before. */
async function isCode({ secrets }: Platform, id: string, typed: string): Promise<boolean> {
  const encoder = new TextEncoder();
  const given = encoder.encode(typed.replaceAll(/[\s-]/g, ""));
  const codes = (await secrets.keyedHashes("login-code", id)).map(codeOfHash);
  return codes.filter((code) => isEqualInConstantTime(encoder.encode(code), given)).length > 0;
}

/** Condition: the first proof of the mailbox takes away what guards the account, as the trigger on it decides. */
function isClearedByProof(user: SQL): SQL {
  return sql`(not ${user}.is_verified and ${user}.role_id = 0 and ${user}.proof_due_at is distinct from 'infinity')`;
}

/**
 * Statement: uses the code up if `condition` holds (on its owner `u`). The first one proves the mailbox, and whoever
 * registered the address before its owner loses the password with everything else; only where an administrator had
 * replaced a proven address is it the owner's.
 */
function useCode(tokenHash: string, { condition = sql`true`, touched = sql`` } = {}): SQL {
  return sql`
    with consumed as (${consumeToken(tokenHash, ["login_code"], sql`${wasMailedToOwner} and ${condition}`)}),
    proven as (
      update users u set is_verified = true, updated_at = now()${touched},
        password_hash = case when u.proof_due_at = 'infinity' then u.password_hash end
      from consumed where u.id = consumed.user_id and not u.is_verified
      returning u.id
    )
    select ${remember(sql`exists (select from proven)`)}`;
}

/** Of the first proof alone. */
function toldOfProof(platform: Platform, userId: number, sessionId?: string) {
  return happened(platform, {
    event: "email.verified_by_code",
    userId,
    where: sql`${remembered}::boolean`,
    facts: { ...(sessionId && { exceptSessionId: sessionId }) },
  });
}
