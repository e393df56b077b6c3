/** What every passkey ceremony of this service is asked for, and the challenges that are redeemed. */
import { sql, type SQL } from "drizzle-orm";
import { readChallenge, type PasskeyCeremony, type RedeemableChallenge } from "../../crypto/passkey-challenge.ts";
import { challengeIn, type Ceremony, type KnownCredential } from "../../crypto/webauthn.ts";
import { writtenHere } from "../../db/batch.ts";
import type { Platform } from "../../platform/index.ts";
import type { Happening } from "../events/happened.ts";
import type { NoticeType } from "../events/notice-texts.ts";

const NOTICE: NoticeType = "passkey_copy_suspected";

/** Milliseconds that a person has; browsers may allow more or less. */
export const CEREMONY_TIMEOUT_MS = 300_000;

/** The domain that passkeys are bound to: it can't change without losing them all. */
export function relyingPartyOf({ config }: Platform): string {
  return config.PASSKEY_DOMAIN || new URL(config.ISSUER).hostname;
}

/** Where a ceremony may take place: this service, and the front ends that may call it. */
export function originsOf({ config }: Platform): string[] {
  const app = config.APP_URL === "" ? [] : [new URL(config.APP_URL).origin];
  return [...new Set([config.ISSUER, ...app, ...config.ALLOWED_ORIGINS])];
}

export function ceremonyOf(
  platform: Platform,
  challenge: string,
  { requireUserVerification }: Pick<Ceremony, "requireUserVerification">,
): Ceremony {
  return { challenge, origins: originsOf(platform), rpId: relyingPartyOf(platform), requireUserVerification };
}

interface AnsweredChallenge extends RedeemableChallenge {
  challenge: string;
}

/** The challenge that a browser has answered, if it was issued for `ceremony` and has not expired. */
export async function findChallenge(
  { secrets }: Platform,
  clientDataJSON: string,
  ceremony: PasskeyCeremony,
): Promise<AnsweredChallenge | undefined> {
  const challenge = challengeIn(clientDataJSON);
  const read = challenge === undefined ? undefined : await readChallenge(secrets, challenge, ceremony);
  return read && { ...read, challenge: challenge! };
}

/** Statement or CTE body: uses the challenge up where `source` has a row, and returns a row unless it was used before. */
export function spendChallenge({ nonce, expiresAt }: RedeemableChallenge, source = sql``): SQL {
  return sql`
    insert into used_challenges (id, expires_at) select ${nonce}::uuid, ${expiresAt.toISOString()}::timestamptz ${source}
    on conflict (id) do nothing returning id`;
}

/** Condition, in a later statement of the batch: that statement has used it up. */
export function spentHere({ nonce }: RedeemableChallenge): SQL {
  return sql`exists (select from used_challenges c where c.id = ${nonce}::uuid and ${writtenHere("c")})`;
}

/** A passkey as it is stored: what a signature is checked against. */
export interface StoredPasskey extends KnownCredential {
  id: number;
}

/** SQL expression: a StoredPasskey of the row `p`, as JSON. */
export const storedPasskey: SQL = sql`jsonb_build_object(
  'id', p.id, 'credentialId', p.credential_id, 'publicKey', p.public_key, 'algorithm', p.algorithm,
  'backupEligible', p.backup_eligible)`;

/** What a good signature says of itself. */
export interface Shown {
  counter: number;
  backedUp: boolean;
}

/**
 * CTE body: records the use where `gate` holds. No row for a passkey that is gone, or for a counter that has not grown:
 * a copy of the key has been used since (WebAuthn §6.1.1). Passkeys that are synchronised count nothing: always 0.
 */
export function usePasskey(
  userId: number,
  { id }: Pick<StoredPasskey, "id">,
  { counter, backedUp }: Shown,
  gate: SQL,
): SQL {
  return sql`
    update passkeys p set counter = ${counter}::bigint, backed_up = ${backedUp}::boolean, last_used_at = now(), updated_at = now()
    where p.id = ${id}::int and p.user_id = ${userId}::int
      and (p.counter < ${counter}::bigint or (p.counter = 0 and ${counter}::bigint = 0)) and ${gate}
    returning p.user_id`;
}

/**
 * Reports, where `gate` holds, a counter that is not above the one that was shown before: there are two keys. Once a day
 * for an account, however often somebody tries.
 */
export function suspectCopy(
  userId: number,
  { id }: Pick<StoredPasskey, "id">,
  { counter }: Shown,
  gate: SQL,
): Happening {
  const where = sql`${gate} and exists (
      select from passkeys p
      where p.id = ${id}::int and p.user_id = ${userId}::int and p.counter > 0 and p.counter >= ${counter}::bigint)
    and not exists (
      select from notifications n
      where n.user_id = ${userId}::int and n.type = ${NOTICE} and n.created_at > now() - interval '1 day')`;
  return { event: "passkey.copy_suspected", userId: sql`${userId}::int`, where };
}

/** RFC 8176: a key that leaves its hardware is `swk`; `user` is the person's presence. */
export function methodsShown({ backupEligible }: Pick<KnownCredential, "backupEligible">) {
  return [backupEligible ? "swk" : "hwk", "user"] as const;
}
