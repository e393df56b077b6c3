/** An identity provider of somebody else: node-oidc-provider, which is certified, with its own pages, for a browser. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Oidc from "oidc-provider";
import { exportJWK, generateKeyPair } from "jose";

export interface Acme {
  /** For FEDERATION and FEDERATION_SECRETS. */
  bindings: { FEDERATION: string; FEDERATION_SECRETS: string };
  /** What it says of whoever signs in there under a name. */
  people: Map<string, object>;
  /** The service whose client signs in here. */
  serve: (origin: string) => void;
  /** How often each of its paths was asked for, and starts anew. */
  asked: () => Record<string, number>;
  stop: () => void;
}

/** By another name than the service, so that browsers take it for another site. */
export async function startAcme(): Promise<Acme> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid: "one", alg: "RS256", use: "sig" };
  const people = new Map<string, object>();
  let asked: Record<string, number> = {};
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    bindings: {
      FEDERATION: JSON.stringify([{ id: "acme", name: "Acme", issuer, clientId: "our-client", trustEmail: true }]),
      FEDERATION_SECRETS: JSON.stringify({ acme: "secret of our client" }),
    },
    people,
    serve(origin) {
      const provider = new Oidc(issuer, {
        clients: [
          {
            client_id: "our-client",
            client_secret: "secret of our client",
            redirect_uris: [`${origin}/api/auth/federated/acme/callback`],
            token_endpoint_auth_method: "client_secret_post",
          },
        ],
        claims: { openid: ["sub"], profile: ["given_name", "family_name"], email: ["email", "email_verified"] },
        cookies: { keys: ["for tests alone"] },
        findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...people.get(id) }) }),
        jwks: { keys: [key] },
      });
      const answer = provider.callback();
      server.on("request", (request, response) => {
        const { pathname } = new URL(request.url!, issuer);
        asked[pathname] = (asked[pathname] ?? 0) + 1;
        answer(request, response);
      });
    },
    asked() {
      const before = asked;
      asked = {};
      return before;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
