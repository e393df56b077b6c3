/** A front end on an origin of its own: a page with the built SDK, served to a real browser. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";

const BUILD = resolve(import.meta.dirname, "../../scripts/build-package.ts");

const TYPES: Record<string, string> = { ".js": "text/javascript", ".html": "text/html", ".css": "text/css" };

export interface FrontEnd {
  origin: string;
  stop: () => Promise<void>;
}

/** The page at this origin has `sdk`, the module, as its package has it. */
export async function serveFrontEnd(): Promise<FrontEnd> {
  const folder = await mkdtemp(join(tmpdir(), "auth-api-sdk-"));
  execFileSync(process.execPath, [BUILD, "client", folder], { stdio: "inherit" });
  await writeFile(
    join(folder, "dist/index.html"),
    `<!doctype html><title>A front end</title><link rel="icon" href="data:," />
    <script type="module">window.sdk = await import("/index.js"); window.ready = true;</script>`,
  );
  const { origin, stop } = await serveFolder(join(folder, "dist"));
  return { origin, stop: async () => (await stop(), rm(folder, { recursive: true, force: true })) };
}

/** At the service's host, or the browser would take the two for different sites, and keep the cookie back. */
export async function serveFolder(folder: string): Promise<FrontEnd> {
  const server = createServer((request, response) => {
    const asked = request.url!.replace(/\?.*/, "");
    const path = asked === "/" ? "/index.html" : asked;
    const text = path.includes("..") || !existsSync(join(folder, path)) ? undefined : readFileSync(join(folder, path));
    response.writeHead(text ? 200 : 404, { "Content-Type": TYPES[extname(path)] ?? "text/plain" }).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => void server.close(),
  };
}
