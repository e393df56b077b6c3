/**
 * Everything that can happen to an account or that an administrator can do, named once: who does it, what the owner is
 * told, what it ends. An act writes `happened(platform, { event, … })` in its batch, and the row here decides the rest.
 */
import type { NoticeType } from "./notice-texts.ts";

interface EventKind {
  /** For an administrator's act the owner learns no address, device or place. */
  by: "owner" | "administrator" | "service";
  /** The action in the audit log, if it is not the event's own name; null for events that are not audited. */
  action?: string | null;
  /** What the owner is told: a notification, and a mail unless `mailed` is false. */
  notice?: NoticeType;
  mailed?: false;
  /** The page that the notice's mail links to, to undo the act with one click. */
  undo?: "cancel_email_change" | "deny_login";
  /** A mail with a link, which the act has promised. */
  link?: "verification" | "registration" | "invitation" | "email_change" | "forgot_password";
  /** It ends sessions: their sockets close, their tokens are refused. */
  ends?: true;
  /** It changes what an account or a role may do: earlier tokens are refused. */
  changesAuthority?: true;
  /** The queue carries it out: to each of its recipients. */
  starts?: "broadcast";
  /** Webhooks carry it, with these facts: the account, the sessions that ended too, or the role. */
  webhook?: "user" | "sessions" | "role";
}

export const EVENTS = {
  "account.registered": { by: "owner", action: null, link: "verification", webhook: "user" },
  "registration.requested": { by: "owner", action: null, link: "registration" },
  "email.verified": { by: "owner", ends: true, webhook: "sessions" },
  /** The first proof of a mailbox, by a code that signs in: the password goes with everything else. */
  "email.verified_by_code": {
    by: "owner",
    action: "email.verified",
    notice: "mailbox_proven",
    ends: true,
    webhook: "sessions",
  },
  /** The first proof of a mailbox, by the change of the address: only the session that gave it stays signed in. */
  "account.proven": { by: "owner", action: null, ends: true, webhook: "sessions" },
  "password.changed": { by: "owner", notice: "password_changed", ends: true, webhook: "sessions" },
  "password.reset": { by: "owner", notice: "password_reset", ends: true, webhook: "sessions" },
  "password.removed": { by: "owner", notice: "password_removed", ends: true, webhook: "user" },
  "invitation.accepted": { by: "owner", action: "password.reset", ends: true, webhook: "user" },
  "email_change.requested": {
    by: "owner",
    notice: "email_change_requested",
    undo: "cancel_email_change",
    link: "email_change",
    webhook: "user",
  },
  "email_change.confirmed": { by: "owner", notice: "email_changed", webhook: "user" },
  "email_change.cancelled": { by: "owner", notice: "email_change_cancelled", webhook: "user" },
  "user.deleted": { by: "owner", notice: "account_deleted", ends: true, webhook: "user" },
  "two_factor.enabled": { by: "owner", notice: "two_factor_enabled", ends: true, webhook: "user" },
  "two_factor.disabled": { by: "owner", notice: "two_factor_disabled", ends: true, webhook: "user" },
  /** The session's tokens lose the authenticator claim, and with it their permissions. */
  "totp.disabled": {
    by: "owner",
    action: "two_factor.disabled",
    notice: "two_factor_disabled",
    ends: true,
    changesAuthority: true,
    webhook: "user",
  },
  "passkey.added": { by: "owner", notice: "passkey_added", ends: true, webhook: "user" },
  /** The last one takes from the session what it has shown by one. */
  "passkey.removed": { by: "owner", notice: "passkey_removed", ends: true, changesAuthority: true, webhook: "user" },
  "passkey.renamed": { by: "owner" },
  /** Its counter did not grow. The attempt is in the login history. */
  "passkey.copy_suspected": { by: "service", action: null, notice: "passkey_copy_suspected" },
  "api_key.created": { by: "owner", notice: "api_key_created" },
  "api_key.renamed": { by: "owner" },
  "api_key.rotated": { by: "owner", notice: "api_key_rotated", ends: true },
  "api_key.revoked": { by: "owner", ends: true },
  "consent.given": { by: "owner" },
  "consent.withdrawn": { by: "owner" },
  "identity.linked": { by: "owner", notice: "identity_linked", webhook: "user" },
  "identity.unlinked": { by: "owner", notice: "identity_unlinked", ends: true, webhook: "user" },
  "recovery_codes.replaced": { by: "owner", notice: "recovery_codes_replaced", webhook: "user" },
  "recovery_code.used": { by: "owner", action: null, notice: "recovery_code_used", webhook: "user" },
  "login.from_new_device": { by: "owner", action: null, notice: "new_device", undo: "deny_login", webhook: "user" },
  /** The right password, where REGISTRATION=verified asks for a proof of the mailbox first. */
  "login.unproven": { by: "owner", action: null, link: "verification" },
  "login.confirmed": { by: "owner", webhook: "user" },
  "login.denied": { by: "owner", ends: true, link: "forgot_password", webhook: "sessions" },
  "session.ended": { by: "owner", action: null, ends: true, webhook: "sessions" },
  /** By a login, for an account with too many sessions. */
  "sessions.crowded_out": { by: "owner", action: null, ends: true },
  "session.revoked": { by: "owner", ends: true, webhook: "sessions" },
  "sessions.revoked": { by: "owner", ends: true, webhook: "sessions" },
  "session.reuse_detected": { by: "service", notice: "session_reuse_detected", ends: true, webhook: "sessions" },
  "user.invited": { by: "administrator", link: "invitation", webhook: "user" },
  "user.impersonated": { by: "administrator", notice: "impersonated", webhook: "user" },
  "users.imported": { by: "administrator" },
  "user.updated": { by: "administrator", webhook: "user" },
  "user.role_changed": {
    by: "administrator",
    action: null,
    notice: "role_changed",
    changesAuthority: true,
    webhook: "user",
  },
  "user.readdressed": {
    by: "administrator",
    action: null,
    notice: "email_changed_by_admin",
    ends: true,
    webhook: "user",
  },
  /** The first proof of a mailbox, by the word of an administrator. */
  "user.confirmed": { by: "administrator", action: null, ends: true, webhook: "sessions" },
  "user.disabled": { by: "administrator", action: null, notice: "account_disabled", ends: true, webhook: "user" },
  "user.enabled": { by: "administrator", action: null, notice: "account_enabled", webhook: "user" },
  "user.deleted_by_admin": {
    by: "administrator",
    action: "user.deleted",
    notice: "account_deleted_by_admin",
    ends: true,
    webhook: "user",
  },
  "user.restored": { by: "administrator", notice: "account_restored", webhook: "user" },
  "user.unlocked": { by: "administrator", webhook: "user" },
  "user.logged_out": { by: "administrator", ends: true, webhook: "sessions" },
  "session.revoked_by_admin": { by: "administrator", action: "session.revoked", ends: true, webhook: "sessions" },
  "api_key.revoked_by_admin": {
    by: "administrator",
    action: "api_key.revoked",
    notice: "api_key_revoked_by_admin",
    ends: true,
  },
  "two_factor.reset": { by: "administrator", notice: "two_factor_reset", ends: true, webhook: "user" },
  "role.created": { by: "administrator" },
  "role.updated": { by: "administrator" },
  "role.permissions_changed": { by: "administrator", action: null, changesAuthority: true, webhook: "role" },
  /** Its holders may be thousands: the queue tells them. */
  "role.deleted": { by: "administrator", changesAuthority: true, webhook: "role" },
  "application.created": { by: "administrator" },
  /** Its tokens say what it may do; those that it has are refused. */
  "application.updated": { by: "administrator", ends: true },
  "application.secret_rotated": { by: "administrator", ends: true },
  "application.deleted": { by: "administrator", ends: true },
  "notification.sent": { by: "administrator", starts: "broadcast" },
  "job.replayed": { by: "administrator" },
  "webhook.created": { by: "administrator" },
  "webhook.updated": { by: "administrator" },
  "webhook.deleted": { by: "administrator" },
  "webhook.secret_rotated": { by: "administrator" },
  "webhook.tested": { by: "administrator" },
  "webhook.replayed": { by: "administrator" },
  /** Nobody took its events for five days, or its receiver is gone for good. */
  "webhook.disabled": { by: "service", notice: "webhook_disabled" },
} as const satisfies Record<string, EventKind>;

export type EventName = keyof typeof EVENTS;

export function kindOf(event: EventName): EventKind {
  return EVENTS[event];
}

type Carried = { [Name in EventName]: (typeof EVENTS)[Name] extends { webhook: string } ? Name : never };
/** What an endpoint may ask for. */
export type CarriedEvent = Carried[EventName];

export const CARRIED_EVENTS = (Object.keys(EVENTS) as EventName[]).filter(
  (event): event is CarriedEvent => kindOf(event).webhook !== undefined,
);
