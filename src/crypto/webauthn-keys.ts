/** The keys and signatures of passkeys: COSE (RFC 9053) to JWK, and the three algorithms that are taken. */
import { encodeBase64url } from "./base64url.ts";

export const PASSKEY_ALGORITHMS = ["ES256", "EdDSA", "RS256"] as const;
export type PasskeyAlgorithm = (typeof PASSKEY_ALGORITHMS)[number];

/** For `pubKeyCredParams`, the preferred one first: their numbers in the COSE registry. */
export const COSE_ALGORITHMS: Record<PasskeyAlgorithm, number> = { ES256: -7, EdDSA: -8, RS256: -257 };

/** A JWK without anything but the key itself. */
export type PasskeyPublicKey =
  | { kty: "EC"; crv: "P-256"; x: string; y: string }
  | { kty: "OKP"; crv: "Ed25519"; x: string }
  | { kty: "RSA"; n: string; e: string };

export interface PasskeyKey {
  publicKey: PasskeyPublicKey;
  algorithm: PasskeyAlgorithm;
}

/** Labels of COSE keys: what they mean depends on the type of the key. */
const LABEL = { keyType: 1, algorithm: 3, curve: -1, x: -2, y: -3, modulus: -1, exponent: -2 };
const KEY_TYPE = { okp: 1, ec2: 2, rsa: 3 };
const CURVE = { p256: 1, ed25519: 6 };
/** 2048 to 4096 bits: under it a key can be broken, over it a verification costs too much. */
const RSA_BYTES = { min: 256, max: 512 };

/** Undefined for a key of another kind, or one whose parts contradict each other. */
export function toPublicKey(cose: ReadonlyMap<unknown, unknown>): PasskeyKey | undefined {
  const bytes = (label: number, length?: number) => {
    const value = cose.get(label);
    return value instanceof Uint8Array && (length === undefined || value.length === length) ? value : undefined;
  };
  const is = (keyType: number, algorithm: PasskeyAlgorithm) =>
    cose.get(LABEL.keyType) === keyType && cose.get(LABEL.algorithm) === COSE_ALGORITHMS[algorithm];
  if (is(KEY_TYPE.ec2, "ES256")) {
    const [x, y] = [bytes(LABEL.x, 32), bytes(LABEL.y, 32)];
    if (cose.get(LABEL.curve) !== CURVE.p256 || !x || !y) return undefined;
    return { algorithm: "ES256", publicKey: { kty: "EC", crv: "P-256", x: encodeBase64url(x), y: encodeBase64url(y) } };
  }
  if (is(KEY_TYPE.okp, "EdDSA")) {
    const x = bytes(LABEL.x, 32);
    if (cose.get(LABEL.curve) !== CURVE.ed25519 || !x) return undefined;
    return { algorithm: "EdDSA", publicKey: { kty: "OKP", crv: "Ed25519", x: encodeBase64url(x) } };
  }
  if (is(KEY_TYPE.rsa, "RS256")) {
    const [n, e] = [bytes(LABEL.modulus), bytes(LABEL.exponent)];
    if (!n || !e || n.length < RSA_BYTES.min || n.length > RSA_BYTES.max || e.length > 4) return undefined;
    return { algorithm: "RS256", publicKey: { kty: "RSA", n: encodeBase64url(n), e: encodeBase64url(e) } };
  }
  return undefined;
}

const IMPORT = {
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
};
const VERIFY = {
  ES256: { name: "ECDSA", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
  RS256: { name: "RSASSA-PKCS1-v1_5" },
};

/** Undefined for what is no key: a point beside its curve, for one. */
export async function importPublicKey({ publicKey, algorithm }: PasskeyKey): Promise<CryptoKey | undefined> {
  return crypto.subtle
    .importKey("jwk", publicKey as JsonWebKey, IMPORT[algorithm], false, ["verify"])
    .catch(() => undefined);
}

export async function isSignedBy(
  key: PasskeyKey,
  signature: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const imported = await importPublicKey(key);
  const raw = key.algorithm === "ES256" ? rawSignature(signature) : signature;
  if (imported === undefined || raw === undefined) return false;
  return crypto.subtle.verify(VERIFY[key.algorithm], imported, raw, data);
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const COORDINATE_BYTES = 32;

/**
 * `r ‖ s` of a signature in DER, as WebCrypto wants it; undefined for any other spelling than the one that DER allows
 * (X.690 §10.1, §8.3): the shortest lengths, the shortest positive integers, and nothing after them.
 */
export function rawSignature(der: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  // At most 70 bytes of content, so its length is always one byte.
  if (der.length < 8 || der[0] !== SEQUENCE || der[1] !== der.length - 2) return undefined;
  const raw = new Uint8Array(2 * COORDINATE_BYTES);
  let at = 2;
  for (const end of [COORDINATE_BYTES, 2 * COORDINATE_BYTES]) {
    const length = der[at + 1];
    if (der[at] !== INTEGER || length === undefined || length === 0) return undefined;
    const integer = der.subarray(at + 2, at + 2 + length);
    if (integer.length !== length || !isShortestPositive(integer)) return undefined;
    const digits = integer[0] === 0 ? integer.subarray(1) : integer;
    if (digits.length > COORDINATE_BYTES) return undefined;
    raw.set(digits, end - digits.length);
    at += 2 + length;
  }
  return at === der.length ? raw : undefined;
}

/** A leading zero is there only where the next byte would make the number negative; zero itself is no part of a signature. */
function isShortestPositive(integer: Uint8Array): boolean {
  const [first = 0, second = 0] = integer;
  return first === 0 ? integer.length > 1 && second >= 0x80 : first < 0x80;
}
