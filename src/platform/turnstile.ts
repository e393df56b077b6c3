/**
 * Cloudflare Turnstile: whether a person is there, where a limit has been reached (docs/security.md, "Turnstile").
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
import { isInDevelopment, type Config } from "./config.ts";
import { logEvent } from "./log.ts";
import { fetchAdmitted } from "./outward.ts";

const MAX_LENGTH = 2048;
/** Whoever waits for it has been refused already. */
const TIME_LIMIT_MS = 2_000;
/** Where Cloudflare's keys for tests say that their tokens come from. */
const TEST_HOST = "example.com";

/** For one request: Cloudflare takes a token once, and two limits of a request may ask. */
export function createTurnstile(config: Config): (token: unknown) => Promise<boolean> {
  let verdict: Promise<boolean> | undefined;
  return (token) => (verdict ??= verify(config, token));
}

/** False also while Cloudflare does not answer: the limit then stands, as without Turnstile. */
async function verify(config: Config, token: unknown): Promise<boolean> {
  const { TURNSTILE_SITE_KEY: siteKey, TURNSTILE_SECRET: secret, TURNSTILE_ENDPOINT: endpoint } = config;
  if (!siteKey || !secret || typeof token !== "string" || token.length > MAX_LENGTH) return false;
  const address = `${endpoint ?? "https://challenges.cloudflare.com"}/turnstile/v0/siteverify`;
  const body = new URLSearchParams({ secret, response: token });
  try {
    const { text } = await fetchAdmitted(config, address, { method: "POST", body, timeLimitMs: TIME_LIMIT_MS });
    const { success, hostname } = JSON.parse(text) as { success?: unknown; hostname?: string };
    return success === true && hostsOf(config).includes(hostname ?? "");
  } catch (error) {
    logEvent("turnstile_failed", {}, error);
    return false;
  }
}

/** The pages that people sign in on: a token that was solved on another site is not for here. */
function hostsOf(config: Config): string[] {
  const { ISSUER, APP_URL, ALLOWED_ORIGINS } = config;
  const hosts = [ISSUER, APP_URL, ...ALLOWED_ORIGINS].flatMap((address) => URL.parse(address)?.hostname ?? []);
  return isInDevelopment(config) ? [...hosts, TEST_HOST] : hosts;
}
