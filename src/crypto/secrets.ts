/** Expands AUTH_SECRET with HKDF (RFC 5869) into one independent key per use: no key serves two purposes. */
import { decodeBase64url, encodeBase64url } from "./base64url.ts";

export type SecretUse =
  | "refresh-token"
  | "email-code"
  | "login-code"
  | "recovery-code"
  | "encryption"
  | "throttle-key"
  | "device-token"
  | "link-token"
  | "passkey-challenge";

export interface Secrets {
  /** HMAC-SHA-256 under the current secret. */
  mac(use: SecretUse, data: Uint8Array | string): Promise<Uint8Array>;
  /** True for a MAC made under the current or the previous secret. */
  verifyMac(use: SecretUse, data: Uint8Array | string, mac: Uint8Array): Promise<boolean>;
  /** The MAC as base64url, stored instead of a value that is too short for a hash without a key. */
  keyedHash(use: SecretUse, value: string): Promise<string>;
  /**
   * Every hash under which the value may be stored: the current one, then the previous one if there is a previous
   * secret.
   */
  keyedHashes(use: SecretUse, value: string): Promise<string[]>;
  /** AES-256-GCM. Only `open` with the same `boundTo` (such as the row's owner) returns the text. */
  seal(plaintext: string, boundTo: string): Promise<string>;
  /** @throws Error("unsealable") for every kind of failure. */
  open(sealed: string, boundTo: string): Promise<string>;
  /** False when the previous secret sealed it: seal it again, so that the previous secret can be removed. */
  isCurrent(sealed: string): Promise<boolean>;
}

const MINIMUM_SECRET_BYTES = 32;
const SEAL_VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const encoder = new TextEncoder();

/** @throws Error when a secret has fewer than 32 bytes. */
export function createSecrets(authSecret: string, previousAuthSecret?: string): Secrets {
  const current = createKeyring("AUTH_SECRET", authSecret);
  const previous =
    previousAuthSecret === undefined ? undefined : createKeyring("The previous AUTH_SECRET", previousAuthSecret);
  const keyrings = previous === undefined ? [current] : [current, previous];

  return {
    mac(use, data) {
      return current.mac(use, toBytes(data));
    },

    async verifyMac(use, data, mac) {
      for (const keyring of keyrings) {
        if (await keyring.verifyMac(use, toBytes(data), mac)) return true;
      }
      return false;
    },

    async keyedHash(use, value) {
      return encodeBase64url(await current.mac(use, encoder.encode(value)));
    },

    async keyedHashes(use, value) {
      const data = encoder.encode(value);
      return Promise.all(keyrings.map(async (keyring) => encodeBase64url(await keyring.mac(use, data))));
    },

    async seal(plaintext, boundTo) {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const ciphertext = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(boundTo) },
        await current.encryptionKey(),
        encoder.encode(plaintext),
      );
      const parts = [encodeBase64url(nonce), encodeBase64url(new Uint8Array(ciphertext))];
      return [SEAL_VERSION, await current.keyId(), ...parts].join(".");
    },

    async open(sealed, boundTo) {
      const [version, keyId, nonceText = "", ciphertextText = "", ...rest] = sealed.split(".");
      const nonce = decodeBase64url(nonceText);
      const ciphertext = decodeBase64url(ciphertextText);
      if (version !== SEAL_VERSION || rest.length > 0) throw new Error("unsealable");
      if (nonce?.length !== NONCE_BYTES || ciphertext === undefined || ciphertext.length < TAG_BYTES) {
        throw new Error("unsealable");
      }
      for (const keyring of keyrings) {
        if ((await keyring.keyId()) !== keyId) continue;
        const key = await keyring.encryptionKey();
        const algorithm = { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(boundTo) };
        const plaintext = await crypto.subtle.decrypt(algorithm, key, ciphertext).catch(() => undefined);
        if (plaintext !== undefined)
          return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plaintext);
      }
      throw new Error("unsealable");
    },

    async isCurrent(sealed) {
      return sealed.split(".")[1] === (await current.keyId());
    },
  };
}

/** A new value for AUTH_SECRET: 256 random bits. */
export function generateAuthSecret(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
}

function createKeyring(name: string, secret: string) {
  if (encoder.encode(secret).length < MINIMUM_SECRET_BYTES) {
    throw new Error(`${name} must have at least ${MINIMUM_SECRET_BYTES} bytes`);
  }
  // Stores finished keys, never pending promises: on Workers a promise belongs to the request that started it, and
  // another request that awaits it can hang when the first is cancelled. Two concurrent requests derive the same key
  // twice.
  const macKeys = new Map<SecretUse, CryptoKey>();
  let sealingKey: CryptoKey | undefined;
  let sealingKeyId: string | undefined;

  async function macKey(use: SecretUse): Promise<CryptoKey> {
    const known = macKeys.get(use);
    if (known !== undefined) return known;
    const bits = await expand(secret, use, 256);
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", bits, algorithm, false, ["sign", "verify"]);
    macKeys.set(use, key);
    return key;
  }

  return {
    async mac(use: SecretUse, data: Uint8Array): Promise<Uint8Array> {
      return new Uint8Array(await crypto.subtle.sign("HMAC", await macKey(use), data));
    },

    /** WebCrypto's own verification compares in constant time. */
    async verifyMac(use: SecretUse, data: Uint8Array, mac: Uint8Array): Promise<boolean> {
      return crypto.subtle.verify("HMAC", await macKey(use), mac, data);
    },

    async encryptionKey(): Promise<CryptoKey> {
      if (sealingKey !== undefined) return sealingKey;
      const bits = await expand(secret, "encryption/aes-256-gcm", 256);
      return (sealingKey = await crypto.subtle.importKey("raw", bits, "AES-GCM", false, ["encrypt", "decrypt"]));
    },

    /** Identifies the secret that sealed a text. It is derived beside the key and reveals nothing about it. */
    async keyId(): Promise<string> {
      return (sealingKeyId ??= encodeBase64url(new Uint8Array(await expand(secret, "encryption/key-id", 48))));
    },
  };
}

/** HKDF-SHA-256 without salt (RFC 5869 §3.1): the label alone separates the uses. */
async function expand(secret: string, label: string, bits: number): Promise<ArrayBuffer> {
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveBits"]);
  const info = encoder.encode(`auth-api/v1/${label}`);
  return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }, material, bits);
}

function toBytes(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : data;
}
