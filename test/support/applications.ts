/** Applications and what they send. */
import { createClientId, createClientSecret } from "../../src/crypto/client-secret.ts";
import { registerWithCookie } from "./cookies.ts";
import { CHALLENGE, VERIFIER } from "./pkce.ts";
import { database, request, type Answer } from "./service.ts";
import { registerAdmin } from "./staff.ts";

export interface Credentials {
  client_id: string;
  client_secret: string;
}

/** As an administrator registers one. */
export async function registerApplication({
  permissions = [],
  audiences = [],
}: { permissions?: string[]; audiences?: string[] } = {}): Promise<Credentials> {
  const id = createClientId();
  const { secret, secretHash } = await createClientSecret();
  await database.query(
    `insert into oauth_clients (client_id, name, hash, mark_id, permissions, audiences)
     values ($1, 'Export', $2, gen_random_uuid(), $3::jsonb, $4::jsonb)`,
    [id, secretHash, JSON.stringify(permissions), JSON.stringify(audiences)],
  );
  return { client_id: id, client_secret: secret };
}

/** What `request` needs to send a form, nobody being signed in. */
export const formOf = (fields: object) => ({
  rawBody: new URLSearchParams(fields as Record<string, string>).toString(),
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
});

export function sendForm(path: string, fields: object, headers: Record<string, string> = {}): Promise<Answer> {
  const form = formOf(fields);
  return request("POST", path, { ...form, headers: { ...form.headers, ...headers } });
}

export const REDIRECT_URI = "https://rp.example.test/callback";

/** An application that people sign in to. */
export async function registerClient(fields: Record<string, unknown> = {}): Promise<Credentials> {
  const { token } = await registerAdmin();
  const { body } = await request("POST", "/api/admin/applications", {
    token,
    body: { name: "Carnet", redirectUris: [REDIRECT_URI], ...fields },
  });
  return { client_id: body.application.id, client_secret: body.secret };
}

/** What it asks for, in the address of the page. */
export function authorizeUrl(client: Pick<Credentials, "client_id">, fields: Record<string, string | undefined> = {}) {
  const asked = {
    client_id: client.client_id,
    redirect_uri: REDIRECT_URI,
    response_type: "code",
    scope: "openid profile email",
    state: "a state",
    nonce: "a nonce",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    continued: "1",
    ...fields,
  };
  const sent = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return `/oauth/authorize?${new URLSearchParams(sent).toString()}`;
}

/** Where an answer leads; undefined where it stays. */
export const nextOf = ({ headers }: Answer): URL | undefined => {
  const address = headers.get("Location");
  return address === null ? undefined : new URL(address, "http://localhost:3001");
};

/** Where a page leads by itself, from this origin. */
export const nextOfPage = ({ headers }: Answer): URL | undefined => {
  const [, address] = /^0; url=(.*)$/.exec(headers.get("Refresh") ?? "") ?? [];
  return address === undefined ? undefined : new URL(address, "http://localhost:3001");
};

export const open = (url: string, cookie?: string): Promise<Answer> =>
  request("GET", url, { headers: cookie === undefined ? {} : { Cookie: `__Host-refresh_token=${cookie}` } });

/** The question on the page, as its form would send it. */
export const questionOf = ({ text }: Answer): string => /name="request" value="([^"]+)"/.exec(text)?.[1] ?? "";

export const decide = (page: Answer, cookie: string, decision = "allow"): Promise<Answer> =>
  sendForm("/oauth/consent", { request: questionOf(page), decision }, { Cookie: `__Host-refresh_token=${cookie}` });

/** The whole way of a browser: to the page, and through the question if there is one. */
export async function codeFor(
  client: Credentials,
  cookie: string,
  fields: Record<string, string | undefined> = {},
): Promise<URL> {
  const page = await open(authorizeUrl(client, fields), cookie);
  return nextOf(page) ?? nextOf(await decide(page, cookie))!;
}

export const exchange = (
  client: Partial<Credentials>,
  code: string,
  fields: object = {},
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const shown = { ...client, code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER, ...fields };
  return sendForm("/oauth/token", { grant_type: "authorization_code", ...shown }, headers);
};

let whole: Promise<{ url: string; cookie: string; token: string }> | undefined;

/** One person who has signed in to one application. */
export function signedIn() {
  return (whole ??= (async () => {
    const client = await registerClient();
    const { cookie } = await registerWithCookie();
    const code = (await codeFor(client, cookie)).searchParams.get("code")!;
    const { body } = await exchange(client, code);
    return { url: authorizeUrl(client), cookie: `__Host-refresh_token=${cookie}`, token: body.access_token };
  })());
}
