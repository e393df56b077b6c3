/** What columns with a fixed set of values may hold. Apart from the tables, which only migrations need: none of them is in the bundle. */

/** What a one-time token is good for. One purpose each: a link of one kind opens nothing of another. */
export const TOKEN_PURPOSES = [
  "reset_password",
  "verify_email",
  "change_email",
  "cancel_email_change",
  "invite",
  "login_challenge",
  "email_code",
  "ws_ticket",
  "deny_login",
] as const;
export const TWO_FACTOR_TYPES = ["totp", "email"] as const;
export const LOGIN_OUTCOMES = ["success", "failure", "two_factor_required", "locked"] as const;
