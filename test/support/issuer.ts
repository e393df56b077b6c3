/** An identity provider whose every answer a test can spoil; what it signs is signed here. */
import { env } from "cloudflare:workers";
import * as jose from "jose";
import { inject } from "vitest";
import { createMailbox } from "./mailbox-control.ts";
import { get, post, type Answer } from "./service.ts";

/** Apart from the mails: its name is no secret. */
export const others = createMailbox(inject("mailboxUrl"), crypto.randomUUID());

const JSON_TYPE = { "Content-Type": "application/json" };
export const CLIENT_ID = "our-client";

export interface Signed {
  /** Changes of the ID token's claims; undefined leaves one out. */
  claims?: Record<string, unknown>;
  /** Changes of its header. */
  header?: Record<string, unknown>;
  key?: CryptoKey | Uint8Array;
  /** Of the whole answer. */
  answer?: Record<string, unknown>;
}

export interface Visit {
  cookie: string;
  state: string;
  nonce: string;
  address: URL;
}

export type Issuer = Awaited<ReturnType<typeof createIssuer>>;

/** @param alg of its keys */
export async function createIssuer(name: string, alg = "RS256") {
  const issuer = others.receiver(name);
  const at = (part: string) => others.receiver(`${name}-${part}`);
  let keys = await jose.generateKeyPair(alg, { extractable: true });
  let kid = "first";

  const metadata = (changes: object = {}) => ({
    issuer,
    authorization_endpoint: at("authorize"),
    token_endpoint: at("token"),
    jwks_uri: at("keys"),
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [alg],
    authorization_response_iss_parameter_supported: true,
    ...changes,
  });
  const announce = (changes?: object) =>
    others.behave(name, { headers: JSON_TYPE, body: JSON.stringify(metadata(changes)) });
  const publish = async () =>
    others.behave(`${name}-keys`, {
      headers: JSON_TYPE,
      body: JSON.stringify({ keys: [{ ...(await jose.exportJWK(keys.publicKey)), kid, alg, use: "sig" }] }),
    });
  await announce();
  await publish();

  async function idToken(nonce: string, { claims = {}, header = {}, key = keys.privateKey }: Signed = {}) {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: issuer, sub: "24400320", aud: CLIENT_ID, iat: now, exp: now + 300, nonce, ...claims };
    const protectedHeader = { alg, kid, ...header };
    if (protectedHeader.alg === "none")
      return `${jose.base64url.encode(JSON.stringify(protectedHeader))}.${jose.base64url.encode(JSON.stringify(payload))}.`;
    return new jose.SignJWT(payload).setProtectedHeader(protectedHeader).sign(key);
  }

  return {
    name,
    issuer,
    announce,
    get publicKey() {
      return keys.publicKey;
    },
    /** New keys, published or not yet. */
    async rotate({ isPublished = true } = {}) {
      keys = await jose.generateKeyPair(alg, { extractable: true });
      kid = crypto.randomUUID();
      if (isPublished) await publish();
    },
    idToken,
    /** What the token endpoint answers next. */
    async grant(nonce: string, signed: Signed = {}) {
      const answer = {
        access_token: "at",
        token_type: "Bearer",
        id_token: await idToken(nonce, signed),
        ...signed.answer,
      };
      await others.behave(`${name}-token`, { headers: JSON_TYPE, body: JSON.stringify(answer) });
    },
    /** The token endpoint gives the ID token that is sent to it as a code: each visit brings its own. */
    grantCodes: () =>
      others.behave(`${name}-token`, {
        headers: JSON_TYPE,
        body: '{"access_token":"at","token_type":"Bearer","id_token":"{code}"}',
      }),
    behave: (part: "token" | "keys", behaviour: Parameters<typeof others.behave>[1]) =>
      others.behave(`${name}-${part}`, behaviour),
    asked: async (part: "" | "-token" | "-keys") => (await others.gotBy(`${name}${part}`)).length,
    tokenRequests: () => others.gotBy(`${name}-token`),
  };
}

export function configure(providers: { id: string; issuer: string; [setting: string]: unknown }[], secrets = {}): void {
  Object.assign(env, {
    FEDERATION: JSON.stringify(providers.map((provider) => ({ clientId: CLIENT_ID, ...provider }))),
    FEDERATION_SECRETS: JSON.stringify({
      ...Object.fromEntries(providers.map(({ id }) => [id, `secret of ${id}`])),
      ...secrets,
    }),
  });
}

export const cookieIn = (answer: Answer) =>
  /__Host-federation=[^;]*/.exec(answer.headers.getSetCookie().join("\n"))?.[0] ?? "";

/** Leaves for the provider. */
export async function leave(
  id: string,
  { returnTo, headers = {} }: { returnTo?: string; headers?: Record<string, string> } = {},
): Promise<Visit> {
  const query = returnTo === undefined ? "" : `?return_to=${encodeURIComponent(returnTo)}`;
  const answer = await get(`/api/auth/federated/${id}${query}`, { headers });
  if (answer.status !== 303) throw new Error(`${answer.status} ${answer.text}`);
  return visitOf(answer, answer.headers.get("Location")!);
}

/** Leaves for the provider in order to link an identity there. */
export async function leaveToLink(id: string, { token }: { token: string }, returnTo?: string): Promise<Visit> {
  const answer = await post("/api/security/identities", { provider: id, returnTo }, { token });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return visitOf(answer, answer.body.url);
}

function visitOf(answer: Answer, url: string): Visit {
  const address = new URL(url);
  return {
    cookie: cookieIn(answer),
    address,
    state: address.searchParams.get("state")!,
    nonce: address.searchParams.get("nonce")!,
  };
}

/** Comes back from it. */
export const comeBack = (
  id: string,
  { cookie, state }: Pick<Visit, "cookie" | "state">,
  parameters: Record<string, string | undefined> = {},
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const given = Object.entries({ code: "c", state, ...parameters }).filter(([, value]) => value !== undefined);
  return get(`/api/auth/federated/${id}/callback?${new URLSearchParams(given as string[][]).toString()}`, {
    headers: { Cookie: cookie, ...headers },
  });
};

/** Of a request by which a browser opens a page. */
export const BROWSER = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

/** What the front end is told, and where. */
export function newsIn({ status, headers, body }: Answer): Record<string, string> {
  if (status !== 303) return { status: `${status} ${body?.code}` };
  return Object.fromEntries(new URLSearchParams(new URL(headers.get("Location")!).hash.slice(1)));
}

/** The whole way, as a person whom the provider calls `subject`. */
export async function signInWith(
  issuer: Issuer,
  signed: Signed = {},
  settings: Parameters<typeof leave>[1] = {},
): Promise<Answer> {
  const visit = await leave(issuer.name, settings);
  await issuer.grant(visit.nonce, signed);
  return comeBack(issuer.name, visit, { iss: issuer.issuer });
}
