/** Clients that nobody here wrote, each on its whole way. They check what they are answered more strictly than we could. */
import { exports } from "cloudflare:workers";
import * as oauth from "oauth4webapi";
import * as oidc from "openid-client";
import { describe, expect, it } from "vitest";
import { decide, nextOf, open, questionOf, REDIRECT_URI, registerClient, sendForm } from "../support/applications.ts";
import { AUDIENCE, ISSUER } from "../support/bindings.ts";
import { registerWithCookie } from "../support/cookies.ts";
import { registerMember } from "../support/service.ts";

const send = (url: string, options: object) => exports.default.fetch(new Request(url, options));
const insecure = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: send };

/** What a browser does that somebody has signed in with, until it leaves for the application. */
async function browse(url: URL, cookie: string): Promise<URL> {
  let page = await open(url.pathname + url.search, cookie);
  for (let next = nextOf(page); next?.origin === ISSUER; next = nextOf(page))
    page = await open(next.pathname + next.search, cookie);
  return nextOf(page) ?? nextOf(await decide(page, cookie))!;
}

describe("openid-client", () => {
  it("signs a person in, refreshes, reads who they are, revokes, and signs them out", async () => {
    const back = "https://rp.example.test/bye";
    const { client_id, client_secret } = await registerClient({ postLogoutRedirectUris: [back] });
    const { cookie, email } = await registerWithCookie();
    const config = await oidc.discovery(new URL(ISSUER), client_id, client_secret, undefined, {
      execute: [oidc.allowInsecureRequests],
      [oidc.customFetch]: send,
    });
    oidc.enableNonRepudiationChecks(config);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: "openid profile email offline_access",
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      state: expectedState,
      nonce: expectedNonce,
      max_age: "3600",
    });
    const tokens = await oidc.authorizationCodeGrant(config, await browse(url, cookie), {
      pkceCodeVerifier,
      expectedState,
      expectedNonce,
      maxAge: 3600,
      idTokenExpected: true,
    });
    const { sub } = tokens.claims()!;
    expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ email, name: "Ada Lovelace" });
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
    expect(refreshed.claims()!.sub).toBe(sub);
    await oidc.tokenRevocation(config, refreshed.refresh_token!);
    await expect(oidc.refreshTokenGrant(config, refreshed.refresh_token!)).rejects.toMatchObject({
      error: "invalid_grant",
    });
    const end = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token!,
      post_logout_redirect_uri: back,
      state: "bye",
    });
    let page = await open(end.pathname + end.search, cookie);
    expect(questionOf(page)).not.toBe("");
    page = await sendForm("/oauth/logout", { request: questionOf(page) }, { Cookie: `__Host-refresh_token=${cookie}` });
    expect(nextOf(page)!.href).toBe(`${back}?state=bye`);
  });

  it.each(["ES256", "EdDSA"])("signs a person in by ID tokens of %s", async (alg) => {
    const { client_id, client_secret } = await registerClient({ idTokenAlgorithm: alg });
    const { cookie } = await registerWithCookie();
    const metadata = { client_secret, id_token_signed_response_alg: alg };
    const config = await oidc.discovery(new URL(ISSUER), client_id, metadata, undefined, {
      execute: [oidc.allowInsecureRequests],
      [oidc.customFetch]: send,
    });
    oidc.enableNonRepudiationChecks(config);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: REDIRECT_URI,
      scope: "openid",
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
    });
    const checks = { pkceCodeVerifier, idTokenExpected: true };
    const tokens = await oidc.authorizationCodeGrant(config, await browse(url, cookie), checks);
    expect(tokens.claims()!.aud).toBe(client_id);
  });

  it("gets a token for a machine, and asks what it is good for", async () => {
    const { client_id, client_secret } = await registerClient({ permissions: ["articles:read"] });
    const options = { execute: [oidc.allowInsecureRequests], [oidc.customFetch]: send };
    const metadata = { algorithm: "oauth2" as const };
    const config = await oidc.discovery(
      new URL(ISSUER),
      client_id,
      client_secret,
      oidc.ClientSecretBasic(client_secret),
      {
        ...options,
        ...metadata,
      },
    );
    const { access_token, scope } = await oidc.clientCredentialsGrant(config, { scope: "articles:read" });
    expect(scope).toBe("articles:read");
    expect(await oidc.tokenIntrospection(config, access_token)).toMatchObject({
      active: true,
      client_id,
      aud: AUDIENCE,
    });
    const { token } = await registerMember();
    expect(await oidc.tokenIntrospection(config, token)).toMatchObject({ active: true });
  });
});

describe("oauth4webapi", () => {
  it("signs a person in to a client without a secret, and holds every answer to the RFCs", async () => {
    const { client_id } = await registerClient({ isPublic: true });
    const { cookie } = await registerWithCookie();
    const issuer = new URL(ISSUER);
    const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    const client = { client_id };
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const url = new URL(server.authorization_endpoint!);
    const asked = {
      client_id,
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      scope: "openid",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    const answered = oauth.validateAuthResponse(server, client, await browse(url, cookie), state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      answered,
      REDIRECT_URI,
      verifier,
      insecure,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, insecure);
    const { sub } = oauth.getValidatedIdTokenClaims(tokens)!;
    const info = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
    expect(await oauth.processUserInfoResponse(server, client, sub, info)).toEqual({ sub });
    const again = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token!, insecure);
    const refreshed = await oauth.processRefreshTokenResponse(server, client, again);
    const revoked = await oauth.revocationRequest(server, client, oauth.None(), refreshed.refresh_token!, insecure);
    expect(await oauth.processRevocationResponse(revoked)).toBeUndefined();
  });
});
