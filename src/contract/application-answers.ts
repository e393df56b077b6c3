/** What applications are answered, and what is said about them and about API keys. */
import * as z from "zod";
import { CLIENT_SOURCES, ID_TOKEN_ALGORITHMS } from "../db/values.ts";
import { Claims, count, flag, object, said, text, texts, time } from "./answers.ts";

const ApiKey = object("ApiKey", {
  id: text,
  name: text,
  permissions: texts,
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time.nullable(),
  rotatedAt: time.nullable(),
  previousUntil: time.nullable(),
});
export const ApiKeys = object("ApiKeys", { apiKeys: z.array(ApiKey) });
export const ApiKeyIssued = said("ApiKeyIssued", { key: text, apiKey: ApiKey });

export const Application = object("Application", {
  id: text,
  name: text,
  permissions: texts,
  audiences: texts,
  redirectUris: texts,
  postLogoutRedirectUris: texts,
  backchannelLogoutUri: text.nullable(),
  isPublic: flag,
  isFirstParty: flag,
  idTokenAlgorithm: z.enum(ID_TOKEN_ALGORITHMS),
  isActive: flag,
  source: z.enum(CLIENT_SOURCES),
  previousUntil: time.nullable(),
  createdAt: time,
  updatedAt: time,
});
/** RFC 7591, §3.2.1. */
export const RegisteredClient = object("RegisteredClient", {
  client_id: text,
  client_id_issued_at: count,
  client_name: text,
  redirect_uris: texts,
  backchannel_logout_uri: text.optional(),
  backchannel_logout_session_required: z.literal(true).optional(),
  token_endpoint_auth_method: z.literal("none"),
  grant_types: texts,
  response_types: texts,
});
export const ApplicationIssued = said("ApplicationIssued", { application: Application, secret: text.optional() });
export const OAuthToken = object("OAuthToken", {
  access_token: text,
  token_type: z.literal("Bearer"),
  expires_in: count,
  scope: text,
  refresh_token: text.optional(),
  id_token: text.optional(),
});
export const UserInfo = object("UserInfo", {
  sub: text,
  name: text.optional(),
  given_name: text.optional(),
  family_name: text.optional(),
  locale: text.optional(),
  updated_at: count.optional(),
  email: text.optional(),
  email_verified: flag.optional(),
});
export const ConnectedApplications = object("ConnectedApplications", {
  applications: z.array(
    object("ConnectedApplication", {
      id: text,
      name: text,
      scopes: texts,
      since: time,
      lastUsedAt: time.nullable(),
    }),
  ),
});
export const Introspection = z
  .union([
    object("ActiveToken", {
      active: z.literal(true),
      token_type: z.literal("Bearer"),
      ...Claims.shape,
      scope: text,
    }),
    object("InactiveToken", { active: z.literal(false) }),
  ])
  .meta({ id: "Introspection" });
/** RFC 6749 §5.2. */
export const OAuthRefusal = object("OAuthRefusal", { error: text, error_description: text });

/** Ed25519 (`crv`, `x`), P-256 (`y` too) or RSA (`n`, `e`). */
const Jwk = object("Jwk", {
  kty: text,
  kid: text,
  alg: text,
  use: text,
  crv: text.optional(),
  x: text.optional(),
  y: text.optional(),
  n: text.optional(),
  e: text.optional(),
});
export const KeySet = object("KeySet", { keys: z.array(Jwk) });
/** What is optional is there where people can sign in for applications. */
export const Metadata = object("Metadata", {
  issuer: text,
  jwks_uri: text,
  token_endpoint: text,
  token_endpoint_auth_methods_supported: texts,
  introspection_endpoint: text,
  introspection_endpoint_auth_methods_supported: texts,
  authorization_endpoint: text.optional(),
  userinfo_endpoint: text.optional(),
  revocation_endpoint: text.optional(),
  revocation_endpoint_auth_methods_supported: texts.optional(),
  end_session_endpoint: text.optional(),
  backchannel_logout_supported: flag.optional(),
  backchannel_logout_session_supported: flag.optional(),
  registration_endpoint: text.optional(),
  client_id_metadata_document_supported: flag.optional(),
  response_types_supported: texts,
  response_modes_supported: texts.optional(),
  grant_types_supported: texts,
  code_challenge_methods_supported: texts.optional(),
  authorization_response_iss_parameter_supported: flag.optional(),
  prompt_values_supported: texts.optional(),
  scopes_supported: texts.optional(),
  subject_types_supported: texts.optional(),
  id_token_signing_alg_values_supported: texts.optional(),
  claims_supported: texts.optional(),
  ui_locales_supported: texts.optional(),
  request_parameter_supported: flag.optional(),
  request_uri_parameter_supported: flag.optional(),
});
