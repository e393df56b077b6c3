/** Better Auth: its tables `user` and `account`, by the query of docs/moving.md. */
import type { Account } from "./account.ts";
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

/** By default a salt and what scrypt makes of it, both in hexadecimal; with a function of its own, anything. */
function passwordOf(stored: string | null | undefined): Account["password"] {
  if (!stored) return undefined;
  return /^[0-9a-f]+:[0-9a-f]+$/.test(stored) ? { lost: "Better Auth's scrypt" } : { hash: stored };
}

/** Columns are named either way, by what has made the tables. */
function inCamelCase(row: Record<string, unknown>): Record<string, unknown> {
  const toCamelCase = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [toCamelCase(name), value]));
}
