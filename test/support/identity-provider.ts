/** An identity provider whose every answer can be spoiled; what it signs is signed here. For tests and races. */
import * as jose from "jose";
import type { Answer } from "./answer.ts";
import type { Mailbox } from "./mailbox-control.ts";

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

export type Issuer = Awaited<ReturnType<typeof createIssuerAmong>>;

/** @param others the receivers of the outside world. @param alg of its keys */
export async function createIssuerAmong(others: Mailbox, name: string, alg = "RS256") {
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

/** The variables of a service that trusts them. */
export const federationVariables = (
  providers: { id: string; issuer: string; [setting: string]: unknown }[],
  secrets = {},
): Record<string, string> => ({
  FEDERATION: JSON.stringify(providers.map((provider) => ({ clientId: CLIENT_ID, ...provider }))),
  FEDERATION_SECRETS: JSON.stringify({
    ...Object.fromEntries(providers.map(({ id }) => [id, `secret of ${id}`])),
    ...secrets,
  }),
});

/** What the front end is told, and where. */
export function newsIn({ status, headers, body }: Pick<Answer, "status" | "headers" | "body">): Record<string, string> {
  if (status !== 303) return { status: `${status} ${body?.code}` };
  return Object.fromEntries(new URLSearchParams(new URL(headers.get("Location")!).hash.slice(1)));
}
