/** Where a finished sign-in leads: to an address that the service allows, and to no other. */
import { service } from "./service.ts";

/** `?return_to=`, if it is of this service or of an allowed origin; else `home`. */
export function returnAddress(home = "/account"): string {
  const wanted = new URLSearchParams(location.search).get("return_to");
  const url = wanted === null ? null : URL.parse(wanted, location.origin);
  if (!url || !/^https?:$/.test(url.protocol)) return home;
  return url.origin === location.origin || service.origins.includes(url.origin) ? url.href : home;
}

/** The address of the sign-in, which leads back to where we are. */
export function signInAddress(): string {
  const { pathname, search } = location;
  return `/sign-in?return_to=${encodeURIComponent(pathname + search)}`;
}
