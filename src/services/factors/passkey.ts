/**
 * Passkeys as a second factor: after a password presence is enough, so that security keys without a PIN work. As the first
 * factor: services/login/passkey.ts.
 */
import { sql } from "drizzle-orm";
import * as z from "zod/mini";
import { encodeBase64url } from "../../crypto/base64url.ts";
import { verifyAuthentication } from "../../crypto/webauthn.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Factor, FactorAttempt } from "./factor.ts";
import {
  CEREMONY_TIMEOUT_MS,
  ceremonyOf,
  findChallenge,
  methodsShown,
  relyingPartyOf,
  spendChallenge,
  spentHere,
  storedPasskey,
  suspectCopy,
  usePasskey,
  type StoredPasskey,
} from "./passkey-ceremony.ts";
import { PasskeyAssertion } from "./passkey-fields.ts";

/** A credential that may answer, as browsers take it. */
const AllowedPasskey = z.object({ type: z.literal("public-key"), id: z.string(), transports: z.array(z.string()) });
type AllowedPasskey = z.infer<typeof AllowedPasskey>;

/** `PublicKeyCredentialRequestOptionsJSON`. */
export const PasskeyQuestion = z.strictObject({
  challenge: z.string(),
  rpId: z.string(),
  timeout: z.number(),
  userVerification: z.enum(["required", "preferred", "discouraged"]),
  allowCredentials: z.array(AllowedPasskey),
});
export type PasskeyQuestion = z.infer<typeof PasskeyQuestion>;

export function askForPasskey(
  platform: Platform,
  asked: Pick<PasskeyQuestion, "challenge" | "userVerification" | "allowCredentials">,
): PasskeyQuestion {
  return { ...asked, rpId: relyingPartyOf(platform), timeout: CEREMONY_TIMEOUT_MS };
}

/** SQL expression: the AllowedPasskeys of an account; null if it has none. */
export const allowedPasskeys = (userId: Parameters<Factor<never, never>["since"]>[0]) => sql`(
  select jsonb_agg(jsonb_build_object('type', 'public-key', 'id', p.credential_id, 'transports', p.transports) order by p.id)
  from passkeys p where p.user_id = ${userId})`;

/** What a login's challenge keeps. */
interface KeptChallenge {
  passkeyChallenge: string;
}

const CHALLENGE_BYTES = 32;

type Attempt = FactorAttempt<StoredPasskey[], { credential: PasskeyAssertion }>;

export const passkey = {
  name: "passkey",
  guards: true,
  grade: { methods: ["hwk", "swk", "user"], administers: true, changesFactors: true, reauthenticates: true },
  since: (userId) => sql`(select min(p.created_at) from passkeys p where p.user_id = ${userId})`,
  state: (userId) => sql`(select jsonb_agg(${storedPasskey}) from passkeys p where p.user_id = ${userId})`,
  challenge: {
    source: allowedPasskeys,
    async make(platform, source) {
      const challenge = encodeBase64url(crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES)));
      const allowCredentials = source as AllowedPasskey[];
      const kept: KeptChallenge = { passkeyChallenge: challenge };
      return {
        sent: askForPasskey(platform, { challenge, userVerification: "discouraged", allowCredentials }),
        kept: { ...kept },
      };
    },
    sent: PasskeyQuestion,
  },
  answer: { credential: PasskeyAssertion },
  wrong: { atLogin: "invalid_passkey", signedIn: incorrectPasskey },
  async check(platform, { userId, state, answer: { credential }, boundTo }) {
    const known = state.find(({ credentialId }) => credentialId === credential.id);
    const asked = await challengeOf(platform, credential, boundTo);
    if (!known || !asked) return undefined;
    const ceremony = ceremonyOf(platform, asked.challenge, { requireUserVerification: false });
    const verdict = await verifyAuthentication(credential, known, ceremony);
    if (!verdict.ok) return undefined;
    const { redeemed } = asked;
    return {
      methods: methodsShown(known),
      ...(redeemed && { before: spendChallenge(redeemed) }),
      suspicion: (gate) => suspectCopy(userId, known, verdict, gate),
      use: (gate) => usePasskey(userId, known, verdict, redeemed ? sql`${spentHere(redeemed)} and ${gate}` : gate),
    };
  },
  remove: (userId, gate) => sql`delete from passkeys where user_id = ${userId} and ${gate} returning user_id`,
} as const satisfies Factor<StoredPasskey[], { credential: PasskeyAssertion }>;

/** A login's own challenge is used up with it; that of a session has a nonce to be used up. */
async function challengeOf(platform: Platform, { response }: PasskeyAssertion, boundTo: Attempt["boundTo"]) {
  if ("kept" in boundTo) {
    const { passkeyChallenge: challenge } = boundTo.kept as Partial<KeptChallenge>;
    return challenge === undefined ? undefined : { challenge, redeemed: undefined };
  }
  const found = await findChallenge(platform, response.clientDataJSON, { kind: "reauthentication", ...boundTo });
  return found && { challenge: found.challenge, redeemed: found };
}

export function incorrectPasskey(): AppError {
  const detail = { fr: "Cette clé d'accès n'a pas pu être vérifiée", en: "This passkey could not be verified" };
  return new AppError("incorrect_passkey", { errors: [{ pointer: "#/credential", detail }] });
}
