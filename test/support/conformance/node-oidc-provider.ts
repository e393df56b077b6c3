/** node-oidc-provider, which is certified, with its own pages: what a module says of it shows whether the module is right. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { generateKeyPair, exportJWK } from "jose";
import { vi } from "vitest";
import Oidc from "oidc-provider";
import { REDIRECT_URI, type Provider } from "./provider.ts";

const PERSON = {
  name: "Ada Lovelace",
  given_name: "Ada",
  family_name: "Lovelace",
  email: "ada@example.test",
  email_verified: true,
  address: { formatted: "12 St James's Square, London" },
  phone_number: "+44 20 7946 0000",
  phone_number_verified: false,
};

const CLAIMS = {
  openid: ["sub"],
  profile: ["name", "given_name", "family_name"],
  email: ["email", "email_verified"],
  address: ["address"],
  phone: ["phone_number", "phone_number_verified"],
};

export async function startNodeOidcProvider(): Promise<Provider & { stop: () => Promise<void> }> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const clients = {
    basic: { id: "basic", secret: "secret-of-basic" },
    other: { id: "other", secret: "secret-of-other" },
    post: { id: "post", secret: "secret-of-post" },
  };
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Oidc(issuer, {
    clients: Object.values(clients).map(({ id, secret }) => ({
      client_id: id,
      client_secret: secret,
      redirect_uris: [REDIRECT_URI],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: id === "post" ? "client_secret_post" : "client_secret_basic",
    })),
    claims: CLAIMS,
    // Its way to take a request by POST.
    enableHttpPostMethods: true,
    cookies: { keys: ["for tests alone"], long: { sameSite: "none" } },
    features: { claimsParameter: { enabled: true } },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...PERSON }) }),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: "one", alg: "RS256", use: "sig" }] },
  });
  server.on("request", provider.callback());
  return {
    issuer,
    clients,
    login: "ada",
    questionOf: ({ text }) => {
      const [, prompt] = /name="prompt" value="(login|consent)"/.exec(text) ?? [];
      return prompt === "login" ? "sign in" : prompt === "consent" ? "consent" : undefined;
    },
    answer(visitor, { text }) {
      const [, action = ""] = /action="([^"]+)"/.exec(text) ?? [];
      const prompt = text.includes('value="login"') ? "login" : "consent";
      return visitor.submit(new URL(action, issuer), { prompt, login: "ada", password: "any" });
    },
    pass: async (seconds) => {
      const now = Date.now();
      vi.useFakeTimers({ toFake: ["Date"] });
      vi.setSystemTime(now + seconds * 1000);
    },
    async stop() {
      vi.useRealTimers();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
