/** GitHub has OAuth without OpenID Connect: who signed in is read from its API. GitHub Enterprise Server has it too. */
import type { AuthorizationServer } from "oauth4webapi";
import type { Identity, Provider } from "./providers.ts";

type Ask = (address: string, init: { headers: Record<string, string> }) => Promise<Response>;

const GITHUB = "https://github.com";
const apiOf = (issuer: string) => (issuer === GITHUB ? "https://api.github.com" : `${issuer}/api/v3`);

export function metadataOfGitHub(issuer: string): AuthorizationServer {
  return {
    issuer,
    authorization_endpoint: `${issuer}/login/oauth/authorize`,
    token_endpoint: `${issuer}/login/oauth/access_token`,
  };
}

/** Two requests, since only the list of addresses says which are verified. Logins can be renamed; the number can't. */
export async function findGitHubUser({ issuer }: Provider, accessToken: string, ask: Ask): Promise<Identity> {
  const read = async (path: string) => {
    const headers = {
      Authorization: `Bearer ${accessToken}`,
      Accept: "application/vnd.github+json",
      "User-Agent": "auth-api",
      "X-GitHub-Api-Version": "2022-11-28",
    };
    const response = await ask(`${apiOf(issuer)}${path}`, { headers });
    if (!response.ok) throw new Error(`GitHub answered ${response.status}`);
    return response.json<unknown>();
  };
  const [user, addresses] = (await Promise.all([read("/user"), read("/user/emails")])) as [
    { id?: unknown; name?: unknown; login?: unknown },
    { email: string; primary: boolean; verified: boolean }[],
  ];
  if (!Number.isSafeInteger(user.id)) throw new Error("GitHub names nobody");
  const primary = Array.isArray(addresses) ? addresses.find((address) => address.primary) : undefined;
  const name = user.name || user.login;
  return {
    issuer,
    subject: String(user.id),
    email: primary?.email,
    emailVerified: primary?.verified === true,
    name: typeof name === "string" ? name : undefined,
    givenName: undefined,
    familyName: undefined,
  };
}
