/** `/oauth`: the endpoints that applications call, in the words of OAuth. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { validateForm } from "../http/form.ts";
import { problem } from "../http/problem.ts";
import { limit } from "../http/rate-limit.ts";
import { readCredentials } from "../services/applications/client-authentication.ts";
import { introspectToken, issueMachineToken } from "../services/applications/machine-tokens.ts";
import { OAuthError } from "../services/applications/oauth-error.ts";
import { Token } from "./fields.ts";

const text = (maxLength: number) => z.optional(z.string().check(z.maxLength(maxLength)));
const credentials = { client_id: text(200), client_secret: text(200) };
const TokenRequest = z.object({
  ...credentials,
  grant_type: z.string().check(z.maxLength(200)),
  scope: text(4_096),
  resource: text(200),
});
const IntrospectionRequest = z.object({ ...credentials, token: Token });

export const oauth = new Hono<AppEnv>()
  .post("/token", limit("refresh"), validateForm(TokenRequest), async (c) => {
    const form = c.req.valid("form");
    if (form.grant_type !== "client_credentials")
      throw new OAuthError("unsupported_grant_type", "Only client_credentials");
    return c.json(await issueMachineToken(c.var.platform, readCredentials(c.req.header("Authorization"), form), form));
  })
  .post("/introspect", limit("verify-token"), validateForm(IntrospectionRequest), async (c) => {
    const form = c.req.valid("form");
    const caller = readCredentials(c.req.header("Authorization"), form);
    return c.json(await introspectToken(c.var.platform, caller, form.token));
  });

oauth.onError((error, c) => {
  if (!(error instanceof OAuthError)) return problem(error, c);
  const { code, status, message } = error;
  // RFC 6749 §5.2: the scheme by which a client may authenticate.
  return c.json(
    { error: code, error_description: message },
    status,
    status === 401 ? { "WWW-Authenticate": "Basic" } : {},
  );
});
