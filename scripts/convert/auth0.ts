/** Auth0: a job's export of users, and the export of password hashes that its support makes. */
import type { Account } from "./account.ts";
import { recordsOf } from "./records.ts";
import type { Source } from "./source.ts";

interface Identity {
  provider: string;
  connection: string;
  user_id: string | number;
}

interface User {
  email?: unknown;
  email_verified?: unknown;
  blocked?: unknown;
  name?: unknown;
  given_name?: unknown;
  family_name?: unknown;
  identities?: Identity[];
}

interface Hash {
  _id: { $oid: string };
  /** Of users whose id did not come from Auth0. */
  alt_id?: string;
  connection: string;
  passwordHash?: string;
}

export const auth0: Source = {
  known: { google: "google-oauth2", github: "github", apple: "apple" },
  async readHashes(chunks) {
    const byKey = new Map<string, string>();
    for await (const record of recordsOf(chunks)) {
      const { _id, alt_id, connection, passwordHash = "" } = record as unknown as Hash;
      byKey.set(keyOf(connection, alt_id ?? _id.$oid), passwordHash);
    }
    return byKey;
  },
  read(record, { hashes }): Account {
    const user = record as User;
    const own = user.identities?.find(({ provider }) => provider === "auth0");
    const hash = own && hashes.get(keyOf(own.connection, own.user_id));
    return {
      email: user.email,
      isVerified: user.email_verified === true,
      isBlocked: user.blocked === true,
      // Auth0 writes the address here if it knows no name.
      name: user.name === user.email ? undefined : user.name,
      givenName: user.given_name,
      familyName: user.family_name,
      password: own && (hash ? { hash } : { lost: "its hash is not in --hashes" }),
      identities: (user.identities ?? []).filter((identity) => identity !== own).map(toIdentity),
    };
  },
};

const keyOf = (connection: string, id: string | number) => `${connection} ${id}`;

/** Where people sign in by a connection with a name of its own, its name stands before the subject. */
function toIdentity({ provider, connection, user_id }: Identity) {
  const [subject, prefix] = [String(user_id), `${connection}|`];
  const isNamed = subject.startsWith(prefix);
  return { provider: isNamed ? connection : provider, subject: isNamed ? subject.slice(prefix.length) : subject };
}
