/** The events that webhooks carry, in groups, as people call them. One that the contract has and this list lacks doesn't compile. */
import type { Schemas } from "../../client/index.ts";
import { inLanguage } from "../shared/texts.ts";

export type CarriedEvent = Schemas["Webhook"]["events"][number];

const say = inLanguage({
  accounts: { fr: "Comptes et adresses", en: "Accounts and addresses" },
  passwords: { fr: "Mots de passe", en: "Passwords" },
  ways: { fr: "Seconds facteurs, clés d'accès et fournisseurs", en: "Second factors, passkeys and providers" },
  sessions: { fr: "Connexions et sessions", en: "Sign-ins and sessions" },
  administration: { fr: "Actes des administrateurs", en: "Acts of administrators" },
});

const GROUPS: Record<CarriedEvent, string> = {
  "account.registered": say.accounts,
  "email.verified": say.accounts,
  "email.verified_by_code": say.accounts,
  "account.proven": say.accounts,
  "email_change.requested": say.accounts,
  "email_change.confirmed": say.accounts,
  "email_change.cancelled": say.accounts,
  "user.deleted": say.accounts,
  "password.changed": say.passwords,
  "password.reset": say.passwords,
  "password.removed": say.passwords,
  "invitation.accepted": say.passwords,
  "two_factor.enabled": say.ways,
  "two_factor.disabled": say.ways,
  "totp.disabled": say.ways,
  "recovery_codes.replaced": say.ways,
  "recovery_code.used": say.ways,
  "passkey.added": say.ways,
  "passkey.removed": say.ways,
  "identity.linked": say.ways,
  "identity.unlinked": say.ways,
  "login.from_new_device": say.sessions,
  "login.confirmed": say.sessions,
  "login.denied": say.sessions,
  "session.ended": say.sessions,
  "session.revoked": say.sessions,
  "sessions.revoked": say.sessions,
  "session.reuse_detected": say.sessions,
  "user.invited": say.administration,
  "user.impersonated": say.administration,
  "user.updated": say.administration,
  "user.role_changed": say.administration,
  "user.readdressed": say.administration,
  "user.confirmed": say.administration,
  "user.disabled": say.administration,
  "user.enabled": say.administration,
  "user.deleted_by_admin": say.administration,
  "user.restored": say.administration,
  "user.unlocked": say.administration,
  "user.logged_out": say.administration,
  "session.revoked_by_admin": say.administration,
  "two_factor.reset": say.administration,
  "role.permissions_changed": say.administration,
  "role.deleted": say.administration,
};

/** Name by name of a group; each has at least one event. */
export const EVENT_GROUPS: [group: string, events: CarriedEvent[]][] = Object.values(say).map((group) => [
  group,
  (Object.keys(GROUPS) as CarriedEvent[]).filter((event) => GROUPS[event] === group),
]);
