/** How an OAuth endpoint fails, in the words of RFC 6749 §5.2 and RFC 8707 §2: clients know these codes, not ours. */

const STATUSES = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  invalid_scope: 400,
  invalid_target: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  /** RFC 7591, §3.2.2. */
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
} as const;

export type OAuthErrorCode = keyof typeof STATUSES;

export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  readonly status: 400 | 401;

  /** @param description for whoever writes the client; nothing that was sent. */
  constructor(code: OAuthErrorCode, description: string) {
    super(description);
    this.name = "OAuthError";
    this.code = code;
    this.status = STATUSES[code];
  }
}
