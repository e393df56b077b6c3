/** The identity providers of a test file, and the way of a browser to them and back. */
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { createIssuerAmong, federationVariables, type Issuer, type Signed } from "./identity-provider.ts";
import { createMailbox } from "./mailbox-control.ts";
import { get, post, type Answer } from "./service.ts";

export { CLIENT_ID, newsIn, type Issuer, type Signed } from "./identity-provider.ts";

/** Apart from the mails: its name is no secret. */
export const others = createMailbox(inject("mailboxUrl"), crypto.randomUUID());

/** @param alg of its keys */
export const createIssuer = (name: string, alg?: string): Promise<Issuer> => createIssuerAmong(others, name, alg);

export interface Visit {
  cookie: string;
  state: string;
  nonce: string;
  address: URL;
}

export function configure(...[providers, secrets]: Parameters<typeof federationVariables>): void {
  Object.assign(env, federationVariables(providers, secrets));
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

/** The request of a browser that comes back from it. */
export const comeBackFor = (
  id: string,
  { cookie, state }: Pick<Visit, "cookie" | "state">,
  parameters: Record<string, string | undefined> = {},
  more: Record<string, string> = {},
): { path: string; headers: Record<string, string> } => {
  const given = Object.entries({ code: "c", state, ...parameters }).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given as string[][]).toString();
  return { path: `/api/auth/federated/${id}/callback?${query}`, headers: { Cookie: cookie, ...more } };
};

/** Comes back from it. */
export const comeBack = (...visit: Parameters<typeof comeBackFor>): Promise<Answer> => {
  const { path, headers } = comeBackFor(...visit);
  return get(path, { headers });
};

/** Of a request by which a browser opens a page. */
export const BROWSER = { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

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
