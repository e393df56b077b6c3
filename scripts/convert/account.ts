/** From an account of another system to a line of `POST /api/admin/users/import`, with what could not be taken. */
import { createUnusablePasswordHash, isImportablePasswordHash } from "../../src/crypto/stored-hash.ts";
import { toPerson } from "../../src/routes/person.ts";

/** What a source reads in its export. */
export interface Account {
  email: unknown;
  isVerified: boolean;
  isBlocked: boolean;
  name?: unknown;
  givenName?: unknown;
  familyName?: unknown;
  /** As the import takes it, or why it can't be taken; undefined without a password. */
  password?: { hash: string } | { lost: string } | undefined;
  /** By the names that the other system has for providers. */
  identities: { provider: string; subject: unknown }[];
}

export type Line = Record<string, unknown>;

/** Limits of the import. */
const MAX_IDENTITIES = 10;
const MAX_SUBJECT = 255;

export interface Settings {
  /** The other system's name of a provider, and its `id` here. */
  providers: Map<string, string>;
  /** Nobody's address counts as proven. */
  unverified: boolean;
}

/** @returns `line` undefined for an account that stays behind; `notes`, why, or without what it comes */
export function toLine(account: Account, { providers, unverified }: Settings): { line?: Line; notes: string[] } {
  const { name, givenName, familyName } = account as { name?: string; givenName?: string; familyName?: string };
  const email = typeof account.email === "string" && account.email !== "" ? account.email : undefined;
  if (email === undefined) return { notes: ["no address"] };
  if (account.isBlocked) return { notes: ["blocked there"] };
  const told = { issuer: "", subject: "", email, emailVerified: true, name, givenName, familyName };
  const person = toPerson(told, null);
  if (person.email === undefined) return { notes: ["not an address that mail can be sent to"] };

  const notes: string[] = [];
  const taken = account.identities.flatMap(({ provider, subject }) => {
    const id = providers.get(provider);
    const text = typeof subject === "number" ? String(subject) : subject;
    if (id === undefined) notes.push(`without the identity at ${provider}, which --providers does not name`);
    else if (typeof text !== "string" || text === "" || text.length > MAX_SUBJECT)
      notes.push(`without the identity at ${provider}, which has no subject`);
    else return [{ provider: id, subject: text }];
    return [];
  });
  if (taken.length > MAX_IDENTITIES) notes.push(`without the identities after the first ${MAX_IDENTITIES}`);
  const identities = taken.slice(0, MAX_IDENTITIES);

  const passwordHash = hashOf(account.password, notes);
  if (passwordHash === undefined && identities.length === 0) notes.push(NO_WAY_IN);
  const { prenom, nom } = person;
  const line = {
    email: person.email,
    prenom,
    nom,
    ...(passwordHash !== undefined && { passwordHash }),
    ...(passwordHash === undefined && identities.length === 0 && { passwordHash: createUnusablePasswordHash() }),
    ...(account.isVerified && !unverified && { isVerified: true }),
    ...(identities.length > 0 && { identities }),
  };
  return { line, notes };
}

/** By a code, or with a password chosen by "Forgotten password?". */
const NO_WAY_IN = "with the mailbox alone to sign in by";

function hashOf(password: Account["password"], notes: string[]): string | undefined {
  if (password === undefined) return undefined;
  if ("hash" in password && isImportablePasswordHash(password.hash)) return password.hash;
  notes.push(`without the password: ${"lost" in password ? password.lost : "a hash that is not supported"}`);
  return undefined;
}

/** A hash in the PHC string format. */
export function toPhc(name: string, parameters: Record<string, unknown>, salt: Uint8Array, tag: Uint8Array): string {
  const settings = Object.entries(parameters).map(([key, value]) => `${key}=${String(value)}`);
  const [saltText, tagText] = [salt, tag].map((bytes) => Buffer.from(bytes).toString("base64").replaceAll("=", ""));
  return `$${name}$${settings.join(",")}$${saltText}$${tagText}`;
}
