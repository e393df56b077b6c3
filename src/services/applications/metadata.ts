/** What clients need to know before their first request (RFC 8414, OpenID Connect Discovery). */
import { idTokenAlgorithms } from "../../crypto/id-token.ts";
import type { Platform } from "../../platform/index.ts";
import { CLIENT_AUTHENTICATION } from "./client-authentication.ts";
import { opens, reachOfOpenClients } from "./open-clients.ts";
import { IDENTITY_SCOPES } from "./scopes.ts";

/** Whether applications can send people here: there are pages to sign in on, and a key for ID tokens. */
export async function offersSignIn({ config, keySet }: Platform): Promise<boolean> {
  return config.PAGES && idTokenAlgorithms(await keySet()).length > 0;
}

export async function describeServer(platform: Platform) {
  const { ISSUER: issuer } = platform.config;
  const machines = {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint: `${issuer}/oauth/token`,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
  };
  if (!(await offersSignIn(platform)))
    return {
      ...machines,
      token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
      response_types_supported: [],
      grant_types_supported: ["client_credentials"],
    };
  const methods = [...CLIENT_AUTHENTICATION, "none"];
  return {
    ...machines,
    token_endpoint_auth_methods_supported: methods,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: methods,
    end_session_endpoint: `${issuer}/oauth/logout`,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    ...(opens(platform, "registration") && { registration_endpoint: `${issuer}/oauth/register` }),
    ...(opens(platform, "document") && { client_id_metadata_document_supported: true }),
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    prompt_values_supported: ["none", "login", "consent", "select_account"],
    scopes_supported: [...IDENTITY_SCOPES, ...reachOfOpenClients(platform).permissions],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: idTokenAlgorithms(await platform.keySet()),
    claims_supported: ["sub", "name", "given_name", "family_name", "locale", "updated_at", "email", "email_verified"],
    ui_locales_supported: ["fr", "en"],
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  };
}
