/** `/oauth`: the endpoints that applications call, in the words of OAuth. */
import { Hono, type Context } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { shownToken } from "../http/guards.ts";
import { validateForm, validateMetadata } from "../http/form.ts";
import { limit } from "../http/rate-limit.ts";
import { readClient, readCredentials } from "../services/applications/client-authentication.ts";
import { exchangeCode, refreshGrant, revokeGrant } from "../services/applications/grants.ts";
import { introspectToken, issueMachineToken, type TokenAnswer } from "../services/applications/machine-tokens.ts";
import { registerClient } from "../services/applications/open-clients.ts";
import { OAuthError } from "../services/applications/oauth-error.ts";
import { readUserInfo } from "../services/applications/userinfo.ts";
import { Token } from "./fields.ts";

const text = (maxLength: number) => z.optional(z.string().check(z.maxLength(maxLength)));
const credentials = { client_id: text(200), client_secret: text(200) };
const TokenRequest = z.object({
  ...credentials,
  grant_type: z.string().check(z.maxLength(200)),
  scope: text(4_096),
  resource: text(200),
  code: text(8_192),
  code_verifier: text(200),
  redirect_uri: text(1_000),
  refresh_token: text(500),
});
const IntrospectionRequest = z.object({ ...credentials, token: Token });
const RevocationRequest = z.object({ ...credentials, token: Token });

/** What else a client says of itself, RFC 7591 lets us leave out. */
const Registration = z.object({
  redirect_uris: z.array(z.string()).check(z.maxLength(100)),
  client_name: text(1_000),
  backchannel_logout_uri: text(1_000),
});

type TokenForm = z.infer<typeof TokenRequest>;
type Grant = (c: Context<AppEnv>, form: TokenForm) => Promise<TokenAnswer>;

function requireField(form: TokenForm, name: "code" | "refresh_token"): string {
  const value = form[name];
  if (value === undefined) throw new OAuthError("invalid_request", `${name} is missing`);
  return value;
}

const clientOf = (c: Context<AppEnv>, form: TokenForm) => readClient(c.req.header("Authorization"), form);

const GRANTS: Record<string, Grant> = {
  authorization_code: async (c, form) =>
    exchangeCode(c.var.platform, clientOf(c, form), {
      code: requireField(form, "code"),
      redirectUri: form.redirect_uri,
      verifier: form.code_verifier,
    }),
  refresh_token: async (c, form) =>
    refreshGrant(c.var.platform, clientOf(c, form), {
      refreshToken: requireField(form, "refresh_token"),
      scope: form.scope,
    }),
  client_credentials: async (c, form) =>
    issueMachineToken(c.var.platform, readCredentials(c.req.header("Authorization"), form), form),
};

const userinfo = async (c: Context<AppEnv>) => c.json(await readUserInfo(c.var.platform, shownToken(c)));

export const oauth = new Hono<AppEnv>()
  .post("/token", limit("default"), validateForm(TokenRequest), async (c) => {
    const form = c.req.valid("form");
    const grant = Object.hasOwn(GRANTS, form.grant_type) ? GRANTS[form.grant_type] : undefined;
    if (!grant) throw new OAuthError("unsupported_grant_type", "No such grant");
    return c.json(await grant(c, form));
  })
  .post("/introspect", limit("verify-token"), validateForm(IntrospectionRequest), async (c) => {
    const form = c.req.valid("form");
    const caller = readCredentials(c.req.header("Authorization"), form);
    return c.json(await introspectToken(c.var.platform, caller, form.token));
  })
  .post("/revoke", limit("default"), validateForm(RevocationRequest), async (c) => {
    const form = c.req.valid("form");
    await revokeGrant(c.var.platform, readClient(c.req.header("Authorization"), form), form.token);
    // RFC 7009 §2.2: whatever the token was.
    return c.json({});
  })
  .post("/register", limit("register"), validateMetadata(Registration), async (c) => {
    return c.json(await registerClient(c.var.platform, c.req.valid("json")), 201);
  })
  .get("/userinfo", limit("default"), userinfo)
  .post("/userinfo", limit("default"), userinfo);
