/**
 * Requests to addresses that somebody else has chosen. Only https to a public name leaves: no address in digits, no
 * name that resolves to a private network, no redirect. The address is judged as the URL parser wrote it, so every
 * other spelling of 127.0.0.1 is known.
 */
import type { Config } from "./config.ts";

type OutwardConfig = Pick<Config, "ISSUER" | "RESOLVER_ENDPOINT">;

export interface OutwardAnswer {
  status: number;
  headers: Headers;
  /** The start of the answer; `isWhole` tells whether there was more. */
  text: string;
  isWhole: boolean;
}

export interface OutwardRequest extends Pick<RequestInit, "method" | "headers" | "body"> {
  timeLimitMs?: number;
  answerLimitBytes?: number;
}

/** Its message is safe to log and to show: it quotes nothing of the address. */
export class OutwardRefused extends Error {
  override name = "OutwardRefused";
}

const PORTS = ["", "443", "8443"];
const LOOPBACK = ["localhost", "127.0.0.1"];
const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;
/** Names that no public resolver answers, or answers with loopback. */
const NOT_PUBLIC = /(?:^|\.)(?:localhost|local|internal|arpa|onion)$/;

/** @throws OutwardRefused */
export function parseOutward({ ISSUER }: OutwardConfig, address: string): URL {
  const url = URL.parse(address);
  if (!url || address.length > 2048) throw new OutwardRefused("not a URL");
  if (url.username || url.password) throw new OutwardRefused("it names a user");
  const own = new URL(ISSUER);
  if (isNextDoor(own, url)) return url;
  if (url.protocol !== "https:") throw new OutwardRefused("not https");
  if (!PORTS.includes(url.port)) throw new OutwardRefused("another port than 443 or 8443");
  const name = nameOf(url);
  if (!NAME.test(name) || NOT_PUBLIC.test(name)) throw new OutwardRefused("not a public name");
  if (name === nameOf(own)) throw new OutwardRefused("this service itself");
  return url;
}

export function isOutward(config: OutwardConfig, address: string): boolean {
  try {
    return !!parseOutward(config, address);
  } catch {
    return false;
  }
}

/** A developer's service may call another port of the same machine; a deployed one has an https ISSUER. */
function isNextDoor(own: URL, { protocol, hostname, host }: URL): boolean {
  const isDevelopment = own.protocol === "http:" && LOOPBACK.includes(own.hostname);
  return isDevelopment && /^https?:$/.test(protocol) && LOOPBACK.includes(hostname) && host !== own.host;
}

/** `example.com.` is `example.com`. */
const nameOf = ({ hostname }: URL) => hostname.replace(/\.$/, "");

/**
 * Also asks what the name resolves to. A name may resolve otherwise a moment later: then Cloudflare's network, which has
 * no way into a private one, is what stops the request.
 * @throws OutwardRefused, or an Error if the resolver does not answer.
 */
export async function admitOutward(config: OutwardConfig, address: string): Promise<URL> {
  const url = parseOutward(config, address);
  if (LOOPBACK.includes(url.hostname)) return url;
  const found = await Promise.all((["A", "AAAA"] as const).map((type) => resolve(config, nameOf(url), type)));
  if (found.flat().length === 0) throw new OutwardRefused("the name does not resolve");
  if (!found.flat().every(isPublic)) throw new OutwardRefused("the name resolves to a private network");
  return url;
}

/** https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/ */
async function resolve({ RESOLVER_ENDPOINT }: OutwardConfig, name: string, type: "A" | "AAAA"): Promise<string[]> {
  const endpoint = RESOLVER_ENDPOINT ?? "https://cloudflare-dns.com";
  const response = await fetch(`${endpoint}/dns-query?name=${encodeURIComponent(name)}&type=${type}`, {
    headers: { Accept: "application/dns-json" },
    redirect: "manual",
    signal: AbortSignal.timeout(2_000),
  });
  if (!response.ok) throw new Error(`the resolver answered ${response.status}`);
  const { Answer: answers = [] } = await response.json<{ Answer?: { type: number; data: string }[] }>();
  // A name that is an alias has the alias among its answers too.
  return answers.flatMap((answer) => (answer.type === { A: 1, AAAA: 28 }[type] ? [answer.data] : []));
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry and the same of IPv6. */
function isPublic(ip: string): boolean {
  if (ip.includes(":")) {
    const [first = 0, second = 0] = ip.split(":", 2).map((group) => parseInt(group || "0", 16));
    // 2000::/3 is what is given out; of it, 2001::/23 and 2002::/16 contain addresses of IPv4.
    if (first === 0x2001) return second >= 0x200 && second !== 0xdb8;
    return first >= 0x2000 && first < 0x3fff && first !== 0x2002;
  }
  const [a = 0, b = 0, c = 0] = ip.split(".").map(Number);
  const isShared = a === 100 && b >= 64 && b < 128;
  const isPrivate = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
  const isAssigned = a === 192 && ((b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99));
  const isForTests =
    (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) || (a === 203 && b === 0 && c === 113);
  const isElsewhere = a === 0 || a === 127 || a >= 224 || (a === 169 && b === 254);
  return !(isShared || isPrivate || isAssigned || isForTests || isElsewhere);
}

/** A redirect is an answer like any other. @throws OutwardRefused, or an Error if no answer comes in time. */
export async function fetchOutward(
  config: OutwardConfig,
  address: string,
  request: OutwardRequest = {},
): Promise<OutwardAnswer> {
  await admitOutward(config, address);
  return fetchAdmitted(config, address, request);
}

/** For an address that `admitOutward` has let pass lately. Throws the same. */
export async function fetchAdmitted(
  config: OutwardConfig,
  address: string,
  { timeLimitMs = 5_000, answerLimitBytes = 64 * 1024, ...request }: OutwardRequest = {},
): Promise<OutwardAnswer> {
  const url = parseOutward(config, address);
  const response = await fetch(url, { ...request, redirect: "manual", signal: AbortSignal.timeout(timeLimitMs) });
  const { status, headers } = response;
  return { status, headers, ...(await readStart(response, answerLimitBytes)) };
}

async function readStart({ body }: Response, limit: number): Promise<{ text: string; isWhole: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let read = 0;
  const reader = body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return { text: text + decoder.decode(), isWhole: true };
    text += decoder.decode(value.subarray(0, limit - read), { stream: true });
    read += value.byteLength;
    if (read <= limit) continue;
    await reader?.cancel();
    return { text, isWhole: false };
  }
}
