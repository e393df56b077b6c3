/** What an identity provider says of somebody, made canonical: an address and names that we would take from anybody. */
import type { Identity } from "../platform/providers.ts";
import type { Person } from "../services/login/federated.ts";
import { canonicaliseEmail, PersonName } from "./fields.ts";

/** @param user what Apple says at the first login, which nobody has signed: names alone are taken from it. */
export function toPerson(identity: Identity, user: string | null): Person {
  const { subject, emailVerified } = identity;
  const email = identity.email === undefined ? undefined : canonicaliseEmail(identity.email);
  const told = namesIn(user);
  const [first, ...rest] = (nameIn(identity.name) ?? "").split(" ");
  const prenom = nameIn(identity.givenName) ?? told.prenom ?? nameIn(first) ?? nameIn(email?.split("@")[0]) ?? "?";
  const nom = nameIn(identity.familyName) ?? told.nom ?? nameIn(rest.join(" ")) ?? "–";
  return { subject, email, emailVerified: emailVerified && email !== undefined, prenom, nom };
}

function nameIn(text: unknown): string | undefined {
  const parsed = PersonName.safeParse(text);
  return parsed.success ? parsed.data : undefined;
}

function namesIn(user: string | null): { prenom?: string | undefined; nom?: string | undefined } {
  try {
    const { name } = JSON.parse(user ?? "{}") as { name?: { firstName?: unknown; lastName?: unknown } };
    return { prenom: nameIn(name?.firstName), nom: nameIn(name?.lastName) };
  } catch {
    return {};
  }
}
