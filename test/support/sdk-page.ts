/** A front end on an origin of its own: a page with the built SDK, served to a real browser. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const SDK = resolve(ROOT, "packages/client/dist");

/** Compiles the SDK as its package has it. */
export function buildSdk(): void {
  execFileSync(process.execPath, [resolve(ROOT, "scripts/build-package.ts"), "client"], { stdio: "inherit" });
}

export interface FrontEnd {
  origin: string;
  server: Server;
}

/** Every page at this origin has `sdk`, the module; `createAuthClient` makes its clients. */
export async function serveFrontEnd(): Promise<FrontEnd> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path.startsWith("/sdk/")) {
      response.writeHead(200, { "Content-Type": "text/javascript" });
      response.end(readFileSync(resolve(SDK, basename(path))));
    } else if (path === "/") {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end(`<!doctype html><title>A front end</title>
        <script type="module">window.sdk = await import("/sdk/index.js"); window.ready = true;</script>`);
    } else response.writeHead(404).end();
  });
  // The service's host, or the browser would take the two for different sites, and keep the cookie back.
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
