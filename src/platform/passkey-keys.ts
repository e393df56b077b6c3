/**
 * The public keys of passkeys in KV, so that a login needs no trip to find one. They never change; whether one still counts
 * is for the database to say. Named by a hash of the credential's id, which may be longer than KV's names.
 */
import type { KnownCredential } from "../crypto/webauthn.ts";
import { hashToken } from "../crypto/one-time-token.ts";

export interface KeptPasskey extends KnownCredential {
  /** Of the row. */
  id: number;
  userId: number;
  /** How the authenticator names the account. */
  userHandle: string;
}

export interface PasskeyKeys {
  /** Never throws: undefined if KV has none, fails or is slow. */
  find(credentialId: string): Promise<KeptPasskey | undefined>;
  keep(passkey: KeptPasskey): Promise<void>;
  forget(credentialId: string): Promise<void>;
}

const READ_LIMIT_MS = 500;
/** Nothing of an account that is gone stays for longer. */
const KEEP_SECONDS = 30 * 86_400;

const keyOf = async (credentialId: string) => `passkey:${await hashToken(credentialId)}`;

export function createPasskeyKeys(kv: KVNamespace): PasskeyKeys {
  return {
    async find(credentialId) {
      const key = await keyOf(credentialId);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tooSlow = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), READ_LIMIT_MS);
      });
      try {
        const read = kv.get<KeptPasskey>(key, "json");
        return (await Promise.race([read, tooSlow])) ?? undefined;
      } catch {
        return undefined;
      } finally {
        clearTimeout(timer);
      }
    },
    async keep(passkey) {
      await kv.put(await keyOf(passkey.credentialId), JSON.stringify(passkey), { expirationTtl: KEEP_SECONDS });
    },
    async forget(credentialId) {
      await kv.delete(await keyOf(credentialId));
    },
  };
}
