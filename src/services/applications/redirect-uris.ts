/** Addresses that applications have people sent back to. They are compared as texts: a parser has opinions (RFC 9700, §4.1). */

/** A program on a device listens on whatever port is free (RFC 8252, §7.3). */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?=[/?]|$)/;

const withoutPort = (uri: string) => uri.replace(LOOPBACK, "$1");

export function isRegistered(registered: string[], asked: string): boolean {
  if (registered.includes(asked)) return true;
  return (
    LOOPBACK.test(asked) && registered.some((uri) => LOOPBACK.test(uri) && withoutPort(uri) === withoutPort(asked))
  );
}

/** Whether it may be registered: TLS, this device, or a scheme that a program has for itself (RFC 8252, §7.1). */
export function mayBeRegistered(uri: string): boolean {
  if (!/^[!-~]{1,1000}$/.test(uri) || /[#\\*"<>]/.test(uri)) return false;
  const url = URL.parse(uri);
  if (!url || url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  if (url.protocol === "http:") return LOOPBACK.test(uri) || url.hostname === "localhost";
  // A reversed domain name, which nobody else's program has.
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9-]+)+:$/.test(url.protocol);
}

/** The address with these parameters added; those that are undefined are left out. */
export function withParameters(uri: string, parameters: Record<string, string | undefined>): string {
  const added = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  if (added.size === 0) return uri;
  return `${uri}${uri.includes("?") ? "&" : "?"}${added.toString()}`;
}
