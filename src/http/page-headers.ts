/** The headers of what a browser shows, stricter than an API's: a page's own style and script run, under a nonce, and nothing is loaded. */
import { NONCE, secureHeaders } from "hono/secure-headers";

/** @param withScript the page has a script of its own, which may ask this origin. */
export function pageHeaders({ withScript = false } = {}) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: [NONCE],
      imgSrc: ["data:"],
      formAction: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      ...(withScript && { scriptSrc: [NONCE], connectSrc: ["'self'"] }),
    },
    referrerPolicy: "no-referrer",
    strictTransportSecurity: "max-age=63072000; includeSubDomains; preload",
    xFrameOptions: "DENY",
    xPermittedCrossDomainPolicies: false,
  });
}
