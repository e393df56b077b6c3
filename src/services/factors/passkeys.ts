/** An account's passkeys from their owner's view: the list, names, removal. */
import { sql, type SQL } from "drizzle-orm";
import { isoTime } from "../../db/iso-time.ts";
import { issueChallenge } from "../../crypto/passkey-challenge.ts";
import { writtenHere } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";
import { happened } from "../events/happened.ts";
import { changeFactors } from "./change.ts";
import { isGuarded } from "./list.ts";
import { allowedPasskeys, askForPasskey, passkey, type PasskeyQuestion } from "./passkey.ts";
import { relyingPartyOf } from "./passkey-ceremony.ts";
import { recoveryCodes } from "./recovery-codes.ts";

export interface PasskeyEntry {
  id: number;
  /** base64url. */
  credentialId: string;
  name: string | null;
  /** The model of the authenticator; lists of names for people are public. */
  aaguid: string;
  transports: string[];
  backupEligible: boolean;
  backedUp: boolean;
  signsIn: boolean;
  createdAt: string;
  lastUsedAt: string | null;
}

export interface Passkeys {
  passkeys: PasskeyEntry[];
  /** For `PublicKeyCredential.signalAllAcceptedCredentials`: with the list, what a browser must know to forget the others. */
  rpId: string;
  userHandle: string | null;
  /** Without one, the account opens with passkeys alone. */
  hasPassword: boolean;
}

/** Which passkey proves the session again: one trip, since those that can't be found without a name are named. */
export async function askAgain(platform: Platform, actor: Actor): Promise<PasskeyQuestion> {
  const { userId, sessionId } = actor;
  const { allowed } = await readAs(platform, actor, {
    allowed: platform.db.execute<{ passkeys: PasskeyQuestion["allowCredentials"] | null }>(
      sql`select ${allowedPasskeys(userId)} as passkeys`,
    ),
  });
  return askForPasskey(platform, {
    challenge: await issueChallenge(platform.secrets, { kind: "reauthentication", sessionId }),
    userVerification: "preferred",
    allowCredentials: allowed.rows[0]!.passkeys ?? [],
  });
}

/** All of them, oldest first: an account has few. */
export async function listPasskeys(platform: Platform, actor: Actor): Promise<Passkeys> {
  const { userId } = actor;
  const { account, page } = await readAs(platform, actor, {
    account: platform.db.execute<{ handle: string | null; hasPassword: boolean }>(sql`
      select webauthn_handle as handle, password_hash is not null as "hasPassword" from users where id = ${userId}`),
    page: platform.db.execute<PasskeyEntry & Record<string, unknown>>(sql`
      select p.id, p.credential_id as "credentialId", p.name, p.aaguid, p.transports, p.backup_eligible as "backupEligible",
        p.backed_up as "backedUp", p.signs_in as "signsIn", p.created_at as "createdAt", p.last_used_at as "lastUsedAt"
      from passkeys p where p.user_id = ${userId} order by p.id`),
  });
  return {
    passkeys: page.rows.map((row) => ({
      ...row,
      createdAt: isoTime(row.createdAt),
      lastUsedAt: isoTime(row.lastUsedAt),
    })),
    rpId: relyingPartyOf(platform),
    userHandle: account.rows[0]!.handle,
    hasPassword: account.rows[0]!.hasPassword,
  };
}

/** @throws AppError not_found */
export async function renamePasskey(
  platform: Platform,
  actor: Actor,
  { id, name }: { id: number; name: string },
): Promise<void> {
  const { userId } = actor;
  const own = sql`p.id = ${id} and p.user_id = ${userId}`;
  const { renamed } = await asActor(platform, actor, {
    renamed: platform.db.execute(sql`
      update passkeys p set name = ${name}, updated_at = now() where ${own} returning p.id`),
    ...happened(platform, {
      event: "passkey.renamed",
      userId,
      target: ["passkey", id],
      where: sql`exists (select from passkeys p where ${own} and ${writtenHere("p")})`,
    }),
  });
  if (renamed.rows.length === 0) throw new AppError("not_found");
}

interface Found extends Record<string, unknown> {
  credentialId: string;
}

/** Condition: the account can be opened without the passkey `id`. */
function anotherWayIn({ config }: Platform, userId: number, id: number): SQL {
  const issuers = config.FEDERATION.map(({ issuer }) => issuer);
  return sql`(
    exists (select from users where id = ${userId} and password_hash is not null)
    or exists (select from identities i where i.user_id = ${userId} and i.issuer = any(${sql.param(issuers)}::text[]))
    or exists (select from passkeys other where other.user_id = ${userId} and other.id <> ${id} and other.signs_in))`;
}

/**
 * The last factor takes the recovery codes with it; the last passkey, what this session has shown by one.
 * @throws AppError not_found, last_way_in
 */
export async function removePasskey(platform: Platform, actor: Actor, id: number): Promise<void> {
  const { userId, sessionId } = actor;
  const { found } = await changeFactors(platform, actor, {
    before: platform.db.execute<Found>(sql`
      select p.credential_id as "credentialId" from passkeys p where p.id = ${id} and p.user_id = ${userId}`),
    change: passkey.remove(userId, sql`id = ${id} and ${anotherWayIn(platform, userId, id)}`),
    entails: (done) => ({
      lowered: sql`
        update refresh_tokens t set updated_at = now(),
          methods = array(select shown from unnest(t.methods) as shown where shown <> all(${sql.param(passkey.grade.methods)}::text[]))
        where t.session_id = ${sessionId}::uuid and ${done} and ${passkey.since(userId)} is null`,
      dropped: recoveryCodes.remove(userId, sql`${done} and not ${isGuarded(userId)}`),
    }),
    event: "passkey.removed",
    data: { passkeyId: String(id) },
    otherwise: (known) => new AppError(known ? "last_way_in" : "not_found"),
  });
  platform.defer(platform.passkeyKeys.forget(found!.credentialId));
}
