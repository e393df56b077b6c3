/**
 * The allowed values of columns with a fixed set. Separate from the tables, which only migrations need, to keep those
 * out of the bundle.
 */

/** The purpose of a one-time token. Each has exactly one: a link of one kind does not work for another. */
export const TOKEN_PURPOSES = [
  "reset_password",
  "verify_email",
  "change_email",
  "cancel_email_change",
  "invite",
  "login_challenge",
  "email_code",
  "login_code",
  "ws_ticket",
  "deny_login",
] as const;
export const TWO_FACTOR_TYPES = ["totp", "email"] as const;
export const LOGIN_OUTCOMES = ["success", "failure", "two_factor_required", "locked"] as const;
export const PASSKEY_ALGORITHMS = ["ES256", "EdDSA", "RS256"] as const;

/** Where an application comes from that no administrator has registered. */
export const OPEN_CLIENT_SOURCES = ["registration", "document"] as const;
export const CLIENT_SOURCES = ["administrator", ...OPEN_CLIENT_SOURCES] as const;
export const ID_TOKEN_ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;

/** What has become of an event for one webhook. */
export const DELIVERY_STATES = ["pending", "delivered", "failed"] as const;
