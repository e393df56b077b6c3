/** Another service that people have accounts at: an OpenID provider for a browser, whose page asks who they are there. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as jose from "jose";

export interface OtherService {
  /** For FEDERATION and FEDERATION_SECRETS. */
  bindings: { FEDERATION: string; FEDERATION_SECRETS: string };
  stop: () => void;
}

/** Its page has a link for each of `people`, and one to cancel. */
export async function startOtherService(id: string, name: string, people: string[]): Promise<OtherService> {
  const { publicKey, privateKey } = await jose.generateKeyPair("ES256");
  const key = { ...(await jose.exportJWK(publicKey)), kid: "only", alg: "ES256", use: "sig" };
  let issuer = "";

  function ask({ searchParams: asked }: URL): string {
    const back = (answer: Record<string, string>) =>
      `${asked.get("redirect_uri")}?${new URLSearchParams({ ...answer, state: asked.get("state")!, iss: issuer }).toString()}`;
    // The code says all that its token needs.
    const codeOf = (person: string) => JSON.stringify({ person, nonce: asked.get("nonce") });
    const links = [
      ...people.map((person) => [person, back({ code: codeOf(person) })]),
      ["Cancel", back({ error: "access_denied" })],
    ];
    const list = links.map(([label, href]) => `<p><a href="${href!.replaceAll("&", "&amp;")}">${label}</a></p>`);
    return `<!doctype html><title>${name}</title>${list.join("")}`;
  }

  async function sign(request: IncomingMessage): Promise<object> {
    const { person, nonce } = JSON.parse(new URLSearchParams(await text(request)).get("code")!);
    const id_token = await new jose.SignJWT({ nonce, email: `${person}@${id}.test`, email_verified: true })
      .setProtectedHeader({ alg: "ES256", kid: "only" })
      .setIssuer(issuer)
      .setSubject(person)
      .setAudience("our-client")
      .setIssuedAt()
      .setExpirationTime("5 minutes")
      .sign(privateKey);
    return { access_token: "at", token_type: "Bearer", id_token };
  }

  const answers: Record<string, (url: URL, request: IncomingMessage) => object | string | Promise<object>> = {
    "/.well-known/openid-configuration": () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
      authorization_response_iss_parameter_supported: true,
    }),
    "/authorize": ask,
    "/token": (_, request) => sign(request),
    "/keys": () => ({ keys: [key] }),
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url!, issuer);
    void Promise.resolve(answers[url.pathname]?.(url, request) ?? "").then((answer) => {
      const isPage = typeof answer === "string";
      response.writeHead(200, { "Content-Type": isPage ? "text/html" : "application/json" });
      response.end(isPage ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    bindings: {
      FEDERATION: JSON.stringify([{ id, name, issuer, clientId: "our-client", trustEmail: true }]),
      FEDERATION_SECRETS: JSON.stringify({ [id]: "secret" }),
    },
    stop: () => void server.close(),
  };
}
