/** A front end on an origin of its own: a page with the built SDK, served to a real browser. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const BUILD = resolve(import.meta.dirname, "../../scripts/build-package.ts");

export interface FrontEnd {
  origin: string;
  stop: () => Promise<void>;
}

/** The page at this origin has `sdk`, the module, as its package has it. */
export async function serveFrontEnd(): Promise<FrontEnd> {
  const folder = await mkdtemp(join(tmpdir(), "auth-api-sdk-"));
  execFileSync(process.execPath, [BUILD, "client", folder], { stdio: "inherit" });
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path.startsWith("/sdk/")) {
      response.writeHead(200, { "Content-Type": "text/javascript" });
      response.end(readFileSync(join(folder, "dist", basename(path))));
    } else if (path === "/") {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end(`<!doctype html><title>A front end</title>
        <script type="module">window.sdk = await import("/sdk/index.js"); window.ready = true;</script>`);
    } else response.writeHead(404).end();
  });
  // The service's host, or the browser would take the two for different sites, and keep the cookie back.
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
