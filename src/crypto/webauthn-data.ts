/**
 * What an authenticator says of itself and of its credential: bytes and CBOR (WebAuthn §6.1, §6.5), taken apart.
 * Throws at whatever is malformed.
 */
import { toHex } from "./hex.ts";
import { decodeCBOR, decodePartialCBOR } from "@levischuck/tiny-cbor";

export interface AuthenticatorData {
  rpIdHash: Uint8Array;
  userPresent: boolean;
  userVerified: boolean;
  backupEligible: boolean;
  backedUp: boolean;
  counter: number;
  attested: { aaguid: string; credentialId: Uint8Array; coseKey: ReadonlyMap<unknown, unknown> } | undefined;
}

function need(condition: boolean): asserts condition {
  if (!condition) throw new Error("malformed");
}

const FLAG = {
  userPresent: 0x01,
  userVerified: 0x04,
  backupEligible: 0x08,
  backedUp: 0x10,
  attested: 0x40,
  extended: 0x80,
};

/** §6.1: 32 bytes of hash, flags, counter; then, as the flags say, the credential and the extensions; and nothing after. */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  need(bytes.length >= 37);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = bytes[32]!;
  const has = (flag: keyof typeof FLAG) => (flags & FLAG[flag]) !== 0;
  let at = 37;
  let attested: AuthenticatorData["attested"];
  if (has("attested")) {
    need(bytes.length >= at + 18);
    const idLength = view.getUint16(at + 16);
    const keyAt = at + 18 + idLength;
    need(bytes.length > keyAt);
    const [coseKey, keyLength] = decodePartialCBOR(view, keyAt);
    need(coseKey instanceof Map);
    attested = { aaguid: uuidOf(bytes.subarray(at, at + 16)), credentialId: bytes.slice(at + 18, keyAt), coseKey };
    at = keyAt + keyLength;
  }
  if (has("extended")) {
    const [extensions, length] = decodePartialCBOR(view, at);
    need(extensions instanceof Map);
    at += length;
  }
  need(at === bytes.length);
  return {
    rpIdHash: bytes.subarray(0, 32),
    userPresent: has("userPresent"),
    userVerified: has("userVerified"),
    backupEligible: has("backupEligible"),
    backedUp: has("backedUp"),
    counter: view.getUint32(33),
    attested,
  };
}

/** The authenticator data in an attestation object; format and statement are the attestation's. */
export function parseAttestationObject(bytes: Uint8Array): Uint8Array {
  const attestation = decodeCBOR(bytes);
  need(attestation instanceof Map);
  const data = attestation.get("authData");
  need(data instanceof Uint8Array && typeof attestation.get("fmt") === "string");
  return data;
}

export function uuidOf(bytes: Uint8Array): string {
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
