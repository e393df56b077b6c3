/** Public information about the service itself: its keys, its metadata, its health. */
import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { allPublicJwks } from "../crypto/access-token.ts";
import { AppError } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { limit } from "../http/rate-limit.ts";
import { describeServer } from "../services/applications/metadata.ts";
import { originsOf } from "../services/factors/passkey-ceremony.ts";

const PUBLIC = { "Cache-Control": "public, max-age=600" };

export const discovery = new Hono<AppEnv>()
  .get("/.well-known/jwks.json", limit("default"), async (c) =>
    c.json(allPublicJwks(await c.var.platform.keySet()), 200, PUBLIC),
  )
  // RFC 8414 and OpenID Connect Discovery: one document under two names.
  .get("/.well-known/oauth-authorization-server", limit("default"), async (c) =>
    c.json(await describeServer(c.var.platform), 200, PUBLIC),
  )
  .get("/.well-known/openid-configuration", limit("default"), async (c) =>
    c.json(await describeServer(c.var.platform), 200, PUBLIC),
  )
  // W3C: password managers send their users here.
  .get("/.well-known/change-password", limit("default"), (c) =>
    c.redirect(c.var.platform.config.APP_URL || "/forgot-password"),
  )
  // WebAuthn Level 3, §5.11: the other origins where passkeys of this domain may be used.
  .get("/.well-known/webauthn", limit("default"), (c) => c.json({ origins: originsOf(c.var.platform) }, 200, PUBLIC))
  // W3C, "Passkey Endpoints": where password managers send people to add and manage passkeys.
  .get("/.well-known/passkey-endpoints", limit("default"), (c) => {
    const { APP_URL, ISSUER, PAGES } = c.var.platform.config;
    const url = APP_URL || (PAGES ? `${ISSUER}/account/security` : "");
    return c.json(url === "" ? {} : { enroll: url, manage: url }, 200, PUBLIC);
  })
  // RFC 9116. It expires, so that nobody keeps writing to a contact that is out of date.
  .get("/.well-known/security.txt", limit("default"), (c) => {
    const { ISSUER: issuer, SECURITY_CONTACT: contact } = c.var.platform.config;
    if (contact === "") throw new AppError("not_found");
    const expires = new Date(Date.now() + 90 * 86_400_000).toISOString().replace(/T.*/, "T00:00:00.000Z");
    return c.text(
      `Contact: ${contact}\nExpires: ${expires}\nPreferred-Languages: fr, en\nCanonical: ${issuer}/.well-known/security.txt\n`,
      200,
      PUBLIC,
    );
  })
  // Search engines must index nothing here.
  .get("/robots.txt", limit("default"), (c) => c.text("User-agent: *\nDisallow: /\n", 200, PUBLIC))
  .get("/health", limit("default"), (c) => c.json({ status: "ok" }))
  .get("/health/ready", limit("default"), async (c) => {
    const { db, keySet } = c.var.platform;
    await Promise.all([db.execute(sql`select 1`), keySet()]);
    return c.json({ status: "ready" });
  });
