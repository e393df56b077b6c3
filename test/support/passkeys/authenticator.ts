/** An authenticator in software: makes credentials and signs, and can be told to do any part of it wrongly. */
import type { AuthenticationResponse, Ceremony, RegistrationResponse } from "../../../src/crypto/webauthn.ts";
import { COSE_ALGORITHMS, type PasskeyAlgorithm } from "../../../src/crypto/webauthn-keys.ts";
import { decodeBase64url, encodeBase64url } from "../../../src/crypto/base64url.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Cbor = number | string | Bytes | Map<number | string, Cbor>;

/** What is bent, each on its own; what is not given is as it should be. */
export interface Bends {
  clientData?: (fields: Record<string, unknown>) => Record<string, unknown>;
  /** The text itself, after it was written. */
  clientDataBytes?: (bytes: Bytes) => Bytes;
  rpId?: string;
  flags?: (flags: number) => number;
  counter?: number;
  /** The authenticator data as a whole, before it is signed. */
  authenticatorData?: (bytes: Bytes) => Bytes;
  coseKey?: (key: Map<number, Cbor>) => Map<number, Cbor>;
  extensions?: Map<string, Cbor>;
  credentialId?: Bytes;
  attestationObject?: (bytes: Bytes) => Bytes;
  signature?: (bytes: Bytes) => Bytes;
  response?: (response: any) => any;
}

export const FLAGS = {
  userPresent: 0x01,
  userVerified: 0x04,
  backupEligible: 0x08,
  backedUp: 0x10,
  attested: 0x40,
  extended: 0x80,
};

export interface SoftwarePasskey {
  credentialId: Bytes;
  algorithm: PasskeyAlgorithm;
  counter: number;
  register(ceremony: Pick<Ceremony, "challenge" | "rpId" | "origins">, bends?: Bends): Promise<RegistrationResponse>;
  authenticate(
    ceremony: Pick<Ceremony, "challenge" | "rpId" | "origins">,
    bends?: Bends,
  ): Promise<AuthenticationResponse>;
}

const GENERATE = {
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
};

/** @param flags what it says of the person and of backups, `FLAGS` joined; present and verified by default. */
export async function createPasskey(
  algorithm: PasskeyAlgorithm,
  { flags = FLAGS.userPresent | FLAGS.userVerified, counter = 0 }: { flags?: number; counter?: number } = {},
): Promise<SoftwarePasskey> {
  const pair = (await crypto.subtle.generateKey(GENERATE[algorithm], true, ["sign", "verify"])) as CryptoKeyPair;
  const jwk = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as unknown as Record<string, string>;
  const credentialId = crypto.getRandomValues(new Uint8Array(16 + Math.floor(Math.random() * 49)));

  async function authenticatorData(rpId: string, attested: Bytes, bends: Bends): Promise<Bytes> {
    const all = flags | (attested.length > 0 ? FLAGS.attested : 0) | (bends.extensions ? FLAGS.extended : 0);
    const head = new Uint8Array(37);
    head.set(await sha256(utf8(bends.rpId ?? rpId)));
    head[32] = bends.flags ? bends.flags(all) : all;
    new DataView(head.buffer).setUint32(33, bends.counter ?? passkey.counter);
    const bytes = join(head, attested, bends.extensions ? encodeCbor(bends.extensions) : new Uint8Array());
    return bends.authenticatorData ? bends.authenticatorData(bytes) : bytes;
  }

  function clientData(
    type: string,
    { challenge, origins }: Pick<Ceremony, "challenge" | "origins">,
    bends: Bends,
  ): Bytes {
    const fields = { type, challenge, origin: origins[0], crossOrigin: false };
    const bytes = utf8(JSON.stringify(bends.clientData ? bends.clientData(fields) : fields));
    return bends.clientDataBytes ? bends.clientDataBytes(bytes) : bytes;
  }

  const passkey: SoftwarePasskey = {
    credentialId,
    algorithm,
    counter,
    async register(ceremony, bends = {}) {
      const key = coseKeyOf(algorithm, jwk);
      const id = bends.credentialId ?? credentialId;
      const attested = join(
        new Uint8Array(16),
        new Uint8Array([id.length >> 8, id.length & 255]),
        id,
        encodeCbor(bends.coseKey ? bends.coseKey(key) : key),
      );
      const data = await authenticatorData(ceremony.rpId, attested, bends);
      const object = encodeCbor(
        new Map<string, Cbor>([
          ["fmt", "none"],
          ["attStmt", new Map()],
          ["authData", data],
        ]),
      );
      const response = {
        id: encodeBase64url(id),
        rawId: encodeBase64url(id),
        type: "public-key",
        clientExtensionResults: {},
        response: {
          clientDataJSON: encodeBase64url(clientData("webauthn.create", ceremony, bends)),
          attestationObject: encodeBase64url(bends.attestationObject ? bends.attestationObject(object) : object),
        },
      };
      return bends.response ? bends.response(response) : response;
    },
    async authenticate(ceremony, bends = {}) {
      const data = await authenticatorData(ceremony.rpId, new Uint8Array(), bends);
      const client = clientData("webauthn.get", ceremony, bends);
      const signed = join(data, await sha256(client));
      const raw = new Uint8Array(
        await crypto.subtle.sign(
          algorithm === "ES256" ? { name: "ECDSA", hash: "SHA-256" } : pair.privateKey.algorithm.name,
          pair.privateKey,
          signed,
        ),
      );
      const signature = algorithm === "ES256" ? derSignature(raw) : raw;
      const id = encodeBase64url(bends.credentialId ?? credentialId);
      const response = {
        id,
        rawId: id,
        type: "public-key",
        clientExtensionResults: {},
        response: {
          clientDataJSON: encodeBase64url(client),
          authenticatorData: encodeBase64url(data),
          signature: encodeBase64url(bends.signature ? bends.signature(signature) : signature),
        },
      };
      return bends.response ? bends.response(response) : response;
    },
  };
  return passkey;
}

function coseKeyOf(algorithm: PasskeyAlgorithm, jwk: Record<string, string>): Map<number, Cbor> {
  const bytes = (name: string) => decodeBase64url(jwk[name]!)!;
  const alg: [number, Cbor] = [3, COSE_ALGORITHMS[algorithm]];
  if (algorithm === "ES256") return new Map<number, Cbor>([[1, 2], alg, [-1, 1], [-2, bytes("x")], [-3, bytes("y")]]);
  if (algorithm === "EdDSA") return new Map<number, Cbor>([[1, 1], alg, [-1, 6], [-2, bytes("x")]]);
  return new Map<number, Cbor>([[1, 3], alg, [-1, bytes("n")], [-2, bytes("e")]]);
}

/** As WebAuthn has ECDSA signatures: DER, each number the shortest. */
export function derSignature(raw: Bytes): Bytes {
  const integer = (bytes: Bytes) => {
    let start = 0;
    while (start < bytes.length - 1 && bytes[start] === 0) start++;
    const digits = bytes.slice(start);
    const padded = digits[0]! >= 0x80 ? join(new Uint8Array([0]), digits) : digits;
    return join(new Uint8Array([0x02, padded.length]), padded);
  };
  const content = join(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return join(new Uint8Array([0x30, content.length]), content);
}

/** CBOR as CTAP2 wants it: definite lengths, the shortest heads. */
export function encodeCbor(value: Cbor): Bytes {
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === "string") return join(head(3, utf8(value).length), utf8(value));
  if (value instanceof Uint8Array) return join(head(2, value.length), value);
  return join(head(5, value.size), ...[...value].flatMap(([key, each]) => [encodeCbor(key), encodeCbor(each)]));
}

function head(major: number, count: number): Bytes {
  const first = major << 5;
  if (count < 24) return new Uint8Array([first | count]);
  if (count < 256) return new Uint8Array([first | 24, count]);
  return new Uint8Array([first | 25, count >> 8, count & 255]);
}

export const utf8 = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text));

export function join(...parts: Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
