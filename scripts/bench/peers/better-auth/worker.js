/** Better Auth behind the same driver, on the same database server, with one instance for each isolate. */
import { neon, neonConfig } from "@neondatabase/serverless";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { waitUntil } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/neon-http";
import { hashPassword, verifyPassword } from "the-service/password-hash";
import { optionsOf } from "./options.js";
import { drizzleTables } from "./tables.js";

/** The service's own hash, so that what differs is the rest. */
const SAME_HASH = { password: { hash: hashPassword, verify: ({ hash, password }) => verifyPassword(password, hash) } };

let auth;

function createAuth(env) {
  neonConfig.fetchEndpoint = env.DATABASE_ENDPOINT;
  const base = {
    origin: env.ORIGIN,
    secret: env.AUTH_SECRET,
    emailAndPassword: env.SAME_HASH === "on" ? SAME_HASH : {},
    others: { advanced: { backgroundTasks: { handler: waitUntil } } },
  };
  const schema = drizzleTables(optionsOf(base));
  const database = drizzleAdapter(drizzle(neon(env.DATABASE_URL), { schema }), { provider: "pg", schema });
  return betterAuth(optionsOf({ ...base, database }));
}

export default {
  fetch(request, env) {
    auth ??= createAuth(env);
    return auth.handler(request);
  },
};
