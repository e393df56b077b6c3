/**
 * What a deployment must answer to anyone. Reads only: nothing is created, no account is tried, no mail is caused, and
 * nothing is asked of the routes whose limits are low, so that the test of an account that follows has them for itself.
 */

import { generateKeyPairSync, sign } from "node:crypto";
import http from "node:http";
import https from "node:https";
import tls from "node:tls";
import { expect, expectProblem, expectStatus, send, type Check, type Deployment } from "./client.ts";

/** Enough time to renew a certificate by hand, should its automatic renewal have stopped. */
const MIN_CERTIFICATE_DAYS = 14;
const ONE_YEAR_SECONDS = 31_536_000;
const NOT_HTTPS = "skipped: not https";

export const READ_ONLY_CHECKS: Check[] = [
  {
    name: "alive",
    async run(deployment) {
      const answer = await send(deployment, "/health");
      expectStatus(answer, 200);
      expect(answer.body?.status === "ok", "the body is not {status: ok}");
    },
  },
  {
    name: "database answers",
    async run(deployment) {
      const answer = await send(deployment, "/health/ready");
      expectStatus(answer, 200);
      expect(answer.body?.status === "ready", "the body is not {status: ready}");
    },
  },
  { name: "signing keys", run: checkKeys },
  {
    name: "metadata",
    async run(deployment) {
      const answer = await send(deployment, "/.well-known/oauth-authorization-server");
      expectStatus(answer, 200);
      const { issuer } = deployment;
      expect(answer.body?.issuer === issuer, `the issuer is ${answer.body?.issuer}, not ${issuer}: see ISSUER`);
      expect(answer.body.jwks_uri === `${issuer}/.well-known/jwks.json`, `jwks_uri is ${answer.body.jwks_uri}`);
    },
  },
  { name: "security headers", run: checkHeaders },
  {
    name: "unknown path is 404",
    run: async (deployment) => expectProblem(await send(deployment, "/api/no-such-thing"), 404, "not_found"),
  },
  {
    name: "wrong method is 405",
    async run(deployment) {
      const answer = await send(deployment, "/api/auth/verify-token");
      expectProblem(answer, 405, "method_not_allowed");
      expect(answer.headers.get("Allow")?.includes("POST"), `Allow is ${answer.headers.get("Allow")}`);
    },
  },
  {
    name: "a form is 415",
    async run(deployment) {
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      expectProblem(
        await send(deployment, "/api/auth/verify-token", { body: "a=b", headers }),
        415,
        "unsupported_media_type",
      );
    },
  },
  {
    name: "a body of 66 KiB is 413",
    async run(deployment) {
      const answer = await send(deployment, "/api/auth/verify-token", { json: { token: "x".repeat(66 * 1024) } });
      expectProblem(answer, 413, "payload_too_large");
    },
  },
  {
    name: "invalid data is 422, in both languages",
    async run(deployment) {
      for (const [locale, required] of [
        ["fr", "Champ obligatoire"],
        ["en", "Required"],
      ] as const) {
        const answer = await send(deployment, "/api/auth/verify-token", {
          json: {},
          headers: { "Accept-Language": locale },
        });
        expectProblem(answer, 422, "validation_failed");
        const field = answer.body.errors?.find((each: { pointer: string }) => each.pointer === "#/token");
        expect(field?.detail === required, `#/token in ${locale} says ${field?.detail}`);
      }
    },
  },
  { name: "no token and forged tokens are 401", run: checkForgeries },
  {
    name: "a made-up refresh token is 401",
    async run(deployment) {
      const answer = await send(deployment, "/api/auth/refresh", { json: { refreshToken: `art_${"A".repeat(71)}` } });
      expectProblem(answer, 401, "invalid_refresh_token");
    },
  },
  {
    name: "a foreign page may not read answers",
    async run(deployment) {
      const answer = await send(deployment, "/api/users/me", { headers: { Origin: "https://foreign.invalid" } });
      const allowed = answer.headers.get("Access-Control-Allow-Origin");
      expect(allowed === null, `Access-Control-Allow-Origin is ${allowed}`);
    },
  },
  { name: "no socket without a ticket", run: checkSocket },
  { name: "plain http serves nothing", run: checkPlainHttp },
  { name: "TLS", run: checkTls },
];

async function checkKeys(deployment: Deployment): Promise<string> {
  const answer = await send(deployment, "/.well-known/jwks.json");
  expectStatus(answer, 200);
  const caching = answer.headers.get("Cache-Control") ?? "none";
  expect(/public.*max-age=\d/.test(caching), `Cache-Control is ${caching}: verifiers would ask each time`);
  const keys: Record<string, unknown>[] = answer.body?.keys ?? [];
  expect(keys.length > 0, "there is no key");
  for (const key of keys) {
    const isEd25519 = key["kty"] === "OKP" && key["crv"] === "Ed25519" && key["x"];
    const isRsa = key["kty"] === "RSA" && key["n"] && key["e"];
    const isP256 = key["kty"] === "EC" && key["crv"] === "P-256" && key["x"] && key["y"];
    expect(key["kid"] && (isEd25519 || isRsa || isP256), "a key is neither Ed25519 nor RSA nor P-256");
    expect(!("d" in key), "THE PRIVATE KEY IS PUBLISHED: rotate JWT_KEYS now");
  }
  return `${keys.length} public`;
}

async function checkHeaders(deployment: Deployment): Promise<void> {
  const { headers } = await send(deployment, "/api/no-such-thing");
  const maxAge = Number(/max-age=(\d+)/.exec(headers.get("Strict-Transport-Security") ?? "")?.[1] ?? 0);
  expect(maxAge >= ONE_YEAR_SECONDS, `Strict-Transport-Security lasts ${maxAge} s`);
  for (const [name, pattern] of [
    ["Content-Security-Policy", /default-src 'none'.*frame-ancestors 'none'/],
    ["X-Content-Type-Options", /^nosniff$/],
    ["X-Frame-Options", /^DENY$/],
    ["Referrer-Policy", /^no-referrer$/],
    ["Cache-Control", /no-store/],
    ["X-Request-Id", /^[\w-]{8,}$/],
  ] as const) {
    const value = headers.get(name);
    expect(value !== null && pattern.test(value), `${name} is ${value ?? "missing"}`);
  }
  for (const name of ["Server", "Via", "X-Powered-By", "X-AspNet-Version", "X-Runtime"]) {
    const value = headers.get(name);
    // Cloudflare's own `Server: cloudflare` names no version.
    expect(value === null || (name === "Server" && !/\d/.test(value)), `${name} tells ${value}`);
  }
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Claims that would be good, under no signature, another key's, and an HMAC with the public key as its secret. */
async function checkForgeries(deployment: Deployment): Promise<void> {
  const anonymous = await send(deployment, "/api/users/me");
  expectProblem(anonymous, 401, "authentication_required");
  expect(anonymous.headers.get("WWW-Authenticate")?.startsWith("Bearer"), "there is no WWW-Authenticate");

  const [key] = (await send(deployment, "/.well-known/jwks.json")).body?.keys ?? [];
  const now = Math.floor(Date.now() / 1000);
  const claims = encode({
    iss: deployment.issuer,
    aud: "auth-api",
    sub: "1",
    sid: crypto.randomUUID(),
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 600,
    auth_time: now,
    role: 1,
    permissions: ["*"],
    amr: ["pwd", "otp"],
  });
  const header = (alg: string) => encode({ alg, typ: "at+jwt", kid: key?.kid });
  const signed = `${header("EdDSA")}.${claims}`;
  const { privateKey } = generateKeyPairSync("ed25519");
  const forgeries = {
    "without a signature": `${header("none")}.${claims}.`,
    "of another key": `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`,
    "that is no token": "nonsense",
  };
  for (const [kind, token] of Object.entries(forgeries)) {
    const answer = await send(deployment, "/api/users/me", { token });
    expect(answer.status === 401, `a token ${kind} got ${answer.status}`);
    expectProblem(answer, 401, "invalid_token");
    const verdict = await send(deployment, "/api/auth/verify-token", { json: { token } });
    expect(verdict.status === 200 && verdict.body?.active === false, `verify-token on a token ${kind} is not inactive`);
  }
}

async function checkSocket({ origin, timeoutMs }: Deployment): Promise<void> {
  const status = await rawStatus(`${origin}/ws`, timeoutMs, {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64"),
    "Sec-WebSocket-Protocol": "notifications.v1",
  });
  expect(status.code === 401, `the upgrade got ${status.code}, not 401`);
}

/** Closed, refused or sent to https: anything but an answer with content. */
async function checkPlainHttp({ origin, timeoutMs }: Deployment): Promise<string> {
  const url = new URL(origin);
  if (url.protocol !== "https:") return NOT_HTTPS;
  let answer;
  try {
    answer = await rawStatus(`http://${url.hostname}/health`, timeoutMs, {});
  } catch {
    return "closed";
  }
  if (answer.code >= 400) return `refused, ${answer.code}`;
  expect(answer.code >= 300 && answer.location?.startsWith("https://"), `http answers ${answer.code}`);
  return `sent to https, ${answer.code}`;
}

async function checkTls({ origin, timeoutMs }: Deployment): Promise<string> {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== "https:") return NOT_HTTPS;
  const target = { host: hostname, servername: hostname, port: Number(port || 443), timeout: timeoutMs };
  const current = await handshake(target);
  expect(current !== undefined, "no TLS connection with a certificate that this machine trusts");
  expect(current.protocol === "TLSv1.3", `the best that is offered is ${current.protocol}`);
  expect(current.daysLeft >= MIN_CERTIFICATE_DAYS, `the certificate ends in ${current.daysLeft} days`);
  // OpenSSL's level 0 lets this side offer what it otherwise would not.
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
  expect((await handshake({ ...target, ...old })) === undefined, "TLS 1.1 is still accepted");
  return `${current.protocol}, certificate for ${current.daysLeft} more days`;
}

function handshake(options: tls.ConnectionOptions): Promise<{ protocol: string | null; daysLeft: number } | undefined> {
  return new Promise((resolve) => {
    const socket = tls.connect(options, () => {
      const daysLeft = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / 86_400_000);
      resolve({ protocol: socket.getProtocol(), daysLeft });
      socket.destroy();
    });
    socket.on("error", () => resolve(undefined));
    socket.on("timeout", () => socket.destroy(new Error("timeout")));
  });
}

/** For what `fetch` can't send or follow: an upgrade, and a connection that is closed. */
function rawStatus(
  url: string,
  timeoutMs: number,
  headers: Record<string, string>,
): Promise<{ code: number; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const client = url.startsWith("https:") ? https : http;
    const request = client.request(url, { headers, signal: AbortSignal.timeout(timeoutMs), agent: false });
    const finish = (response: http.IncomingMessage) => {
      resolve({ code: response.statusCode ?? 0, location: response.headers.location });
      request.destroy();
    };
    request.on("response", finish);
    request.on("upgrade", finish);
    request.on("error", reject);
    request.end();
  });
}
