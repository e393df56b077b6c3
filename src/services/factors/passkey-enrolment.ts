/** A new passkey: what the browser is asked for, and what it made. One trip each. */
import { sql } from "drizzle-orm";
import { encodeBase64url } from "../../crypto/base64url.ts";
import { issueChallenge, type PasskeyCeremony } from "../../crypto/passkey-challenge.ts";
import { verifyRegistration } from "../../crypto/webauthn.ts";
import { COSE_ALGORITHMS, PASSKEY_ALGORITHMS } from "../../crypto/webauthn-keys.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asActor, readAs, type Actor } from "../access/actor.ts";
import { changeFactors } from "./change.ts";
import { methodsOf } from "./list.ts";
import { allowedPasskeys, incorrectPasskey } from "./passkey.ts";
import {
  CEREMONY_TIMEOUT_MS,
  ceremonyOf,
  findChallenge,
  methodsShown,
  relyingPartyOf,
  spendChallenge,
  spentHere,
} from "./passkey-ceremony.ts";
import type { PasskeyRegistration } from "./passkey-fields.ts";
import { newRecoveryCodes, type RecoveryCodes } from "./recovery-codes.ts";

/** Of one account. */
export const MAX_PASSKEYS = 20;

const HANDLE_BYTES = 32;

const ceremonyFor = ({ sessionId }: Actor): PasskeyCeremony => ({ kind: "registration", sessionId });

interface Owner extends Record<string, unknown> {
  handle: string;
  email: string;
  prenom: string;
  nom: string;
  excluded: { type: "public-key"; id: string; transports: string[] }[] | null;
}

/**
 * `PublicKeyCredentialCreationOptionsJSON`. The account gets its handle with the first ones: random, since whoever finds
 * the authenticator can read it.
 */
export async function startPasskey(platform: Platform, actor: Actor) {
  const { userId } = actor;
  const handle = encodeBase64url(crypto.getRandomValues(new Uint8Array(HANDLE_BYTES)));
  const { db, config, secrets } = platform;
  const { owner } = await asActor(platform, actor, {
    named: db.execute(sql`
      update users set webauthn_handle = ${handle} where id = ${userId} and webauthn_handle is null`),
    owner: db.execute<Owner>(sql`
      select u.webauthn_handle as handle, u.email, u.prenom, u.nom, ${allowedPasskeys(userId)} as excluded
      from users u where u.id = ${userId}`),
  });
  const { handle: id, email, prenom, nom, excluded } = owner.rows[0]!;
  return {
    rp: { id: relyingPartyOf(platform), name: config.PRODUCT_NAME },
    user: { id, name: email, displayName: `${prenom} ${nom}` },
    challenge: await issueChallenge(secrets, ceremonyFor(actor)),
    pubKeyCredParams: PASSKEY_ALGORITHMS.map((name) => ({ type: "public-key", alg: COSE_ALGORITHMS[name] })),
    timeout: CEREMONY_TIMEOUT_MS,
    excludeCredentials: excluded ?? [],
    // Preferred, not required: a security key without a PIN is a good second factor.
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
    attestation: "none",
    extensions: { credProps: true },
  };
}

interface Found extends Record<string, unknown> {
  spent: boolean;
  count: number;
}

/**
 * The session has shown the passkey, and its tokens say so from now on. Recovery codes come with it where there are none.
 * @throws AppError incorrect_passkey, passkey_taken, too_many_passkeys
 */
export async function addPasskey(
  platform: Platform,
  actor: Actor,
  { credential, name }: { credential: PasskeyRegistration; name?: string | undefined },
): Promise<Partial<RecoveryCodes>> {
  const { userId, sessionId } = actor;
  const { response, clientExtensionResults: extensions } = credential;
  const asked = await findChallenge(platform, response.clientDataJSON, ceremonyFor(actor));
  if (!asked) return refuse(platform, actor);
  const ceremony = ceremonyOf(platform, asked.challenge, { requireUserVerification: false });
  const made = await verifyRegistration(credential, ceremony);
  if (!made.ok) return refuse(platform, actor);
  // What can't be found without a name, or doesn't verify its user, is no way in by itself.
  const signsIn = made.userVerified && extensions?.credProps?.rk !== false;
  const recovery = await newRecoveryCodes(platform);
  const shown = methodsOf("passkey", { methods: methodsShown(made) });
  const { issued } = await changeFactors(platform, actor, {
    before: platform.db.execute<Found>(sql`
      with spent as (${spendChallenge(asked)})
      select exists (select from spent) as spent, (select count(*)::int from passkeys where user_id = ${userId}) as count`),
    change: sql`
      insert into passkeys (user_id, credential_id, public_key, algorithm, counter, aaguid, transports, backup_eligible,
        backed_up, signs_in, name)
      select ${userId}, ${made.credentialId}, ${JSON.stringify(made.publicKey)}::jsonb, ${made.algorithm},
        ${made.counter}::bigint, ${made.aaguid}::uuid, ${sql.param(response.transports ?? [])}::text[],
        ${made.backupEligible}::boolean, ${made.backedUp}::boolean, ${signsIn}::boolean, ${name ?? null}
      where ${spentHere(asked)} and (select count(*) from passkeys where user_id = ${userId}) < ${MAX_PASSKEYS}::int
      on conflict (credential_id) do nothing
      returning user_id`,
    entails: (done) => ({
      proven: sql`
        update refresh_tokens t set updated_at = now(),
          methods = array(select distinct unnest(t.methods || ${sql.param(shown)}::text[]))
        where t.session_id = ${sessionId}::uuid and ${done}`,
      issued: recovery.issueFirst(userId, done),
    }),
    event: "passkey.added",
    data: { aaguid: made.aaguid },
    otherwise: (found) => {
      if (!found?.spent) return incorrectPasskey();
      return new AppError(found.count < MAX_PASSKEYS ? "passkey_taken" : "too_many_passkeys");
    },
  });
  return issued!.rows.length > 0 ? { recoveryCodes: recovery.codes } : {};
}

/** A session that is over, or not fresh, is told so first. */
async function refuse(platform: Platform, actor: Actor): Promise<never> {
  await readAs(platform, actor, {});
  throw incorrectPasskey();
}
