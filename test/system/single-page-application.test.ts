/**
 * An application in the browser, of another site, that signs people in with `oidc-client-ts`: through the real pages, in
 * Chromium.
 */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { register } from "../support/conformance/auth-api.ts";
import { openPage } from "../support/pages.ts";
import { serveFolder, type FrontEnd } from "../support/sdk-page.ts";
import { startService, type RunningService } from "../support/system.ts";

const PASSWORD = "Correct cheval pile agrafe";
const LIBRARY = join(createRequire(import.meta.url).resolve("oidc-client-ts"), "../../browser/oidc-client-ts.min.js");

let service: RunningService;
let browser: Browser;
let folder: string;
let application: FrontEnd;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "auth-api-application-"));
  [service, browser, application] = await Promise.all([startService(), startBrowser(), serveFolder(folder)]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await application?.stop();
  await service?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Like an address, a name is a site of its own: the session's cookie is not sent from there. */
const origin = () => application.origin.replace("127.0.0.1", "localhost");

/** All of it: what comes back from the service is in its address. */
const applicationOf = (clientId: string) => `<!doctype html>
  <html lang="en"><title>Carnet</title><link rel="icon" href="data:," />
  <button id="in">Enter</button> <button id="renew">Renew</button> <button id="out">Leave</button>
  <output></output>
  <script src="/oidc-client-ts.js"></script>
  <script type="module">
    const manager = new oidc.UserManager({
      authority: ${JSON.stringify(service.origin)},
      client_id: ${JSON.stringify(clientId)},
      redirect_uri: location.origin + "/",
      post_logout_redirect_uri: location.origin + "/",
      scope: "openid profile email offline_access",
      loadUserInfo: true,
    });
    const show = (what) => (document.querySelector("output").textContent = JSON.stringify(what));
    const act = (id, what) =>
      (document.getElementById(id).onclick = () => what().catch((error) => show({ error: error.error ?? String(error) })));
    act("in", () => manager.signinRedirect());
    act("renew", async () => show(await manager.signinSilent()));
    act("out", () => manager.signoutRedirect({ state: "bye" }));
    window.manager = manager;
    const came = new URLSearchParams(location.search);
    try {
      if (came.has("code") || came.has("error")) show(await manager.signinCallback());
      else if (came.has("state")) show({ out: true, response: await manager.signoutCallback() });
    } catch (error) {
      show({ error: error.error ?? String(error) });
    }
    window.ready = true;
  </script></html>`;

it("signs a person in, renews their tokens, and signs them out", async () => {
  const addresses = [`${origin()}/`];
  const client = await register(service, {
    isPublic: true,
    redirectUris: addresses,
    postLogoutRedirectUris: addresses,
  });
  await cp(LIBRARY, join(folder, "oidc-client-ts.js"));
  await writeFile(join(folder, "index.html"), applicationOf(client.id));
  const person = { prenom: "Ada", nom: "Lovelace", email: "ada@example.test", password: PASSWORD };
  await service.post("/api/auth/register", person);
  const { page, complaints } = await openPage(browser, `${origin()}/`, { locale: "en-GB" });
  const shown = async () => JSON.parse(await page.locator("output:not(:empty)").innerText());

  await page.click("#in");
  await page.fill("[name=email]", person.email);
  await page.fill("[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Allow" }).click();
  const first = await shown();
  expect(first).toMatchObject({ token_type: "Bearer", scope: "openid profile email offline_access" });
  expect(first.profile).toMatchObject({ name: "Ada Lovelace", email: person.email, aud: expect.any(String) });

  await page.evaluate("document.querySelector('output').textContent = ''");
  await page.click("#renew");
  const renewed = await shown();
  expect(renewed.profile.sub).toBe(first.profile.sub);
  for (const name of ["access_token", "refresh_token", "id_token"]) expect(renewed[name], name).not.toBe(first[name]);

  // Signed in already, and asked before: there and back without a question.
  await page.evaluate("manager.removeUser()");
  await page.goto(`${origin()}/`);
  await page.click("#in");
  expect((await shown()).profile.sub).toBe(first.profile.sub);

  await page.click("#out");
  await page.getByRole("button", { name: "Sign out" }).click();
  expect(await shown()).toMatchObject({ out: true });
  expect(new URL(page.url()).origin).toBe(origin());
  await page.waitForFunction("window.ready");
  await page.evaluate("void manager.signinRedirect({ prompt: 'none' })");
  await page.waitForURL(/error=/);
  expect(await shown()).toEqual({ error: "login_required" });
  expect(complaints).toEqual([]);
}, 60_000);
