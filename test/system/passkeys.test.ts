/** Passkeys in a real browser: Chromium's virtual authenticators against the running service. */
import { createServer } from "node:http";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addAuthenticator } from "../support/passkeys/virtual.ts";
import { startBrowser } from "../support/browser.ts";
import { startService, type RunningService } from "../support/system.ts";

const PASSWORD = "Correct cheval pile agrafe";

interface Site {
  origin: string;
  stop: () => Promise<unknown>;
}

/** An empty page: what runs there, the tests say. */
async function startSite(): Promise<Site> {
  const server = createServer((_, response) => response.end("<!doctype html>"));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as { port: number };
  return { origin: `http://localhost:${port}`, stop: () => new Promise((resolve) => server.close(resolve)) };
}

let app: Site;
/** The same host, another port. */
let otherSite: Site;
let service: RunningService;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let cdp: CDPSession;

beforeAll(async () => {
  [app, otherSite] = await Promise.all([startSite(), startSite()]);
  const vars = { ALLOWED_ORIGINS: app.origin, PASSKEY_DOMAIN: "localhost" };
  [service, browser] = await Promise.all([startService(vars), startBrowser()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await Promise.all([service?.stop(), app?.stop(), otherSite?.stop()]);
});

beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable", { enableUI: false });
  await page.goto(app.origin);
});

afterEach(() => context?.close());

interface Kind {
  verifies?: boolean;
  resident?: boolean;
  transport?: "internal" | "usb";
  largeBlob?: boolean;
}

async function plugIn({ verifies = true, resident = true, transport = "internal", largeBlob = false }: Kind = {}) {
  const { authenticatorId } = await addAuthenticator(cdp, {
    transport,
    hasResidentKey: resident,
    hasUserVerification: verifies,
    isUserVerified: verifies,
    hasLargeBlob: largeBlob,
    defaultBackupEligibility: transport === "internal",
    defaultBackupState: transport === "internal",
  });
  return authenticatorId;
}

const post = (path: string, body: unknown = {}, token?: string) =>
  service.post(path, body, token === undefined ? {} : { Authorization: `Bearer ${token}` });

let registered = 0;
async function register() {
  const email = `passkey-${++registered}@example.test`;
  const { status, body } = await post("/api/auth/register", {
    prenom: "Ada",
    nom: "Lovelace",
    email,
    password: PASSWORD,
  });
  expect(status).toBe(201);
  return { email, token: body.token as string };
}

/** What a front end runs: the browser's own JSON, in and out. */
const create = (options: unknown): Promise<any> =>
  page.evaluate(`(async () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)});
    return (await navigator.credentials.create({ publicKey })).toJSON();
  })()`);
const sign = (options: unknown, mediation: "optional" | "conditional" = "optional"): Promise<any> =>
  page.evaluate(`(async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)});
    return (await navigator.credentials.get({ publicKey, mediation: "${mediation}" })).toJSON();
  })()`);

async function enrol(token: string, extensions: object = {}) {
  const { body: options } = await post("/api/security/passkeys/options", {}, token);
  const credential = await create({ ...options, extensions: { ...options.extensions, ...extensions } });
  const { status, body } = await post("/api/security/passkeys", { credential }, token);
  expect(body.code).toBeUndefined();
  expect(status).toBe(201);
  return { credentialId: credential.id as string, recoveryCodes: body.recoveryCodes };
}

async function logIn(mediation?: "optional" | "conditional") {
  const { body: options } = await post("/api/auth/passkey/options");
  const credential = await sign(options, mediation);
  return { credential, ...(await post("/api/auth/passkey", { credential })) };
}

const amrOf = (token: string) => JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"))).amr;
const refusal = ({ status, body }: { status: number; body: any }) => `${status} ${body.code}`;

describe("In Chromium, a passkey", () => {
  it("is created, and signs in by a dialog and by autofill", async () => {
    await plugIn();
    const { email, token } = await register();
    const { recoveryCodes } = await enrol(token);
    expect(recoveryCodes).toHaveLength(10);
    for (const mediation of ["optional", "conditional"] as const) {
      const { status, body } = await logIn(mediation);
      expect([status, body.user?.email]).toEqual([200, email]);
      expect(amrOf(body.token)).toEqual(["swk", "user", "mfa"]);
    }
  });

  it("answers the second step without a PIN, and signs in alone nowhere", async () => {
    await plugIn({ verifies: false, resident: false, transport: "usb" });
    const { email, token } = await register();
    await enrol(token);
    const { body } = await post("/api/auth/login", { email, password: PASSWORD });
    expect(body.methods).toEqual(["passkey", "recovery_code"]);
    const credential = await sign(body.challenges.passkey);
    const { twoFactorToken } = body;
    const signedIn = await post("/api/auth/login/2fa", { twoFactorToken, method: "passkey", credential });
    expect(amrOf(signedIn.body.token)).toEqual(["pwd", "hwk", "user", "mfa"]);
    await expect(logIn()).rejects.toThrow();
  });

  it("proves a session again", async () => {
    await plugIn();
    const { token } = await register();
    await enrol(token);
    await service.query("update refresh_tokens set authenticated_at = now() - interval '1 hour'");
    expect(refusal(await post("/api/security/passkeys/options", {}, token))).toBe("403 reauthentication_required");
    const { body: options } = await post("/api/security/reauthenticate/options", {}, token);
    const again = await post(
      "/api/security/reauthenticate",
      { method: "passkey", credential: await sign(options) },
      token,
    );
    expect(again.status).toBe(200);
    expect((await post("/api/security/passkeys/options", {}, again.body.token)).status).toBe(200);
  });

  it("is one of two on different authenticators, and each signs in", async () => {
    const first = await plugIn();
    const { email, token } = await register();
    await enrol(token);
    await cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: first });
    await plugIn({ transport: "usb" });
    expect((await enrol(token)).recoveryCodes).toBeUndefined();
    const { body } = await logIn();
    expect([body.user.email, amrOf(body.token)]).toEqual([email, ["hwk", "user", "mfa"]]);
  });

  it("is not created twice on one authenticator", async () => {
    await plugIn();
    const { token } = await register();
    await enrol(token);
    const { body: options } = await post("/api/security/passkeys/options", {}, token);
    await expect(create(options)).rejects.toThrow(/InvalidStateError/);
  });

  it("may come with extensions that the service does not know", async () => {
    await plugIn({ largeBlob: true });
    const { token } = await register();
    await enrol(token, { largeBlob: { support: "preferred" }, minPinLength: true });
    expect((await logIn()).status).toBe(200);
  });
});

describe("In Chromium, the service refuses", () => {
  it("an answer that was sent before", async () => {
    await plugIn();
    await enrol((await register()).token);
    const { credential, status } = await logIn();
    expect(status).toBe(200);
    expect(refusal(await post("/api/auth/passkey", { credential }))).toBe("401 invalid_passkey");
  });

  it("a page of another origin, although the browser lets it use the domain's passkeys", async () => {
    await plugIn();
    await enrol((await register()).token);
    const { body: options } = await post("/api/auth/passkey/options");
    await page.goto(otherSite.origin);
    const credential = await sign(options);
    expect(refusal(await post("/api/auth/passkey", { credential }))).toBe("401 invalid_passkey");
  });

  it("a page of another domain, which gets no signature at all", async () => {
    await plugIn();
    await enrol((await register()).token);
    const { body: options } = await post("/api/auth/passkey/options");
    await page.goto(app.origin.replace("localhost", "127.0.0.1"));
    await expect(sign(options)).rejects.toThrow();
  });

  it("a copy of the key, once the original has been used", async () => {
    const authenticatorId = await plugIn({ transport: "usb" });
    await enrol((await register()).token);
    const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
    expect((await logIn()).status).toBe(200);
    await cdp.send("WebAuthn.clearCredentials", { authenticatorId });
    await cdp.send("WebAuthn.addCredential", { authenticatorId, credential: credentials[0]! });
    expect(refusal(await logIn())).toBe("401 invalid_passkey");
  });

  it("a passkey that was removed, and lets the browser know", async () => {
    const authenticatorId = await plugIn();
    const { token } = await register();
    const { credentialId } = await enrol(token);
    expect((await logIn()).status).toBe(200);
    const list = await fetch(`${service.origin}/api/security/passkeys`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const { passkeys, rpId } = JSON.parse(await list.text());
    const removed = await fetch(`${service.origin}/api/security/passkeys/${passkeys[0].id}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(removed.status).toBe(200);
    await expect.poll(async () => refusal(await logIn())).toBe("401 unknown_passkey");
    await page.evaluate(`PublicKeyCredential.signalUnknownCredential(${JSON.stringify({ rpId, credentialId })})`);
    await expect
      .poll(async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials)
      .toEqual([]);
  });

  it("an authenticator that no longer verifies its user", async () => {
    const authenticatorId = await plugIn();
    await enrol((await register()).token);
    await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    await expect(logIn()).rejects.toThrow();
    // A page that asks for less gets a signature that is worth less.
    const { body: options } = await post("/api/auth/passkey/options");
    const credential = await sign({ ...options, userVerification: "discouraged" });
    expect(refusal(await post("/api/auth/passkey", { credential }))).toBe("401 invalid_passkey");
  });
});
