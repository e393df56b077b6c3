/**
 * The 38 modules of the plan "oidcc-basic-certification-test-plan" of OpenID's conformance suite, by their names, written
 * from the specifications. A module passes, passes with a warning where the suite only warns, or is left out where the
 * provider announces that it doesn't offer what the module is about, as the suite leaves it out.
 */
import { expect } from "vitest";
import { CHALLENGE, VERIFIER } from "../pkce.ts";
import type { Flow, Fields, Tokens } from "./flow.ts";
import { Visitor } from "./visitor.ts";

export type Outcome = { is: "passes" | "warning" | "not offered"; note?: string };

const PASSES: Outcome = { is: "passes" };
type Module = (flow: Flow) => Promise<Outcome>;

const unsigned = (claims: object) =>
  `${[{ alg: "none" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`;

/** A person is signed in, and the application gets what it wants with these parameters. */
const succeedsWith =
  (fields: Fields): Module =>
  async (flow) => {
    const { tokens } = await flow.signIn({ fields });
    await flow.personOf(tokens);
    return PASSES;
  };

/** The same where nobody is signed in yet, so that the sign-in page takes the parameters too. */
const signsInWith =
  (fields: (flow: Flow) => Fields): Module =>
  async (flow) => {
    const { questions } = await flow.signIn({ visitor: new Visitor(), fields: fields(flow) });
    expect(questions).toContain("sign in");
    return PASSES;
  };

const returnsClaims =
  (scopes: string[], claims: string[]): Module =>
  async (flow) => {
    const missing = scopes.filter((scope) => !flow.metadata.scopes_supported.includes(scope));
    if (missing.length > 0) {
      // It must be ignored all the same (Core §3.1.2.1).
      await flow.signIn({ fields: { scope: `openid ${scopes.join(" ")}` } });
      return { is: "not offered", note: `no ${missing.join(" or ")} is kept; the scope is ignored` };
    }
    const { tokens } = await flow.signIn({ fields: { scope: `openid ${scopes.join(" ")}` } });
    expect(Object.keys(await flow.personOf(tokens))).toEqual(expect.arrayContaining(claims));
    return PASSES;
  };

const readsUserInfo =
  (way: "GET" | "POST"): Module =>
  async (flow) => {
    const { tokens } = await flow.signIn();
    await flow.personOf(tokens, way);
    return PASSES;
  };

/** The second time, the person has to sign in again, and the ID token says when that was. */
const signsInAgain =
  (fields: Fields): Module =>
  async (flow) => {
    const { visitor } = await flow.authorize({ visitor: new Visitor() });
    await flow.op.pass(2);
    const first = await flow.signIn({ visitor, fields: { prompt: "none", max_age: "15000" } });
    const second = await flow.signIn({ visitor, fields });
    expect(second.questions).toContain("sign in");
    expect(second.tokens.claims.sub).toBe(first.tokens.claims.sub);
    expectLater(second.tokens, first.tokens, "max_age" in fields);
    return PASSES;
  };

function expectLater(second: Tokens, first: Tokens, isRequired: boolean): void {
  const at = second.claims["auth_time"];
  if (isRequired) expect(at).toEqual(expect.any(Number));
  if (at !== undefined) expect(at).toBeGreaterThan(Number(first.claims["auth_time"]));
}

/** The second time, nobody is asked anything, and the ID token speaks of the same sign-in. */
const staysSignedIn =
  (firstFields: Fields, secondFields: (first: Tokens) => Fields): Module =>
  async (flow) => {
    const first = await flow.signIn({ fields: firstFields });
    const second = await flow.signIn({ visitor: first.visitor, fields: secondFields(first.tokens) });
    expect(second.questions).toEqual([]);
    const [one, other] = [first.tokens.claims, second.tokens.claims];
    expect(other.sub).toBe(one.sub);
    if ("max_age" in firstFields) expect(one["auth_time"]).toEqual(expect.any(Number));
    if (one["auth_time"] !== undefined && other["auth_time"] !== undefined)
      expect(other["auth_time"]).toBe(one["auth_time"]);
    return PASSES;
  };

/** A code is good for one use; `seconds` lie between the first and the second. */
const refusesSecondUse =
  (seconds: number): Module =>
  async (flow) => {
    const { client, parameters, tokens } = await flow.signIn();
    if (seconds > 0) await flow.op.pass(seconds);
    const again = await flow.token(client, {
      grant_type: "authorization_code",
      code: parameters.get("code")!,
      redirect_uri: "https://rp.example.test/callback",
    });
    expect([again.status, again.body.error]).toEqual([400, "invalid_grant"]);
    const { status } = await flow.userinfo(tokens.access_token);
    if (seconds === 0 || status >= 400) return PASSES;
    return { is: "warning", note: "the access token of the first use still works" };
  };

/** By value or by reference: processed, or refused in so many words. */
const takesOrRefuses =
  (fields: (claims: object) => Fields, error: string): Module =>
  async (flow) => {
    const claims = { client_id: flow.op.clients.basic.id, response_type: "code", scope: "openid" };
    const answered = await flow.authorize({ fields: fields(claims) });
    if (answered.parameters.has("code")) return PASSES;
    expect(flow.refusalOf(answered)).toBe(error);
    return { is: "passes", note: `by refusing it: \`${error}\`` };
  };

export const MODULES: Record<string, Module> = {
  "oidcc-server": async (flow) => {
    const kids = flow.jwks.keys.map(({ kid }) => kid);
    expect([flow.metadata.issuer, new Set(kids).size, kids.includes(undefined)]).toEqual([
      flow.op.issuer,
      kids.length,
      false,
    ]);
    expect(flow.metadata).toMatchObject({
      response_types_supported: expect.arrayContaining(["code"]),
      subject_types_supported: expect.arrayContaining([expect.stringMatching(/^(public|pairwise)$/)]),
      id_token_signing_alg_values_supported: expect.arrayContaining(["RS256"]),
      scopes_supported: expect.arrayContaining(["openid"]),
    });
    return succeedsWith({})(flow);
  },
  "oidcc-response-type-missing": async (flow) => {
    const answered = await flow.authorize({ fields: { response_type: undefined } });
    if (answered.page.left) expect(flow.refusalOf(answered)).toMatch(/^(unsupported_response_type|invalid_request)$/);
    else expect(answered.page.status).toBeGreaterThanOrEqual(400);
    return PASSES;
  },
  // `exchange` holds every ID token to RS256, a signature and a `kid`.
  "oidcc-idtoken-signature": succeedsWith({}),
  "oidcc-idtoken-unsigned": async ({ metadata }) => {
    expect(metadata.id_token_signing_alg_values_supported).not.toContain("none");
    return { is: "not offered", note: "an ID token is always signed" };
  },
  "oidcc-userinfo-get": readsUserInfo("GET"),
  "oidcc-userinfo-post-header": readsUserInfo("POST"),
  "oidcc-userinfo-post-body": async (flow) => {
    const { tokens } = await flow.signIn();
    const answer = await flow.userinfo(tokens.access_token, "body");
    if (answer.status !== 200) return { is: "warning", note: "a token in the body is refused (RFC 9700 §4.3.2)" };
    expect(await answer.json()).toMatchObject({ sub: tokens.claims.sub });
    return PASSES;
  },
  "oidcc-ensure-request-without-nonce-succeeds-for-code-flow": succeedsWith({ nonce: undefined }),
  "oidcc-scope-profile": returnsClaims(["profile"], ["name", "given_name", "family_name"]),
  "oidcc-scope-email": returnsClaims(["email"], ["email", "email_verified"]),
  "oidcc-scope-address": returnsClaims(["address"], ["address"]),
  "oidcc-scope-phone": returnsClaims(["phone"], ["phone_number"]),
  "oidcc-scope-all": returnsClaims(["profile", "email", "address", "phone"], ["name", "email", "address"]),
  "oidcc-alternate-happy-flow": async (flow) => {
    const { issuer } = flow.op;
    const answered = await flow.signIn({ fields: { nonce: "one", scope: "email profile openid", state: "two" } });
    expect(answered.parameters.get("iss") ?? issuer).toBe(issuer);
    expect(await flow.personOf(answered.tokens)).toHaveProperty("email");
    return PASSES;
  },
  "oidcc-display-page": signsInWith(() => ({ display: "page" })),
  "oidcc-display-popup": signsInWith(() => ({ display: "popup" })),
  "oidcc-prompt-login": signsInAgain({ prompt: "login" }),
  "oidcc-prompt-none-not-logged-in": async (flow) => {
    const answered = await flow.authorize({ visitor: new Visitor(), fields: { prompt: "none" } });
    expect(answered.questions).toEqual([]);
    expect(flow.refusalOf(answered)).toMatch(/^(login|interaction)_required$/);
    return PASSES;
  },
  "oidcc-prompt-none-logged-in": staysSignedIn({}, () => ({ prompt: "none" })),
  "oidcc-max-age-1": signsInAgain({ max_age: "1" }),
  "oidcc-max-age-10000": staysSignedIn({ max_age: "15000" }, () => ({ max_age: "10000" })),
  "oidcc-ensure-request-with-unknown-parameter-succeeds": succeedsWith({ extra: "foobar" }),
  "oidcc-id-token-hint": staysSignedIn({}, ({ id_token }) => ({ prompt: "none", id_token_hint: id_token })),
  "oidcc-login-hint": signsInWith(({ op }) => ({ login_hint: op.login })),
  "oidcc-ui-locales": signsInWith(() => ({ ui_locales: "se" })),
  "oidcc-claims-locales": succeedsWith({ claims_locales: "se" }),
  "oidcc-ensure-request-with-acr-values-succeeds": async (flow) => {
    const wanted = flow.metadata.acr_values_supported ?? ["1", "2"];
    const { tokens } = await flow.signIn({ fields: { acr_values: wanted.join(" ") } });
    if (wanted.includes(String(tokens.claims["acr"]))) return PASSES;
    return { is: "warning", note: "no `acr` is given; `amr` says how the person signed in" };
  },
  "oidcc-codereuse": refusesSecondUse(0),
  "oidcc-codereuse-30seconds": refusesSecondUse(30),
  "oidcc-ensure-registered-redirect-uri": async (flow) => {
    const { page } = await flow.authorize({ fields: { redirect_uri: "https://rp.example.test/callback/other" } });
    expect(page.left, "it stays on a page of the provider's").toBeUndefined();
    expect(page.status).toBeGreaterThanOrEqual(400);
    return PASSES;
  },
  "oidcc-ensure-post-request-succeeds": async (flow) => {
    await flow.signIn({ visitor: await flow.signedIn(), byForm: true });
    return PASSES;
  },
  "oidcc-server-client-secret-post": async (flow) => {
    await flow.signIn({ client: flow.op.clients.post });
    return PASSES;
  },
  "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported": takesOrRefuses(
    () => ({ request_uri: "https://rp.example.test/request.jwt" }),
    "request_uri_not_supported",
  ),
  "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": takesOrRefuses(
    (claims) => ({ request: unsigned(claims) }),
    "request_not_supported",
  ),
  "oidcc-claims-essential": async (flow) => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
    const { tokens } = await flow.signIn({ fields: { claims } });
    if ("name" in (await flow.personOf(tokens))) return PASSES;
    return { is: "warning", note: "claims are given by scope, not one by one" };
  },
  "oidcc-ensure-request-object-with-redirect-uri": async (flow) => {
    const { page } = await flow.authorize({
      fields: {
        redirect_uri: "https://rp.example.test/callback/other",
        request: unsigned({ client_id: flow.op.clients.basic.id, redirect_uri: "https://rp.example.test/callback" }),
      },
    });
    expect(page.left, "never to the address that isn't registered").toBeUndefined();
    expect(page.status).toBeGreaterThanOrEqual(400);
    return { is: "passes", note: "by refusing the address" };
  },
  "oidcc-refresh-token": async (flow) => {
    const { basic, other } = flow.op.clients;
    const fields = { scope: "openid offline_access", prompt: "consent" };
    for (const client of [basic, other]) {
      const { tokens, nonce } = await flow.signIn({ client, fields });
      const refreshToken = tokens.refresh_token;
      expect(refreshToken, "a refresh token").toMatch(/^[\x20-\x7E]+$/);
      const isStolen = client === other;
      const grant = { grant_type: "refresh_token", refresh_token: refreshToken };
      const { status, body } = await flow.token(isStolen ? basic : client, grant);
      if (isStolen) expect([status, body.error]).toEqual([400, "invalid_grant"]);
      else {
        expect(status).toBe(200);
        expect(body.access_token).not.toBe(tokens.access_token);
        if (body.id_token !== undefined) {
          const claims = await flow.claimsOf(body.id_token, client, claimedNonce(body.id_token) && nonce);
          expect([claims.sub, claims["auth_time"]]).toEqual([tokens.claims.sub, tokens.claims["auth_time"]]);
        }
        await flow.personOf({ ...tokens, ...body });
      }
    }
    return PASSES;
  },
  "oidcc-ensure-request-with-valid-pkce-succeeds": async (flow) => {
    const fields = { code_challenge: CHALLENGE, code_challenge_method: "S256" };
    await flow.signIn({ fields }, { code_verifier: VERIFIER });
    return PASSES;
  },
};

/** An ID token of a refresh needs no nonce (Core §12.2). */
function claimedNonce(idToken: string): string | undefined {
  return JSON.parse(Buffer.from(idToken.split(".")[1]!, "base64url").toString()).nonce;
}
