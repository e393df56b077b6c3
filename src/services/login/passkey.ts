/**
 * Login with a passkey alone: the authenticator has verified its user, so it is two factors at once. One trip where KV has
 * the public key, else two. Nothing here takes an address, so nothing can be asked about one; docs/security.md says what
 * whoever holds a passkey may learn.
 */
import { sql } from "drizzle-orm";
import { isEqualInConstantTime } from "../../crypto/constant-time.ts";
import { issueChallenge } from "../../crypto/passkey-challenge.ts";
import { verifyAuthentication, type WebAuthnRefusal } from "../../crypto/webauthn.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { KeptPasskey } from "../../platform/passkey-keys.ts";
import { methodsOf } from "../factors/list.ts";
import { askForPasskey, type PasskeyQuestion } from "../factors/passkey.ts";
import {
  ceremonyOf,
  findChallenge,
  methodsShown,
  spendChallenge,
  storedPasskey,
  usePasskey,
  type StoredPasskey,
} from "../factors/passkey-ceremony.ts";
import type { PasskeyAssertion } from "../factors/passkey-fields.ts";
import { prepareSession, type SignedIn } from "../sessions/session.ts";
import { completeLogin } from "./completion.ts";
import { recordLogin } from "./history.ts";
import { readDevice } from "./known-devices.ts";

/** No trip: no account is named, and the browser offers what it has for this domain. */
export async function askForLogin(platform: Platform): Promise<PasskeyQuestion> {
  const challenge = await issueChallenge(platform.secrets, { kind: "login" });
  return askForPasskey(platform, { challenge, userVerification: "required", allowCredentials: [] });
}

interface PasskeyLogin {
  credential: PasskeyAssertion;
  deviceToken?: string | undefined;
}

/** @throws AppError invalid_passkey, the same whatever was wrong; unknown_passkey for one that has been removed. */
export async function logInWithPasskey(
  platform: Platform,
  { credential, deviceToken }: PasskeyLogin,
): Promise<SignedIn> {
  const { id, response } = credential;
  const asked = await findChallenge(platform, response.clientDataJSON, { kind: "login" });
  if (!asked || !response.userHandle) throw new AppError("invalid_passkey");
  const known = await find(platform, id, response.userHandle);
  if (!isEqualInConstantTime(encoded(known.userHandle), encoded(response.userHandle)))
    throw refused(platform, known, "wrong_credential");
  const verdict = await verifyAuthentication(
    credential,
    known,
    ceremonyOf(platform, asked.challenge, { requireUserVerification: true }),
  );
  if (!verdict.ok) throw refused(platform, known, verdict.reason);
  const { userId } = known;
  const shown = await readDevice(platform, deviceToken);
  const mayBeUnproven = platform.config.REGISTRATION !== "verified";
  return completeLogin(platform, {
    userId,
    session: await prepareSession(
      platform,
      methodsOf("passkey", { methods: methodsShown(known) }),
      shown.userId === userId ? shown : undefined,
    ),
    method: "passkey",
    throttleKeys: [],
    // Under the account's lock: a removal, a deletion or a disabling that came first is seen. Challenge and passkey are used
    // together or not at all.
    account: sql`
      candidate as (
        select u.* from users u join passkeys p on p.user_id = u.id and p.id = ${known.id}::int and p.signs_in
        where u.id = ${userId} and u.is_active and u.deleted_at is null and (u.is_verified or ${mayBeUnproven}::boolean)
      ), spent as (${spendChallenge(asked, sql`from candidate`)}),
      proven as (${usePasskey(userId, known, verdict, sql`exists (select from spent)`)}),
      account as (select * from candidate where exists (select from proven))`,
    refusal: "invalid_passkey",
  }).catch((error: unknown) => {
    if (error instanceof AppError) throw refused(platform, known, "not_usable");
    throw error;
  });
}

const encoded = (text: string) => new TextEncoder().encode(text);

interface Found extends Record<string, unknown> {
  /** Whether an active account has this handle. */
  isOurs: boolean;
  userId: number | null;
  userHandle: string | null;
  stored: StoredPasskey | null;
}

/**
 * `unknown_passkey` makes browsers delete a passkey for good. So it is said only about a handle that an active account
 * has: that is random and kept by its authenticators alone, so nobody else can ask.
 */
async function find(platform: Platform, credentialId: string, userHandle: string): Promise<KeptPasskey> {
  const kept = await platform.passkeyKeys.find(credentialId);
  if (kept) return kept;
  const { rows } = await platform.db.execute<Found>(sql`
    select exists (
        select from users u where u.webauthn_handle = ${userHandle} and u.is_active and u.deleted_at is null) as "isOurs",
      owner.id as "userId", owner.webauthn_handle as "userHandle",
      case when p.id is not null then ${storedPasskey} end as stored
    from (select 1) as one left join passkeys p on p.credential_id = ${credentialId}
    left join users owner on owner.id = p.user_id`);
  const { isOurs, userId, userHandle: handle, stored } = rows[0]!;
  if (stored === null || userId === null || handle === null)
    throw new AppError(isOurs ? "unknown_passkey" : "invalid_passkey");
  const found = { ...stored, userId, userHandle: handle };
  platform.defer(platform.passkeyKeys.keep(found));
  return found;
}

/** For the owner's history, written after the answer: its time reveals nothing. */
function refused(platform: Platform, { userId }: KeptPasskey, reason: WebAuthnRefusal | "not_usable"): AppError {
  platform.defer(platform.db.execute(recordLogin(platform, { outcome: "failure", reason, method: "passkey" }, userId)));
  return new AppError("invalid_passkey");
}
