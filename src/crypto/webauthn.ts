/**
 * WebAuthn Level 3: what a registration and an authentication must be to count (§7.1, §7.2), pure. Attestation is not asked
 * for and not looked at. Held against `@simplewebauthn/server` in test/oracles/webauthn.test.ts, which says where the two differ.
 */
import { decodeBase64url } from "./base64url.ts";
import { isEqualInConstantTime } from "./constant-time.ts";
import { parseAttestationObject, parseAuthenticatorData, type AuthenticatorData } from "./webauthn-data.ts";
import {
  importPublicKey,
  isSignedBy,
  toPublicKey,
  type PasskeyAlgorithm,
  type PasskeyPublicKey,
} from "./webauthn-keys.ts";

/** As `PublicKeyCredential.toJSON()` has it; all binary values in base64url. */
export interface RegistrationResponse {
  id: string;
  rawId: string;
  type: string;
  response: { clientDataJSON: string; attestationObject: string };
}
export interface AuthenticationResponse {
  id: string;
  rawId: string;
  type: string;
  response: { clientDataJSON: string; authenticatorData: string; signature: string };
}

/** What the ceremony was asked for. */
export interface Ceremony {
  /** base64url, as it was given to the browser. */
  challenge: string;
  /** Exact, as a browser writes them: `https://app.example.com`. */
  origins: readonly string[];
  rpId: string;
  /** Whether presence is not enough: the person must have been verified, by PIN or by body. */
  requireUserVerification: boolean;
}

export interface RegisteredCredential {
  /** base64url; at most 1023 bytes. */
  credentialId: string;
  publicKey: PasskeyPublicKey;
  algorithm: PasskeyAlgorithm;
  counter: number;
  /** The model of the authenticator, as a UUID; all zeros where it says none. */
  aaguid: string;
  /** Whether the passkey may be copied to other devices; of one credential it never changes. */
  backupEligible: boolean;
  /** Whether it is now. */
  backedUp: boolean;
  userVerified: boolean;
}

/** What is known of the credential that signs. */
export interface KnownCredential {
  credentialId: string;
  publicKey: PasskeyPublicKey;
  algorithm: PasskeyAlgorithm;
  backupEligible: boolean;
}

export interface Authentication {
  /** Must be greater than the one before, unless both are 0: for the database to decide, under its lock. */
  counter: number;
  backedUp: boolean;
  userVerified: boolean;
}

/** Why a response does not count; for the log and the tests, never for the answer. */
export type WebAuthnRefusal =
  | "malformed"
  | "wrong_type"
  | "wrong_challenge"
  | "wrong_origin"
  | "cross_origin"
  | "wrong_relying_party"
  | "user_absent"
  | "user_not_verified"
  | "wrong_backup_state"
  | "wrong_credential"
  | "unsupported_key"
  | "wrong_signature";

export type WebAuthnVerdict<Result> = ({ ok: true } & Result) | { ok: false; reason: WebAuthnRefusal };

class Refused extends Error {
  readonly reason: WebAuthnRefusal;
  constructor(reason: WebAuthnRefusal) {
    super(reason);
    this.reason = reason;
  }
}

function require(condition: boolean, reason: WebAuthnRefusal): asserts condition {
  if (!condition) throw new Refused(reason);
}

/** Whatever is not foreseen below, such as CBOR that ends too early, is a response that is none. */
async function judge<Result>(run: () => Promise<Result>): Promise<WebAuthnVerdict<Result>> {
  try {
    return { ok: true, ...(await run()) };
  } catch (error) {
    return { ok: false, reason: error instanceof Refused ? error.reason : "malformed" };
  }
}

/** §7.1, without the steps about attestation. Never throws. */
export function verifyRegistration(
  registration: RegistrationResponse,
  ceremony: Ceremony,
): Promise<WebAuthnVerdict<RegisteredCredential>> {
  return judge(async () => {
    checkClientData(bytesOf(registration.response.clientDataJSON), "webauthn.create", ceremony);
    const data = parseAuthenticatorData(parseAttestationObject(bytesOf(registration.response.attestationObject)));
    await checkAuthenticatorData(data, ceremony);
    const { attested } = data;
    require(attested !== undefined, "malformed");
    checkCredentialId(registration, attested.credentialId);
    const key = toPublicKey(attested.coseKey);
    require(key !== undefined, "unsupported_key");
    // A point that is not on its curve, or numbers that are no key, are refused by the import.
    require((await importPublicKey(key)) !== undefined, "unsupported_key");
    const { counter, backupEligible, backedUp, userVerified } = data;
    return {
      credentialId: registration.id,
      ...key,
      aaguid: attested.aaguid,
      counter,
      backupEligible,
      backedUp,
      userVerified,
    };
  });
}

/** §7.2; the counter is answered, not judged. Never throws. */
export function verifyAuthentication(
  authentication: AuthenticationResponse,
  credential: KnownCredential,
  ceremony: Ceremony,
): Promise<WebAuthnVerdict<Authentication>> {
  return judge(async () => {
    const { response } = authentication;
    checkCredentialId(authentication, bytesOf(credential.credentialId));
    const clientData = bytesOf(response.clientDataJSON);
    checkClientData(clientData, "webauthn.get", ceremony);
    const authenticatorData = bytesOf(response.authenticatorData);
    const data = parseAuthenticatorData(authenticatorData);
    await checkAuthenticatorData(data, ceremony);
    const signed = concat(authenticatorData, await sha256(clientData));
    require(await isSignedBy(credential, bytesOf(response.signature), signed), "wrong_signature");
    // After the signature, so that the time up to there is the same for every credential.
    require(data.backupEligible === credential.backupEligible, "wrong_backup_state");
    const { counter, backedUp, userVerified } = data;
    return { counter, backedUp, userVerified };
  });
}

const MAX_CREDENTIAL_ID_BYTES = 1023;

function checkCredentialId(
  { id, rawId, type }: { id: string; rawId: string; type: string },
  expected: Uint8Array,
): void {
  require(type === "public-key", "wrong_type");
  require(id === rawId, "wrong_credential");
  require(expected.length > 0 && expected.length <= MAX_CREDENTIAL_ID_BYTES, "wrong_credential");
  require(isEqualInConstantTime(bytesOf(id), expected), "wrong_credential");
}

interface ClientData {
  type?: unknown;
  challenge?: unknown;
  origin?: unknown;
  crossOrigin?: unknown;
  topOrigin?: unknown;
}

/** The challenge that a browser says it has answered, to be checked before it counts; undefined for what is no client data. */
export function challengeIn(clientDataJSON: string): string | undefined {
  try {
    const { challenge } = JSON.parse(new TextDecoder().decode(bytesOf(clientDataJSON))) as ClientData;
    return typeof challenge === "string" ? challenge : undefined;
  } catch {
    return undefined;
  }
}

function checkClientData(bytes: Uint8Array, type: string, { challenge, origins }: Ceremony): void {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const clientData = JSON.parse(text) as ClientData | null;
  require(typeof clientData === "object" && clientData !== null, "malformed");
  require(clientData.type === type, "wrong_type");
  require(clientData.challenge === challenge, "wrong_challenge");
  require(typeof clientData.origin === "string" && origins.includes(clientData.origin), "wrong_origin");
  // Our pages are in nobody's frame.
  require(clientData.crossOrigin === undefined || clientData.crossOrigin === false, "cross_origin");
  require(clientData.topOrigin === undefined, "cross_origin");
}

async function checkAuthenticatorData(
  data: AuthenticatorData,
  { rpId, requireUserVerification }: Ceremony,
): Promise<void> {
  const rpIdHash = await sha256(new Uint8Array(new TextEncoder().encode(rpId)));
  require(isEqualInConstantTime(data.rpIdHash, rpIdHash), "wrong_relying_party");
  require(data.userPresent, "user_absent");
  require(data.userVerified || !requireUserVerification, "user_not_verified");
  require(data.backupEligible || !data.backedUp, "wrong_backup_state");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64url(text);
  require(bytes !== undefined, "malformed");
  return bytes;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
