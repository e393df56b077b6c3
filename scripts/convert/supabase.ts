/** Supabase Auth: `auth.users` and `auth.identities`, by the query of docs/moving.md. */
import type { Account } from "./account.ts";
import type { Source } from "./source.ts";

interface User {
  email?: unknown;
  encrypted_password?: string | null;
  email_confirmed_at?: string | null;
  banned_until?: string | null;
  deleted_at?: string | null;
  raw_user_meta_data?: Record<string, unknown> | null;
  identities?: { provider: string; provider_id: unknown }[] | null;
}

export const supabase: Source = {
  known: { google: "google", github: "github", apple: "apple", microsoft: "azure" },
  read(record, { now }): Account {
    const user = record as User;
    const told = user.raw_user_meta_data ?? {};
    const isBanned = typeof user.banned_until === "string" && Date.parse(user.banned_until) > now;
    return {
      email: user.email,
      isVerified: typeof user.email_confirmed_at === "string",
      isBlocked: isBanned || typeof user.deleted_at === "string",
      name: told["full_name"] ?? told["name"],
      givenName: told["first_name"] ?? told["given_name"],
      familyName: told["last_name"] ?? told["family_name"],
      password: user.encrypted_password ? { hash: user.encrypted_password } : undefined,
      identities: (user.identities ?? [])
        .filter(({ provider }) => !["email", "phone"].includes(provider))
        .map(({ provider, provider_id }) => ({ provider, subject: provider_id })),
    };
  },
};
