/** The authorization code flow as the modules walk it, with the checks that belong to every answer on the way. */
import { randomBytes } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet, type JWTPayload } from "jose";
import { expect } from "vitest";
import { REDIRECT_URI, type Credentials, type Provider } from "./provider.ts";
import { Visitor, type Page } from "./visitor.ts";

export type Fields = Record<string, string | undefined>;
type Question = "sign in" | "consent";

export interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  userinfo_endpoint: string;
  jwks_uri: string;
  scopes_supported: string[];
  id_token_signing_alg_values_supported: string[];
  request_object_signing_alg_values_supported?: string[];
  acr_values_supported?: string[];
  [name: string]: unknown;
}

export interface Asked {
  visitor?: Visitor;
  client?: Credentials;
  fields?: Fields;
  /** GET, unless a module is about POST. */
  byForm?: boolean;
}

export interface Answered {
  visitor: Visitor;
  client: Credentials;
  /** What the person was asked on the way. */
  questions: Question[];
  /** Where it ended; `left` is absent where nobody was sent back. */
  page: Page;
  parameters: URLSearchParams;
  nonce: string | undefined;
}

export interface Tokens {
  access_token: string;
  refresh_token?: string;
  id_token: string;
  claims: JWTPayload;
}

const random = () => randomBytes(16).toString("base64url");

/** One provider, and the browser in which somebody has been signed in since the first module that needed it. */
export class Flow {
  readonly op: Provider;
  readonly metadata: Metadata;
  readonly jwks: JSONWebKeySet;
  #visitor: Promise<Visitor> | undefined;

  constructor(op: Provider, metadata: Metadata, jwks: JSONWebKeySet) {
    this.op = op;
    this.metadata = metadata;
    this.jwks = jwks;
  }

  static async start(op: Provider): Promise<Flow> {
    const read = async (url: string) => (await fetch(url)).json<any>();
    const metadata = await read(`${op.issuer}/.well-known/openid-configuration`);
    return new Flow(op, metadata, await read(metadata.jwks_uri));
  }

  /** Signed in, with consent given to `openid`. */
  async signedIn(): Promise<Visitor> {
    this.#visitor ??= this.authorize({ visitor: new Visitor() }).then(({ visitor }) => visitor);
    return (await this.#visitor).clone();
  }

  /** Asks for a code, and does all that the provider asks of the person. */
  async authorize({ visitor, client = this.op.clients.basic, fields = {}, byForm }: Asked = {}): Promise<Answered> {
    const browser = visitor ?? (await this.signedIn());
    const all: Fields = {
      client_id: client.id,
      redirect_uri: REDIRECT_URI,
      response_type: "code",
      scope: "openid",
      state: random(),
      nonce: random(),
      ...fields,
    };
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const endpoint = this.metadata.authorization_endpoint;
    const url = `${endpoint}?${new URLSearchParams(sent).toString()}`;
    let page = await (byForm ? browser.submit(endpoint, Object.fromEntries(sent)) : browser.open(url));
    const questions: Question[] = [];
    for (let question; !page.left && questions.length < 4 && (question = this.op.questionOf(page));) {
      questions.push(question);
      page = await this.op.answer(browser, page);
    }
    const parameters = page.left?.searchParams ?? new URLSearchParams();
    if (page.left) {
      expect(page.left.href.replace(/\?.*/, "")).toBe(all["redirect_uri"]);
      expect(page.left.hash).toBe("");
      expect(parameters.get("state"), "the state comes back").toBe(all["state"]);
      expect(parameters.get("iss") ?? this.op.issuer, "RFC 9207").toBe(this.op.issuer);
    }
    return { visitor: browser, client, questions, page, parameters, nonce: all["nonce"] };
  }

  /** To the tokens, all checked. */
  async signIn(asked: Asked = {}, more: Fields = {}): Promise<Answered & { tokens: Tokens }> {
    const answered = await this.authorize(asked);
    return { ...answered, tokens: await this.exchange(answered, more) };
  }

  /** What an error looks like at the redirect URI (RFC 6749, §4.1.2.1). */
  refusalOf({ page, parameters }: Answered): string {
    expect(page.left, "the error goes to the application").toBeDefined();
    expect(parameters.has("code")).toBe(false);
    expect(parameters.get("error_description") ?? "").toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]*$/);
    return parameters.get("error") ?? "no error";
  }

  async token(client: Credentials, fields: Fields): Promise<{ status: number; body: any; headers: Headers }> {
    const sent = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const body = new URLSearchParams(sent);
    const isInForm = client === this.op.clients.post;
    if (isInForm) for (const name of ["id", "secret"] as const) body.set(`client_${name}`, client[name]);
    const basic = Buffer.from(`${client.id}:${client.secret}`).toString("base64");
    const answer = await fetch(this.metadata.token_endpoint, {
      method: "POST",
      body,
      headers: isInForm ? {} : { Authorization: `Basic ${basic}` },
    });
    expect(answer.headers.get("Content-Type")).toContain("application/json");
    return { status: answer.status, body: await answer.json(), headers: answer.headers };
  }

  async exchange(answered: Answered, more: Fields = {}): Promise<Tokens> {
    const { parameters, client, nonce } = answered;
    expect(parameters.get("error"), "no error").toBeNull();
    const { status, body, headers } = await this.token(client, {
      grant_type: "authorization_code",
      code: parameters.get("code")!,
      redirect_uri: REDIRECT_URI,
      ...more,
    });
    expect(status, JSON.stringify(Object.keys(body))).toBe(200);
    expect(headers.get("Cache-Control")).toContain("no-store");
    expect(body).toMatchObject({ access_token: expect.any(String), id_token: expect.any(String) });
    expect(body.token_type.toLowerCase()).toBe("bearer");
    expect(body.expires_in).toBeGreaterThan(0);
    return { ...body, claims: await this.claimsOf(body.id_token, client, nonce) };
  }

  /** Core §3.1.3.7. */
  async claimsOf(idToken: string, client: Credentials, nonce: string | undefined): Promise<JWTPayload> {
    const { payload } = await jwtVerify(idToken, createLocalJWKSet(this.jwks), {
      issuer: this.op.issuer,
      audience: client.id,
      algorithms: ["RS256"],
      requiredClaims: ["iss", "sub", "aud", "exp", "iat"],
      clockTolerance: 5,
    });
    expect(decodeProtectedHeader(idToken).kid).toEqual(expect.any(String));
    expect(payload["nonce"]).toBe(nonce);
    expect([payload["azp"] ?? client.id, [payload.aud].flat()]).toEqual([client.id, [client.id]]);
    expect(payload.sub).toMatch(/^[\x20-\x7E]{1,255}$/);
    expect(Math.abs(payload.iat! - Date.now() / 1000)).toBeLessThan(120);
    return payload;
  }

  /** By whichever of the three ways of RFC 6750. */
  userinfo(token: string, way: "GET" | "POST" | "body" = "GET"): Promise<Response> {
    const url = this.metadata.userinfo_endpoint;
    if (way === "body") return fetch(url, { method: "POST", body: new URLSearchParams({ access_token: token }) });
    return fetch(url, { method: way, headers: { Authorization: `Bearer ${token}` } });
  }

  async personOf(
    { access_token, claims }: Pick<Tokens, "access_token" | "claims">,
    way?: "GET" | "POST",
  ): Promise<Record<string, unknown>> {
    const answer = await this.userinfo(access_token, way);
    expect(answer.status).toBe(200);
    const person = await answer.json<Record<string, unknown>>();
    expect(person["sub"], "Core §5.3.2").toBe(claims.sub);
    const types = { name: "string", given_name: "string", family_name: "string", email: "string", locale: "string" };
    for (const [name, type] of Object.entries({ ...types, email_verified: "boolean", updated_at: "number" }))
      if (name in person) expect(typeof person[name], name).toBe(type);
    expect(Object.values(person).includes(null), "what is unknown is left out").toBe(false);
    return person;
  }
}
