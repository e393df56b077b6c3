/** The headers of what a browser shows, stricter than an API's: a page's own style and script run, under a nonce, and nothing is loaded. */
import { NONCE, secureHeaders } from "hono/secure-headers";

/** @param withScript the page has a script of its own, which may ask this origin. */
export function pageHeaders({ withScript = false } = {}) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      ...(withScript && { scriptSrc: [NONCE] }),
      styleSrc: [NONCE],
      imgSrc: ["data:"],
      ...(withScript && { connectSrc: ["'self'"] }),
      formAction: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "no-referrer",
    strictTransportSecurity: "max-age=63072000; includeSubDomains; preload",
    xFrameOptions: "DENY",
    xPermittedCrossDomainPolicies: false,
  });
}
