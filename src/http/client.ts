/** The caller's address and place, from Cloudflare alone: `X-Forwarded-For` and its like are anyone's to write. */
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
  };
}

/** Control characters would break a log line or a mail, and PostgreSQL refuses NUL. */
function printable(text: string | undefined, maxLength: number): string | null {
  return text?.replaceAll(/\p{C}/gu, "").slice(0, maxLength).toWellFormed() || null;
}

/** One spelling for one address; an IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. */
function canonicalAddress(address: string | undefined): string | null {
  if (!address) return null;
  if (!address.includes(":")) return IPV4.test(address) ? address : null;
  // The URL parser knows how IPv6 is written (RFC 5952); it refuses anything else between the brackets.
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

/** What counts as one client: an IPv4 address, an IPv6 /64 (whoever has one address has them all), or everyone unnamed. */
export function networkOf(ipAddress: string | null): string {
  if (ipAddress === null) return "unknown";
  if (!ipAddress.includes(":")) return ipAddress;
  const [head = "", tail] = ipAddress.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}

/** The IPv6 /48 that the address lies in: what one customer may have, with 65,536 networks in it. */
export function siteOf(ipAddress: string | null): string | undefined {
  if (!ipAddress?.includes(":")) return undefined;
  return `${networkOf(ipAddress).split(":").slice(0, 3).join(":")}::/48`;
}
