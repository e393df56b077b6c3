/**
 * Whom an identity provider has signed in: OpenID Connect by oauth4webapi, the ID token's signature by jose, and GitHub's
 * OAuth. Metadata and keys are kept in KV for a day, so that a login takes one request to the provider.
 */
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet } from "jose";
import * as oauth from "oauth4webapi";
import { encodeBase64url } from "../crypto/base64url.ts";
import { AppError } from "../errors.ts";
import { clientSecretOf } from "./client-secret.ts";
import type { Config } from "./config.ts";
import { findGitHubUser, metadataOfGitHub } from "./github.ts";
import { logEvent } from "./log.ts";
import { admitOutward, fetchAdmitted } from "./outward.ts";
import type { Identity, Provider } from "./providers.ts";

/** What the browser keeps between the two visits. */
export interface Flow {
  provider: Provider;
  state: string;
  nonce: string;
  verifier: string;
  redirectUri: string;
}

export interface IdentityProviders {
  /** Where to send the browser. @throws AppError provider_unavailable */
  addressOf: (flow: Flow) => Promise<string>;
  /** @param answer the query of the redirect back. @throws AppError provider_unavailable, invalid_federation */
  identify: (flow: Flow, answer: URLSearchParams) => Promise<Identity>;
}

/** What is kept of a provider. */
export interface Known {
  metadata: oauth.AuthorizationServer;
  keys: JSONWebKeySet;
}

const KEEP_SECONDS = 86_400;
const TIME_LIMIT_MS = 5_000;
/** Never one of a shared secret, nor none. */
const ALGORITHMS = ["RS256", "ES256", "EdDSA", "Ed25519"];
/** OpenID Connect Core, §2. */
const MAX_SUBJECT = 255;
const CLOCK_TOLERANCE_SECONDS = 30;

export function createIdentityProviders(config: Config, kv: KVNamespace): IdentityProviders {
  const options = {
    [oauth.allowInsecureRequests]: new URL(config.ISSUER).protocol === "http:",
    [oauth.customFetch]: (address: string, init: { method: string; headers: Headers; body?: BodyInit | null }) =>
      ask(config, address, init),
  } as object;

  async function known(provider: Provider): Promise<Known> {
    const kept = await kv.get<Known>(keyOf(provider), "json").catch(() => null);
    return kept ?? renew(provider);
  }

  async function renew(provider: Provider): Promise<Known> {
    const found =
      provider.kind === "github"
        ? { metadata: metadataOfGitHub(provider.issuer), keys: { keys: [] } }
        : await discover(provider);
    try {
      const { authorization_endpoint, token_endpoint, userinfo_endpoint = token_endpoint } = found.metadata;
      for (const address of new Set([authorization_endpoint, token_endpoint, userinfo_endpoint]))
        await admitOutward(config, address ?? "");
    } catch (error) {
      throw unavailable(error);
    }
    await kv.put(keyOf(provider), JSON.stringify(found), { expirationTtl: KEEP_SECONDS }).catch(() => {});
    return found;
  }

  async function discover({ issuer }: Provider): Promise<Known> {
    try {
      await admitOutward(config, issuer);
      const url = new URL(issuer);
      const metadata = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options));
      await admitOutward(config, metadata.jwks_uri ?? "");
      const keys = await (await ask(config, metadata.jwks_uri!)).json<JSONWebKeySet>();
      if (!Array.isArray(keys.keys)) throw new Error("no keys");
      return { metadata, keys };
    } catch (error) {
      throw unavailable(error);
    }
  }

  async function addressOf({ provider, state, nonce, verifier, redirectUri }: Flow): Promise<string> {
    const { metadata } = await known(provider);
    const address = new URL(metadata.authorization_endpoint!);
    const parameters = {
      client_id: provider.clientId,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: provider.scopes,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...(provider.kind !== "github" && { nonce }),
      // Apple gives name and address in no other way.
      ...(provider.kind === "apple" && { response_mode: "form_post" }),
    };
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    return address.href;
  }

  async function identify(flow: Flow, answer: URLSearchParams): Promise<Identity> {
    const { provider } = flow;
    const { metadata, keys } = await known(provider);
    const client = { client_id: provider.clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
    try {
      const checked = oauth.validateAuthResponse(metadata, client, answer, flow.state);
      const response = await oauth.authorizationCodeGrantRequest(
        metadata,
        client,
        oauth.ClientSecretPost(await clientSecretOf(config, provider)),
        checked,
        flow.redirectUri,
        flow.verifier,
        options,
      );
      if (provider.kind === "github") {
        const { access_token } = await oauth.processAuthorizationCodeResponse(metadata, client, response);
        return await findGitHubUser(provider, access_token, (address, init) => ask(config, address, init));
      }
      const tokens = await oauth.processAuthorizationCodeResponse(metadata, client, response, {
        expectedNonce: flow.nonce,
        requireIdToken: true,
      });
      const { alg } = await verifySignature(provider, metadata, keys, tokens.id_token!);
      const claims = oauth.getValidatedIdTokenClaims(tokens)!;
      if (claims.sub.length > MAX_SUBJECT) throw new Error("sub");
      await requireTokenHash(claims["at_hash"], tokens.access_token, alg);
      return toIdentity(provider, { ...(await askWho(metadata, claims, tokens.access_token)), ...claims });
    } catch (error) {
      throw judge(error);
    }
  }

  /** OpenID Connect Core, §5.4: an ID token beside an access token may leave out everything but the subject. */
  async function askWho(metadata: Known["metadata"], { sub, email }: oauth.IDToken, token: string): Promise<object> {
    const endpoint = metadata.userinfo_endpoint;
    if (email !== undefined || endpoint === undefined) return {};
    const answer = await ask(config, endpoint, { headers: { Authorization: `Bearer ${token}` } });
    const told = await answer.json<{ sub?: unknown }>();
    if (told.sub !== sub) throw new Error("sub");
    return told;
  }

  /** Asks for the keys once more where none of those that are kept has signed. */
  async function verifySignature(
    provider: Provider,
    metadata: Known["metadata"],
    keys: Known["keys"],
    idToken: string,
  ) {
    const expected = {
      issuer: metadata.issuer,
      audience: provider.clientId,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    };
    try {
      return (await jwtVerify(idToken, createLocalJWKSet(keys), expected)).protectedHeader;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const renewed = await renew(provider);
      return (await jwtVerify(idToken, createLocalJWKSet(renewed.keys), expected)).protectedHeader;
    }
  }

  return { addressOf, identify };
}

const keyOf = ({ issuer }: Provider) => `provider:${issuer}`;

/** To an endpoint that was admitted with the metadata that names it. @throws AppError provider_unavailable */
async function ask(
  config: Config,
  address: string,
  init: { method?: string; headers?: HeadersInit; body?: BodyInit | null } = {},
): Promise<Response> {
  try {
    const { status, headers, text, isWhole } = await fetchAdmitted(config, address, {
      ...init,
      timeLimitMs: TIME_LIMIT_MS,
    });
    if (!isWhole || status >= 500 || status === 429) throw new Error(`HTTP ${status}`);
    return new Response([204, 304].includes(status) ? null : text, { status, headers });
  } catch (error) {
    throw unavailable(error);
  }
}

/** It can't be asked, is slow, or answers junk: the same may succeed later. */
function unavailable(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  logEvent("provider_unavailable", {}, cause);
  return new AppError("provider_unavailable", { headers: { "Retry-After": "5" }, cause });
}

/** What no client could read is the provider's trouble; what says no, or is not good, is a refusal. */
function judge(cause: unknown): AppError {
  const code = String((cause as { code?: unknown }).code);
  const isJunk = [oauth.RESPONSE_IS_NOT_JSON, oauth.RESPONSE_IS_NOT_CONFORM, "OAUTH_PARSE_ERROR"].includes(code);
  return isJunk || cause instanceof AppError ? unavailable(cause) : new AppError("invalid_federation", { cause });
}

/** OpenID Connect Core, §3.1.3.6: the left half of the access token's hash, where the ID token has one. */
async function requireTokenHash(hash: unknown, accessToken: string, alg: string): Promise<void> {
  if (hash === undefined) return;
  const size = alg.startsWith("Ed") ? "512" : alg.slice(2);
  const digest = new Uint8Array(await crypto.subtle.digest(`SHA-${size}`, new TextEncoder().encode(accessToken)));
  if (hash !== encodeBase64url(digest.subarray(0, digest.length / 2))) throw new Error("at_hash");
}

const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

function toIdentity({ kind, issuer }: Provider, claims: oauth.IDToken): Identity {
  const verified = claims[kind === "microsoft" ? "xms_edov" : "email_verified"];
  return {
    issuer,
    subject: claims.sub,
    email: textOf(claims["email"]),
    // Apple writes it as text. Microsoft's tenants write any address; `xms_edov` says that its domain was proven.
    emailVerified: verified === true || (kind !== "oidc" && ["true", "1", 1].includes(verified as string)),
    name: textOf(claims["name"]),
    givenName: textOf(claims["given_name"]),
    familyName: textOf(claims["family_name"]),
  };
}
