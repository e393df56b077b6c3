/** Clients of Debian's: Authlib, and Apache with mod_auth_openidc. Each is left out, with a line, where it isn't installed. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { asProvider, register } from "../support/conformance/auth-api.ts";
import type { Provider } from "../support/conformance/provider.ts";
import { Visitor } from "../support/conformance/visitor.ts";
import { startService, type RunningService } from "../support/system.ts";

const PYTHON = "/usr/bin/python3";
const APACHE = "/usr/sbin/apache2";
const MODULES = "/usr/lib/apache2/modules";
const hasAuthlib = spawnSync(PYTHON, ["-c", "import authlib, requests"]).status === 0;
const hasApache = existsSync(APACHE) && existsSync(`${MODULES}/mod_auth_openidc.so`);
const unless = (is: boolean, packages: string) => (is ? "" : ` (left out: apt-get install ${packages})`);

let service: RunningService;
let provider: Provider;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  if (!hasAuthlib && !hasApache) return;
  service = await startService();
  provider = await asProvider(service);
  folder = await mkdtemp(join(tmpdir(), "auth-api-debian-"));
  // Apache reads it as somebody who may do little.
  await chmod(folder, 0o755);
});

afterAll(async () => {
  for (const child of children) child.kill();
  await service?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Somebody's browser at the service, from where an application sends it to where it comes back. */
async function goThrough(visitor: Visitor, url: URL | string): Promise<URL> {
  let page = await visitor.open(url);
  while (!page.left && provider.questionOf(page)) page = await provider.answer(visitor, page);
  return page.left!;
}

it.skipIf(!hasAuthlib)(
  `Authlib signs a person in${unless(hasAuthlib, "python3-authlib python3-requests")}`,
  async () => {
    const child = spawn(PYTHON, [join(import.meta.dirname, "debian/authlib_client.py")], {
      // It refuses an address without TLS otherwise.
      env: { ...process.env, AUTHLIB_INSECURE_TRANSPORT: "1" },
    });
    child.stderr.pipe(process.stderr);
    children.push(child);
    const said = createInterface(child.stdout)[Symbol.asyncIterator]();
    const redirectUri = "https://rp.example.test/callback";
    child.stdin.write(
      `${JSON.stringify({ ...provider.clients.basic, issuer: provider.issuer, redirect_uri: redirectUri })}\n`,
    );
    const { value: url = "" } = await said.next();
    child.stdin.write(`${(await goThrough(new Visitor(), url)).href}\n`);
    const { value: result } = await said.next();
    expect(JSON.parse(result ?? "{}")).toMatchObject({
      claims: { iss: provider.issuer, aud: provider.clients.basic.id, nonce: "a nonce" },
      person: { email: provider.login, name: "Ada Lovelace" },
      revoked: 200,
    });
  },
);

it.skipIf(!hasApache)(
  `mod_auth_openidc lets a person in${unless(hasApache, "libapache2-mod-auth-openidc")}`,
  async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const client = await register(service, {
      redirectUris: [`${origin}/callback`],
      postLogoutRedirectUris: [`${origin}/bye`],
    });
    await writeFile(join(folder, "apache.conf"), configurationOf({ port, origin, ...client }));
    const apache = spawn(APACHE, ["-X", "-f", join(folder, "apache.conf")], { stdio: "inherit" });
    children.push(apache);
    await vi.waitFor(() => fetch(`http://localhost:${port}/bye`), { timeout: 30_000, interval: 100 });

    const visitor = new Visitor();
    const browser = new Visitor();
    const { left } = await visitor.open(`${origin}/`);
    expect(left?.origin).toBe(service.origin);
    const back = await goThrough(browser, left!);
    const landed = await visitor.open(back);
    expect(landed.url.href).toBe(`${origin}/`);
    const answer = await visitor.send(`${origin}/`, {});
    // Apache says "Forbidden" only once somebody is let in: there is nothing to see in the folder.
    expect(answer.headers.get("X-Person")).toBe(provider.login);

    const away = await visitor.open(`${origin}/callback?logout=${encodeURIComponent(`${origin}/bye`)}`);
    const asked = await browser.open(away.left!);
    const [, request = ""] = /name="request" value="([^"]+)"/.exec(asked.text) ?? [];
    const gone = await browser.submit(`${service.origin}/oauth/logout`, { request });
    expect(gone.left?.href.replace(/\?.*/, "")).toBe(`${origin}/bye`);
    expect((await visitor.open(`${origin}/`)).left?.origin).toBe(service.origin);
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const configurationOf = ({
  port,
  origin,
  id,
  secret,
}: {
  port: number;
  origin: string;
  id: string;
  secret: string;
}) => `
ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
DocumentRoot ${folder}
${userInfo().uid === 0 ? "User www-data\nGroup www-data" : ""}
${["mpm_event", "authn_core", "authz_core", "authz_user", "headers", "auth_openidc"]
  .map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`)
  .join("\n")}
OIDCProviderMetadataURL ${service.origin}/.well-known/openid-configuration
OIDCClientID ${id}
OIDCClientSecret ${secret}
OIDCRedirectURI ${origin}/callback
OIDCCryptoPassphrase "for tests alone"
OIDCScope "openid profile email"
OIDCPKCEMethod S256
# Node calls as a script, and scripts are not sent to a sign-in page.
RequestHeader unset Sec-Fetch-Mode early
<Location />
  AuthType openid-connect
  Require valid-user
  Header always set X-Person "%{OIDC_CLAIM_email}e"
</Location>
<Location /bye>
  AuthType None
  Require all granted
</Location>
`;
