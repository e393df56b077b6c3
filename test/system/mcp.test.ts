/** The example of an MCP server, and the client of MCP's own SDK, which finds its way from the server's address alone. */
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { asProvider } from "../support/conformance/auth-api.ts";
import { requireVerifier } from "../support/built-package.ts";
import { Visitor } from "../support/conformance/visitor.ts";
import { startService, type RunningService } from "../support/system.ts";

const SERVER = new URL("http://localhost:3002/mcp");
const REDIRECT_URI = "http://127.0.0.1:51234/callback";

let service: RunningService;
/** What the client has asked for, one line each. */
const asked: string[] = [];

beforeAll(async () => {
  requireVerifier();
  service = await startService(
    { OPEN_CLIENTS: "registration", OPEN_CLIENT_RESOURCES: SERVER.href, OPEN_CLIENT_SCOPES: "notes:write" },
    ["examples/mcp-server/wrangler.toml"],
  );
});

afterAll(() => service?.stop());

/** To the server in its Worker; to the service, wherever it listens. */
async function send(url: string | URL, options?: RequestInit): Promise<Response> {
  const { origin, pathname, search } = new URL(url);
  asked.push(`${options?.method ?? "GET"} ${pathname}`);
  if (origin !== SERVER.origin) return fetch(url, options);
  const answer = await service.worker("mcp-server").fetch(SERVER.origin + pathname + search, options);
  return new Response(answer.body, { status: answer.status, headers: [...answer.headers] });
}

/** What a client keeps of its person. */
class Memory implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT_URI;
  readonly clientMetadata = { client_name: "Assistant", redirect_uris: [REDIRECT_URI] };
  client: OAuthClientInformationMixed | undefined;
  saved: OAuthTokens | undefined;
  verifier = "";
  leadsTo: URL | undefined;

  clientInformation = () => this.client;
  saveClientInformation = (client: OAuthClientInformationMixed) => void (this.client = client);
  tokens = () => this.saved;
  saveTokens = (tokens: OAuthTokens) => void (this.saved = tokens);
  codeVerifier = () => this.verifier;
  saveCodeVerifier = (verifier: string) => void (this.verifier = verifier);
  redirectToAuthorization = (url: URL) => void (this.leadsTo = url);
}

function connect(memory: Memory) {
  const client = new Client({ name: "assistant", version: "1.0.0" });
  const transport = new StreamableHTTPClientTransport(SERVER, { authProvider: memory, fetch: send });
  return { client, transport, start: () => client.connect(transport) };
}

it("lets a client in that it has never seen, once its person has allowed it", async () => {
  const provider = await asProvider(service);
  const memory = new Memory();
  const first = connect(memory);
  await expect(first.start()).rejects.toThrow(UnauthorizedError);
  expect(asked).toEqual(
    expect.arrayContaining(["GET /.well-known/oauth-protected-resource/mcp", "POST /oauth/register"]),
  );
  expect(Object.fromEntries(memory.leadsTo!.searchParams)).toMatchObject({
    resource: SERVER.href,
    scope: expect.stringContaining("notes:write"),
    code_challenge_method: "S256",
  });

  const visitor = new Visitor();
  let page = await visitor.open(memory.leadsTo!);
  while (!page.left && provider.questionOf(page)) {
    if (provider.questionOf(page) === "consent") expect(page.text).toContain("Assistant");
    page = await provider.answer(visitor, page);
  }
  await first.transport.finishAuth(page.left!.searchParams.get("code")!);

  const { client, start } = connect(memory);
  await start();
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["add_note", "list_notes"]);
  await client.callTool({ name: "add_note", arguments: { text: "Buy strings" } });

  // As if its access token had run out.
  const before = memory.saved!;
  memory.saved = { ...before, access_token: `${before.access_token}x` };
  const { content } = await client.callTool({ name: "list_notes" });
  expect(content).toEqual([{ type: "text", text: "Buy strings" }]);
  expect(memory.saved.refresh_token).not.toBe(before.refresh_token);
  await client.close();
});
