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
  "auth/passkey": {
    "opens administration where a second factor is required": [
      mutant("drizzle/functions/assert_session.sql", "'hwk', 'swk', 'user'", "'none'"),
      service("access/permissions", "methods.some((method) => ADMINISTERING_METHODS.includes(method))", "false"),
    ],
    "with another origin, domain, challenge, key, handle or credential, without its user, and by a used challenge": [
      mutant("src/crypto/webauthn.ts", " && origins.includes(clientData.origin)"),
      mutant(
        "src/crypto/webauthn.ts",
        "clientData.crossOrigin === undefined || clientData.crossOrigin === false",
        "true",
      ),
      mutant("src/crypto/webauthn.ts", "isEqualInConstantTime(data.rpIdHash, rpIdHash)", "true"),
      mutant("src/crypto/webauthn.ts", "await isSignedBy(credential, bytesOf(response.signature), signed)", "true"),
      service("login/passkey", "{ requireUserVerification: true }", "{ requireUserVerification: false }"),
      service(
        "login/passkey",
        "!isEqualInConstantTime(encoded(known.userHandle), encoded(response.userHandle))",
        "false",
      ),
      service("login/passkey", " and p.signs_in"),
      service("login/passkey", "exists (select from spent)", "true"),
    ],
    "for a disabled, a deleted and an unproven account": [
      service(
        "login/passkey",
        "u.is_active and u.deleted_at is null and (u.is_verified",
        "u.deleted_at is null and (u.is_verified",
      ),
      service(
        "login/passkey",
        "u.is_active and u.deleted_at is null and (u.is_verified",
        "u.is_active and (u.is_verified",
      ),
      service("login/passkey", " and (u.is_verified or ${mayBeUnproven}::boolean)"),
    ],
    "when its counter has not grown: a copy was used": [
      service("factors/passkey-ceremony", "p.counter < ${counter}::bigint or", "true or"),
    ],
    "is said to be unknown to whoever holds it, and to nobody else": [
      service("login/passkey", 'isOurs ? "unknown_passkey"', 'stored === null ? "unknown_passkey"'),
      service("login/passkey", " and u.is_active and u.deleted_at is null) as", ") as"),
    ],
    "logs in once, however many use it at once": [service("login/passkey", "exists (select from spent)", "true")],
  },
  "auth/login-passkey-2fa": {
    "is refused with another's passkey, another challenge, a bent answer or a used one": [
      mutant("src/crypto/webauthn.ts", "clientData.challenge === challenge", "true"),
      mutant("src/crypto/webauthn.ts", "require(data.userPresent", "require(true"),
    ],
    "takes one of eight parallel uses of a challenge": [
      service("factors/passkey", "redeemed ? sql`${spentHere(redeemed)} and ${gate}` : gate", "gate"),
    ],
    "is bound to the session that asked, and to this purpose": [
      mutant("src/crypto/passkey-challenge.ts", '"sessionId" in ceremony ? ceremony.sessionId : ""', '""'),
      mutant("src/crypto/passkey-challenge.ts", "bytes[1] !== KINDS[ceremony.kind]", "false"),
    ],
  },
  "security/passkeys": {
    "guards the account: other sessions end, the owner is told, and this session has shown it": [
      service("events/catalogue", '"passkey_added", ends: true', '"passkey_added"'),
      service("factors/passkey-enrolment", "t.session_id = ${sessionId}::uuid and ${done}", "false"),
    ],
    "is refused with a challenge that was used, another session's, or nobody's": [
      service("factors/passkey-enrolment", "where ${spentHere(asked)} and", "where"),
    ],
    "is refused beyond the limit of an account, also when many come at once": [
      service(
        "factors/passkey-enrolment",
        " and (select count(*) from passkeys where user_id = ${userId}) < ${MAX_PASSKEYS}::int",
      ),
    ],
    "is for its owner alone": [service("factors/passkey", "where user_id = ${userId} and ${gate}", "where ${gate}")],
    "is refused where nothing else would open the account": [
      service("factors/passkeys", " and ${anotherWayIn(userId, id)}"),
      service("factors/passkeys", " and other.signs_in"),
    ],
    "needs a passkey with a backup, or two that sign in by themselves": [
      service("accounts/password-removal", "count(*) > 1", "count(*) > 0"),
      service("accounts/password-removal", "p.user_id = ${userId} and p.signs_in", "p.user_id = ${userId}"),
    ],
    "ends the other sessions and every link, and tells the owner; a reset by mail sets one again": [
      service(
        "accounts/password-removal",
        'revokeSessions("password_removed", sql`${own}',
        'revokeSessions("password_removed", sql`false',
      ),
      service("accounts/password-removal", "killOneTimeTokens(own)", "killOneTimeTokens(sql`false`)"),
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
