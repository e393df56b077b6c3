/** What an application asks of the authorization endpoint (RFC 6749, RFC 7636, RFC 8707, OpenID Connect Core §3.1.2.1). */
import * as z from "zod/mini";

const text = (maxLength: number) => z.optional(z.string().check(z.maxLength(maxLength)));
const seconds = z.optional(z.string().check(z.regex(/^\d{1,10}$/)));

export const AuthorizationParameters = z.object({
  client_id: text(200),
  redirect_uri: text(1_000),
  response_type: text(100),
  response_mode: text(100),
  scope: text(4_096),
  state: text(2_000),
  nonce: text(500),
  code_challenge: text(200),
  code_challenge_method: text(20),
  prompt: text(100),
  max_age: seconds,
  login_hint: text(300),
  id_token_hint: text(8_192),
  ui_locales: text(200),
  resource: text(200),
  request: text(8_192),
  request_uri: text(1_000),
  /** Our own: since when, in seconds, the person must have signed in, where the application asked for that. */
  since: seconds,
  /** Our own: the browser has been here before, and has now sent its cookie. */
  continued: z.optional(z.literal("1")),
});
export type AuthorizationParameters = z.infer<typeof AuthorizationParameters>;

/** Why an application gets no code, as it learns it. */
export type AuthorizationErrorCode =
  | "invalid_request"
  | "unsupported_response_type"
  | "request_not_supported"
  | "request_uri_not_supported"
  | "invalid_target"
  | "login_required"
  | "consent_required"
  | "access_denied";

export class AuthorizationError extends Error {
  readonly code: AuthorizationErrorCode;

  constructor(code: AuthorizationErrorCode, description: string) {
    super(description);
    this.name = "AuthorizationError";
    this.code = code;
  }
}

const PROMPTS = ["none", "login", "consent", "select_account"];
const CHALLENGE = /^[\w-]{43}$/;

/** What the words mean, once it is known who asks. @throws AuthorizationError */
export function readRequest(
  asked: AuthorizationParameters,
  client: { isPublic: boolean; audiences: string[] },
): { prompts: string[]; challenge: string | undefined } {
  const { response_type, response_mode, code_challenge: challenge, code_challenge_method: method } = asked;
  if (asked.request !== undefined) throw new AuthorizationError("request_not_supported", "No request objects");
  if (asked.request_uri !== undefined) throw new AuthorizationError("request_uri_not_supported", "No request objects");
  if (response_type !== "code")
    throw response_type === undefined
      ? new AuthorizationError("invalid_request", "response_type is missing")
      : new AuthorizationError("unsupported_response_type", "Only code");
  if (response_mode !== undefined && response_mode !== "query")
    throw new AuthorizationError("invalid_request", "Only response_mode=query");
  // Without a method it would be `plain`, which protects nothing.
  if (challenge === undefined ? method !== undefined : method !== "S256" || !CHALLENGE.test(challenge))
    throw new AuthorizationError("invalid_request", "Only code_challenge_method=S256, with its challenge");
  if (challenge === undefined && client.isPublic)
    throw new AuthorizationError("invalid_request", "A client without a secret needs a code_challenge");
  if (asked.resource !== undefined && !client.audiences.includes(asked.resource))
    throw new AuthorizationError("invalid_target", "No such resource for this client");
  const prompts = asked.prompt?.split(" ").filter(Boolean) ?? [];
  if (!prompts.every((prompt) => PROMPTS.includes(prompt)) || (prompts.includes("none") && prompts.length > 1))
    throw new AuthorizationError("invalid_request", "No such prompt");
  return { prompts, challenge };
}
