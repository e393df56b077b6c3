/** An MCP server that keeps notes: whoever signs in to a client with auth-api gets at their own, and at nobody else's. */
import { requireToken, type TokenVerifierBinding } from "@auth-api-edge/verifier";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { env as variables } from "cloudflare:workers";
import { Hono } from "hono";
import * as z from "zod";
import type { Notebook } from "./notebook.ts";

export { Notebook } from "./notebook.ts";

interface Env {
  AUTH: TokenVerifierBinding;
  NOTEBOOK: DurableObjectNamespace<Notebook>;
  RESOURCE: string;
}

const { RESOURCE } = variables as unknown as Env;

function serverFor(notebook: DurableObjectStub<Notebook>): McpServer {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  const say = (text: string) => ({ content: [{ type: "text" as const, text }] });
  const inputSchema = { text: z.string().min(1).max(1_000) };
  server.registerTool("add_note", { description: "Keeps a note", inputSchema }, async ({ text }) => {
    await notebook.add(text);
    return say("Kept");
  });
  server.registerTool("list_notes", { description: "All notes, oldest first" }, async () => {
    return say((await notebook.list()).join("\n"));
  });
  return server;
}

export default new Hono<{ Bindings: Env }>()
  .get("/health", (c) => c.json({ status: "ok" }))
  // The line that protects it: a token for this address, with this scope; without one, where to get it.
  .use(requireToken({ resource: RESOURCE, scope: "notes:write" }))
  .post("/mcp", async (c) => {
    const server = serverFor(c.env.NOTEBOOK.getByName(c.var.claims.sub));
    // Without a session: every request says by itself who is calling.
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    return transport.handleRequest(c.req.raw);
  })
  // It has nothing to say without being asked.
  .all("/mcp", (c) => c.body(null, 405, { Allow: "POST" }));
