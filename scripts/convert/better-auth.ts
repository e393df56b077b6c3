/** Better Auth: its tables `user` and `account`, by the query of docs/moving.md. */
import { toPhc, type Account } from "./account.ts";
import type { Source } from "./source.ts";

interface Linked {
  providerId: string;
  accountId: unknown;
  password?: string | null;
}

interface User {
  email?: unknown;
  emailVerified?: unknown;
  name?: unknown;
  /** Of its administration plugin. */
  banned?: unknown;
  banExpires?: string | null;
  accounts?: Record<string, unknown>[] | null;
}

export const betterAuth: Source = {
  known: { google: "google", github: "github", apple: "apple", microsoft: "microsoft" },
  read(record, { now }): Account {
    const user = inCamelCase(record) as User;
    const accounts = (user.accounts ?? []).map((account) => inCamelCase(account) as unknown as Linked);
    const own = accounts.find(({ providerId }) => providerId === "credential");
    return {
      email: user.email,
      isVerified: user.emailVerified === true,
      isBlocked: user.banned === true && !(Date.parse(user.banExpires ?? "") <= now),
      name: user.name,
      password: passwordOf(own?.password),
      identities: accounts
        .filter((account) => account !== own)
        .map(({ providerId, accountId }) => ({ provider: providerId, subject: accountId })),
    };
  },
};

/** By default the salt, whose text is what is hashed, and scrypt's tag, in hexadecimal; with a function of one's own, anything. */
function passwordOf(stored: string | null | undefined): Account["password"] {
  if (!stored) return undefined;
  const [, salt, tag] = /^([0-9a-f]{32}):([0-9a-f]{128})$/.exec(stored) ?? [];
  if (salt === undefined || tag === undefined) return { hash: stored };
  return { hash: toPhc("scrypt", { ln: 14, r: 16, p: 1 }, Buffer.from(salt), Buffer.from(tag, "hex")) };
}

/** Columns are named either way, by what has made the tables. */
function inCamelCase(row: Record<string, unknown>): Record<string, unknown> {
  const toCamelCase = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [toCamelCase(name), value]));
}
