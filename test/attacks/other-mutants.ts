/** Mutants of rules whose tests are not attacks: by the test's path and title, as in mutants.ts. */
import { mutant, service, type Mutant } from "./mutants.ts";

export const OTHER_MUTANTS: Record<string, Record<string, Mutant[]>> = {
  "admin/address": {
    "is replaced at once, unproven, and with it sessions and links end; factors stay; both mailboxes are told": [
      service(
        "administration/user-change",
        "when ${isReaddressed} then false else is_verified",
        "when false then false else is_verified",
      ),
      service("administration/users", "(${disabled} or ${readdressed})", "${disabled}"),
      service("administration/users", "sql`user_id = ${userId} and ${readdressed}`", "sql`false`"),
    ],
    "is confirmed along with its replacement, or by itself, which is the first proof": [
      service("administration/user-change", " or ${change.isVerified ?? false}::boolean"),
    ],
    "stays where it is taken, where nothing differs, above the actor, and where it is the actor's own": [
      service("administration/user-change", "if (userId !== actor.userId || field === undefined) return;", "return;"),
    ],
    "ends that session and no other, of that account and of no other, in one trip": [
      service("administration/sessions", "sql`user_id = ${userId} and session_id", "sql`session_id"),
      service(
        "administration/sessions",
        "user_id = ${userId} and session_id = ${sessionId}::uuid",
        "user_id = ${userId}",
      ),
    ],
  },
  "admin/import": {
    "refuses a hash whose check costs more than bcrypt with cost 12": [
      mutant("src/crypto/password-hash.ts", "const IMPORTABLE_RUNS = 9;", "const IMPORTABLE_RUNS = 36;"),
    ],
  },
  discovery: {
    "is ready when the database answers, and otherwise unavailable": [
      mutant("src/routes/discovery.ts", "db.execute(sql`select 1`), "),
    ],
    "robots.txt keeps search engines out": [mutant("src/routes/discovery.ts", "Disallow: /", "Disallow:")],
    "security.txt names the configured contact and expires within a year; without a contact it does not exist": [
      mutant("src/routes/discovery.ts", 'if (contact === "") throw new AppError("not_found");'),
      mutant("src/routes/discovery.ts", "90 * 86_400_000", "900 * 86_400_000"),
    ],
    "change-password redirects to the front end, or to the built-in page": [
      mutant("src/routes/discovery.ts", 'c.var.platform.config.APP_URL || "/forgot-password"', '"/forgot-password"'),
    ],
    "the root page links to everything in development, and to little elsewhere": [
      mutant("src/pages/home.ts", 'new URL(ISSUER).protocol === "http:"', "true"),
    ],
  },
  "http/problems": {
    "at /health/ready to a %s %s is 500, and the log says which": [
      mutant("src/routes/discovery.ts", "db.execute(sql`select 1`), keySet()", "db.execute(sql`select 1`)"),
    ],
  },
  "users/account": {
    "has every row of an account with thousands, in order and each once, a page a trip": [
      service("accounts/export", "let page = PAGE; rows.length === page;", "let page = PAGE; page < 0;"),
    ],
  },
  "verifier/marks": {
    "of two acts at once, the session that one spares and the other ends has ended": [
      mutant(
        "src/platform/revocations.ts",
        "const withoutExceptionAt = Math.max(others ?? 0,",
        "const withoutExceptionAt = Math.max(",
      ),
    ],
  },
  "performance/every-route": {
    "%s, by %s, succeeds, leaves nothing unfinished and takes its trips": [
      service(
        "administration/users",
        '  await act(platform, actor, userId, { event: "user.logged_out"',
        '  await readAs(platform, actor, {});\n  await act(platform, actor, userId, { event: "user.logged_out"',
      ),
    ],
  },
};
