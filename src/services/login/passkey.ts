/**
 * Login with a passkey alone: the authenticator has verified its user, so it is two factors at once. One trip where KV has
 * the public key, else two. Nothing here takes an address, so nothing can be asked about one. Every refusal of an answered
 * challenge costs the same, one signature and two trips, so that its time says nothing about passkey or account.
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
  suspectCopy,
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
  const kept = await platform.passkeyKeys.find(id);
  const found = kept ? { isOurs: true, known: kept } : await find(platform, id, response.userHandle);
  if (!kept && found.known) platform.defer(platform.passkeyKeys.keep(found.known));
  const ceremony = ceremonyOf(platform, asked.challenge, { requireUserVerification: true });
  const verdict = await verifyAuthentication(credential, found.known ?? { ...DECOY, credentialId: id }, ceremony);
  const { known } = found;
  const isTheirs = known && isEqualInConstantTime(encoded(known.userHandle), encoded(response.userHandle));
  if (!isTheirs || !verdict.ok) {
    if (kept) await find(platform, id, response.userHandle);
    await recordRefusal(platform, known?.userId, isTheirs && !verdict.ok ? verdict.reason : "wrong_credential");
    throw new AppError(known || !found.isOurs ? "invalid_passkey" : "unknown_passkey");
  }
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
    reported: [suspectCopy(userId, known, verdict, sql`exists (select from spent)`)],
    refusal: "invalid_passkey",
  }).catch(async (error: unknown) => {
    if (error instanceof AppError) {
      const recorded = recordRefusal(platform, userId, "not_usable");
      if (kept) await recorded;
      else platform.defer(recorded);
    }
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

/** As good as any (RFC 7515 A.3): what the signature of an unknown passkey is checked against. */
const DECOY = {
  publicKey: {
    kty: "EC",
    crv: "P-256",
    x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  },
  algorithm: "ES256",
  backupEligible: false,
} as const;

/**
 * `unknown_passkey` makes browsers delete a passkey for good. So it is said only about a handle that an active account
 * has: that is random and kept by its authenticators alone, so nobody else can ask.
 */
async function find(platform: Platform, credentialId: string, userHandle: string) {
  const { rows } = await platform.db.execute<Found>(sql`
    select exists (
        select from users u where u.webauthn_handle = ${userHandle} and u.is_active and u.deleted_at is null) as "isOurs",
      owner.id as "userId", owner.webauthn_handle as "userHandle",
      case when p.id is not null then ${storedPasskey} end as stored
    from (select 1) as one left join passkeys p on p.credential_id = ${credentialId}
    left join users owner on owner.id = p.user_id`);
  const { isOurs, userId, userHandle: handle, stored } = rows[0]!;
  if (stored === null || userId === null || handle === null) return { isOurs, known: undefined };
  const known: KeptPasskey = { ...stored, userId, userHandle: handle };
  return { isOurs, known };
}

/** For the owner's history; of a passkey that nobody has, no row, by the same statement. */
function recordRefusal(
  platform: Platform,
  userId: number | undefined,
  reason: WebAuthnRefusal | "not_usable",
): Promise<unknown> {
  const refusal = { outcome: "failure", reason, method: "passkey" } as const;
  return platform.db.execute(
    recordLogin(platform, refusal, userId ?? null, sql`where ${userId !== undefined}::boolean`),
  );
}
