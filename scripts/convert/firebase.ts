/** Firebase Authentication: what `firebase auth:export` writes as JSON, and the parameters that the console shows. */
import { toPhc, type Account } from "./account.ts";
import type { Source } from "./source.ts";

interface User {
  email?: unknown;
  emailVerified?: unknown;
  disabled?: unknown;
  displayName?: unknown;
  passwordHash?: string;
  salt?: string;
  providerUserInfo?: { providerId: string; rawId: unknown }[];
}

export const firebase: Source = {
  known: { google: "google.com", github: "github.com" },
  async readHashes(chunks) {
    let text = "";
    for await (const chunk of chunks) text += chunk;
    return new Map([...text.matchAll(/(\w+): *([^\s,]+)/g)].map(([, name, value]) => [name!, value!]));
  },
  read(record, { hashes }): Account {
    const user = record as User;
    return {
      email: user.email,
      isVerified: user.emailVerified === true,
      isBlocked: user.disabled === true,
      name: user.displayName,
      password: passwordOf(user, hashes),
      identities: (user.providerUserInfo ?? [])
        .filter(({ providerId }) => !["password", "phone"].includes(providerId))
        .map(({ providerId, rawId }) => ({ provider: providerId, subject: rawId })),
    };
  },
};

/**
 * The hash is the project's key, combined with what scrypt makes of the password. Taken apart here, so that the key need
 * not be kept with the accounts.
 */
function passwordOf({ passwordHash, salt = "" }: User, parameters: Map<string, string>): Account["password"] {
  if (!passwordHash) return undefined;
  const [key, separator, rounds, memory] = PARAMETERS.map((name) => parameters.get(name));
  if (key === undefined || separator === undefined) return { lost: "the project's parameters are not in --hashes" };
  const [hashBytes, keyBytes] = [Buffer.from(passwordHash, "base64"), Buffer.from(key, "base64")];
  if (hashBytes.length !== keyBytes.length) return { lost: "another key has made its hash" };
  const salted = Buffer.concat([Buffer.from(salt, "base64"), Buffer.from(separator, "base64")]);
  const tag = hashBytes.map((byte: number, at: number) => byte ^ keyBytes[at]!);
  return { hash: toPhc("firebase-scrypt", { ln: memory, r: rounds, p: 1 }, salted, tag) };
}

const PARAMETERS = ["base64_signer_key", "base64_salt_separator", "rounds", "mem_cost"];
