/** Firebase Authentication: what `firebase auth:export` writes as JSON. */
import type { Account } from "./account.ts";
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
  read(record): Account {
    const user = record as User;
    return {
      email: user.email,
      isVerified: user.emailVerified === true,
      isBlocked: user.disabled === true,
      name: user.displayName,
      password: user.passwordHash ? { lost: "Firebase's scrypt" } : undefined,
      identities: (user.providerUserInfo ?? [])
        .filter(({ providerId }) => !["password", "phone"].includes(providerId))
        .map(({ providerId, rawId }) => ({ provider: providerId, subject: rawId })),
    };
  },
};
