/**
 * The caller's address and location, from Cloudflare alone: any caller can set `X-Forwarded-For` and similar headers.
 */
import type { Context } from "hono";
import type { Client } from "../platform/index.ts";
import type { AppEnv } from "./context.ts";

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const SANE_REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

export function requestIdOf(c: Context<AppEnv>): string {
  const given = c.req.header("X-Request-Id");
  return given && SANE_REQUEST_ID.test(given) ? given : crypto.randomUUID();
}

export function clientOf(c: Context<AppEnv>): Client {
  const place = (c.req.raw as Request<unknown, IncomingRequestCfProperties>).cf;
  return {
    requestId: c.var.requestId,
    ipAddress: canonicalAddress(c.req.header("CF-Connecting-IP")),
    userAgent: printable(c.req.header("User-Agent"), 512),
    country: printable(place?.country, 2),
    city: printable(place?.city, 100),
    origin: place
      ? { network: place.asn ?? null, latitude: degrees(place.latitude), longitude: degrees(place.longitude) }
      : null,
  };
}

function degrees(text: string | undefined): number | null {
  const number = Number(text || Number.NaN);
  return Number.isFinite(number) ? number : null;
}

/** Control characters would break a log line or a mail, and PostgreSQL refuses NUL. */
function printable(text: string | undefined, maxLength: number): string | null {
  return text?.replaceAll(/\p{C}/gu, "").slice(0, maxLength).toWellFormed() || null;
}

/** One spelling per address; an IPv4 address written as IPv6 (`::ffff:192.0.2.1`) becomes the IPv4 address. */
function canonicalAddress(address: string | undefined): string | null {
  if (!address) return null;
  if (!address.includes(":")) return IPV4.test(address) ? address : null;
  // The URL parser writes IPv6 canonically (RFC 5952) and refuses anything else between the brackets.
  const url = `http://[${address}]`;
  if (!URL.canParse(url)) return null;
  const canonical = new URL(url).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!mapped) return canonical;
  const bytes = [mapped[1]!, mapped[2]!].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
  return bytes.join(".");
}

/**
 * What counts as one client: an IPv4 address, an IPv6 /64 (one customer has the whole /64), or all callers without an
 * address.
 */
export function networkOf(ipAddress: string | null): string {
  if (ipAddress === null) return "unknown";
  if (!ipAddress.includes(":")) return ipAddress;
  const [head = "", tail] = ipAddress.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}

/** The IPv6 /48 of the address: one customer may have all of its 65,536 networks. */
export function siteOf(ipAddress: string | null): string | undefined {
  if (!ipAddress?.includes(":")) return undefined;
  return `${networkOf(ipAddress).split(":").slice(0, 3).join(":")}::/48`;
}
