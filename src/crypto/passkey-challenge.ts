/**
 * Challenges of passkey ceremonies: a nonce, an expiry and a purpose under a MAC, so that nothing is stored before one
 * is redeemed. Whoever redeems it stores the nonce until it has expired: a challenge is good once.
 */
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import type { Secrets } from "./secrets.ts";
import { uuidOf } from "./webauthn-data.ts";

/** What a challenge is good for, and for whom: anybody who signs in, or one session. */
export type PasskeyCeremony =
  | { kind: "login" }
  | { kind: "registration"; sessionId: string }
  | { kind: "reauthentication"; sessionId: string };

export interface RedeemableChallenge {
  /** A UUID. */
  nonce: string;
  expiresAt: Date;
}

export const CHALLENGE_TTL_SECONDS = 300;

const VERSION = 1;
const KINDS = { login: 1, registration: 2, reauthentication: 3 };
const NONCE_BYTES = 16;
const HEADER_BYTES = 1 + 1 + 4 + NONCE_BYTES; // version, kind, expiry in seconds (big-endian), nonce
const MAC_BYTES = 32;

/** base64url, as a browser is given it. */
export async function issueChallenge(secrets: Secrets, ceremony: PasskeyCeremony, now = Date.now()): Promise<string> {
  const challenge = new Uint8Array(HEADER_BYTES + MAC_BYTES);
  challenge[0] = VERSION;
  challenge[1] = KINDS[ceremony.kind];
  new DataView(challenge.buffer).setUint32(2, Math.floor(now / 1000) + CHALLENGE_TTL_SECONDS);
  crypto.getRandomValues(challenge.subarray(6, HEADER_BYTES));
  challenge.set(await secrets.mac("passkey-challenge", bound(challenge, ceremony)), HEADER_BYTES);
  return encodeBase64url(challenge);
}

/** Undefined for one that has expired, was issued for something else, or was not issued here. */
export async function readChallenge(
  secrets: Secrets,
  challenge: string,
  ceremony: PasskeyCeremony,
  now = Date.now(),
): Promise<RedeemableChallenge | undefined> {
  const bytes = decodeBase64url(challenge);
  if (bytes?.length !== HEADER_BYTES + MAC_BYTES || bytes[0] !== VERSION) return undefined;
  if (!(await secrets.verifyMac("passkey-challenge", bound(bytes, ceremony), bytes.slice(HEADER_BYTES))))
    return undefined;
  if (bytes[1] !== KINDS[ceremony.kind]) return undefined;
  const expiresAt = new Date(new DataView(bytes.buffer).getUint32(2) * 1000);
  return expiresAt.getTime() > now ? { nonce: uuidOf(bytes.subarray(6, HEADER_BYTES)), expiresAt } : undefined;
}

/** What the MAC covers: the header, and the session that it does not name. */
function bound(challenge: Uint8Array, ceremony: PasskeyCeremony): Uint8Array {
  const session = new TextEncoder().encode("sessionId" in ceremony ? ceremony.sessionId : "");
  const data = new Uint8Array(HEADER_BYTES + session.length);
  data.set(challenge.subarray(0, HEADER_BYTES));
  data.set(session, HEADER_BYTES);
  return data;
}
