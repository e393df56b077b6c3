/**
 * Each rule broken on purpose, and the attack that must notice (`npm run mutants`): by test file and title, as they stand
 * there, the file to change, its exact text, and what stands there instead.
 */

export interface Mutant {
  file: string;
  text: string;
  replacement: string;
  /** The attack waits for something that then never comes: a test that runs out of time has noticed too. */
  silences?: true;
}

const VERIFIER = "src/crypto/access-token-verification.ts";
const CLIENT = "src/db/client.ts";

export const mutant = (file: string, text: string, replacement = ""): Mutant => ({ file, text, replacement });
/** Of an SQL function, whose change `npm run mutants` brings into the last migration. */
export const rule = (name: string, text: string, replacement = "") =>
  mutant(`drizzle/functions/${name}.sql`, text, replacement);
export const service = (name: string, text: string, replacement = "") =>
  mutant(`src/services/${name}.ts`, text, replacement);
/** An event of the catalogue, whose tokens go on being accepted. */
const endsNothing = (event: string) => service("events/catalogue", event, event.replace(", ends: true", ""));
const silencing = (file: string, text: string, replacement = ""): Mutant => ({
  ...mutant(file, text, replacement),
  silences: true,
});

const outward = (text: string, replacement = "") => mutant("src/platform/outward.ts", text, replacement);
const NOTHING = "sql`select 1`";
const UNSIGNED = mutant(
  VERIFIER,
  "if (key === undefined || !(await isSignedBy(key, token, parts.signature)))",
  "if (key === undefined)",
);
const NO_COUNT = service("login/throttle", "where t.locked_until is null or t.locked_until <= now()", "where true");
const ANY_SESSION_ASSERTED = service("access/actor", "    db.execute(assertSession(platform, actor)),\n");
const NO_LOCK = service(
  "access/actor",
  "    db.execute(lockAccounts(sql`u.id = any(${sql.param(userIds)}::int[])`)),\n",
);
const ASKED_BEFORE_THE_LOCK = service(
  "access/actor",
  "    db.execute(lockAccounts(sql`u.id = any(${sql.param(userIds)}::int[])`)),\n    db.execute(assertSession(platform, actor)),\n",
  "    db.execute(assertSession(platform, actor)),\n    db.execute(lockAccounts(sql`u.id = any(${sql.param(userIds)}::int[])`)),\n",
);
const NO_LOCK_WITHOUT_A_SESSION = service(
  "access/actor",
  "runAct(platform, statements, [platform.db.execute(lockAccounts(whose))])",
  "runAct(platform, statements, [])",
);
const RETRIED_WRITES = mutant(
  CLIENT,
  "if (isTimeout(error) || !isRead(request.body)) throw",
  "if (isTimeout(error)) throw",
);
const NO_RETRY = mutant(CLIENT, "if (isTimeout(error) || !isRead(request.body)) throw", "throw");
const USED_LINKS = service(
  "accounts/one-time-tokens",
  "and t.used_at is null and t.expires_at > now()",
  "and t.expires_at > now()",
);
const EVERYONE_AN_ADMIN = service(
  "accounts/registration",
  "insert into users (email, password_hash, prenom, nom, telephone, locale, last_login_at, proof_due_at)\n    values (",
  "insert into users (role_id, email, password_hash, prenom, nom, telephone, locale, last_login_at, proof_due_at)\n    values (1, ",
);
const FACTOR_ENDS_WITH_RESET = service(
  "accounts/password-reset",
  "db.execute(killOneTimeTokens(sql`user_id = ${id} and ${done}`))",
  "db.execute(sql`delete from two_factor_methods where user_id = ${id} and ${done}`)",
);

const PROVIDERS = "src/platform/identity-providers.ts";

export const MUTANTS: Record<string, Record<string, Mutant[]>> = {
  impersonation: {
    "calling any route but those that read what is the person's own": [
      mutant("src/http/guards.ts", 'c.req.method === "GET" && options.permission', "options.permission"),
      service("administration/impersonation", "'{}', 'epoch', null", "'{}', now(), null"),
    ],
    "going on after the person has ended it, or after ten minutes, or refreshing it": [
      service("administration/impersonation", "ttlSeconds: IMPERSONATION_SECONDS", "ttlSeconds: 3600"),
      service("sessions/devices", "impersonator_id is not null as impersonated", "false as impersonated"),
    ],
    "keeping it open after signing out of it, or signing the person out": [
      service("sessions/logout", ", impersonationAudience(config.ISSUER)]", "]"),
    ],
    "being a person elsewhere: at another Worker, at the socket, with a permission that was granted meanwhile": [
      mutant("src/http/guards.ts", " && options.permission === undefined && !verdict.ok", " && !verdict.ok"),
      service("administration/impersonation", "`${issuer}/impersonation`", '(issuer, "auth-api")'),
    ],
    "staying unseen": [
      service(
        "events/catalogue",
        '"user.impersonated": { by: "administrator", notice: "impersonated",',
        '"user.impersonated": { by: "administrator",',
      ),
    ],
    "of oneself, of an administrator, or of somebody with more permissions": [
      service("administration/impersonation", "      allowed: db.execute(mayChangeUser(actor, userId)),\n"),
      service("administration/impersonation", '  if (account.administers) throw new AppError("above_you");\n'),
    ],
    "that is disabled, deleted or unknown, or without a reason": [
      service("administration/impersonation", "and is_active and not", "and not"),
    ],
  },
  outward: {
    "an address %s": [
      outward('  if (url.protocol !== "https:") throw new OutwardRefused("not https");\n'),
      outward("!NAME.test(name) || "),
      outward(" || NOT_PUBLIC.test(name)"),
      outward("if (url.username || url.password)", "if (url.username)"),
      outward("if (!PORTS.includes(url.port))", "if (false)"),
      outward("if (name === nameOf(own))", "if (false)"),
      outward(" || address.length > 2048"),
    ],
    "a name that resolves to a private network, to one beside a public address, or to nothing": [
      outward("!found.flat().every(isPublic)", "!found.flat().some(isPublic)"),
      outward("if (found.flat().length === 0)", "if (false)"),
      outward('(["A", "AAAA"] as const)', '(["A"] as const)'),
      outward(" && first !== 0x2002"),
      outward("(a === 172 && b >= 16 && b < 32)", "(a === 172 && b === 16)"),
      outward(" || (a === 169 && b === 254)"),
    ],
    "loopback, in a deployed service and in one that runs here": [
      outward('own.protocol === "http:" && LOOPBACK.includes(own.hostname)', "true"),
      outward(" && host !== own.host"),
    ],
    "one that redirects to a private network": [
      outward(
        'redirect: "manual", signal: AbortSignal.timeout(timeLimitMs)',
        "signal: AbortSignal.timeout(timeLimitMs)",
      ),
    ],
    "one that answers megabytes, or never": [
      outward("if (read <= limit) continue;", "continue;"),
      silencing("src/platform/outward.ts", ", signal: AbortSignal.timeout(timeLimitMs) }", " }"),
    ],
    "made to fetch, a public name is let through, at the ports of https": [
      outward('"443", "8443"', '"443"'),
      outward('hostname.replace(/\\.$/, "")', "hostname"),
    ],
  },
  "access-tokens": {
    "a forged one: alg none, HS256 with the public key, another key, kid, type, issuer, audience or time": [
      UNSIGNED,
      mutant(VERIFIER, 'header["alg"] !== SIGNING_ALGORITHM || '),
      mutant(VERIFIER, ' || header["typ"] !== TOKEN_TYPE'),
      mutant(VERIFIER, "names.length !== 3 || "),
      mutant(
        VERIFIER,
        'return typeof header["kid"] === "string" ? keys.verification.get(header["kid"]) : undefined;',
        "return [...keys.verification.values()][0];",
      ),
      mutant(VERIFIER, 'if (claims.iss !== expected.issuer) return { ok: false, reason: "token_invalid" };'),
      mutant(
        VERIFIER,
        'if (!audiences.includes(expected.audience)) return { ok: false, reason: "audience_mismatch" };',
      ),
      mutant(VERIFIER, "claims.exp <= now - CLOCK_TOLERANCE_SECONDS", "false"),
      mutant(
        VERIFIER,
        'if (notBefore > now + CLOCK_TOLERANCE_SECONDS) return { ok: false, reason: "token_not_yet_valid" };',
      ),
      mutant(VERIFIER, "isText(sub) &&"),
    ],
    "telling a forged token from an ended session by the answer": [
      mutant(
        "src/http/guards.ts",
        'if (!verdict.ok) throw new AppError("invalid_token");',
        'if (!verdict.ok) throw new AppError("authentication_required");',
      ),
    ],
    "a forged one at verify-token, strict or not": [UNSIGNED],
    "a forged one at logout, to end somebody else's session": [UNSIGNED],
    "a genuine signature on another session or subject": [
      rule(
        "assert_session",
        "WHERE session.session_id = asserted_session AND session.user_id = asserted_user",
        "WHERE session.session_id = asserted_session",
      ),
    ],
    "a genuine one that claims a role and permissions that the account doesn't have": [
      rule("assert_session", "IF NOT has_permission(granted, needed_permission) THEN", "IF false THEN"),
    ],
    "two tokens, another scheme, or none, in the Authorization header": [
      mutant(VERIFIER, "/^Bearer +([^\\s]+) *$/i", "/Bearer +([^\\s]+)/i"),
    ],
  },

  federation: {
    "its mark of a forgery: %s": [
      mutant(PROVIDERS, "await verifySignature(provider, metadata, keys, tokens.id_token!)", '{ alg: "RS256" }'),
      mutant(PROVIDERS, 'await requireTokenHash(claims["at_hash"], tokens.access_token, alg);'),
      mutant(PROVIDERS, "claims.sub.length > MAX_SUBJECT", "false"),
    ],
    "a new key: the provider is asked once for its keys, and once only for one that it does not have": [
      mutant(PROVIDERS, "!(error instanceof errors.JWKSNoMatchingKey)", "true"),
    ],
    "in a browser that never left, as after a lure to an attacker's answer": [
      service(
        "login/federation-flow",
        "kept === undefined || state === null || (await hashToken(kept)) !== state",
        "kept === undefined",
      ),
    ],
    "with another state, or none": [
      service("login/federation-flow", " || state === null || (await hashToken(kept)) !== state"),
    ],
    "with the nonce of another visit": [
      mutant(
        PROVIDERS,
        "expectedNonce: flow.nonce",
        'expectedNonce: JSON.parse(atob((await response.clone().json<{ id_token: string }>()).id_token.split(".")[1]!)).nonce',
      ),
    ],
    "to another provider than it left for, or with the word of another issuer (mix-up)": [
      service("login/federation-flow", "flow.provider === provider && "),
      mutant(
        PROVIDERS,
        "oauth.validateAuthResponse(metadata, client, answer, flow.state)",
        'oauth.validateAuthResponse({ ...metadata, authorization_response_iss_parameter_supported: false, issuer: answer.get("iss") ?? metadata.issuer }, client, answer, flow.state)',
      ),
    ],
    "later than ten minutes": [service("login/federation-flow", " && flow.expiresAt > Date.now()")],
    "with a code that was used, or is another visit's, as the provider says": [
      mutant(
        PROVIDERS,
        'isJunk || cause instanceof AppError ? unavailable(cause) : new AppError("invalid_federation", { cause })',
        "unavailable(cause)",
      ),
    ],
    "a second time: the browser has forgotten what it left for": [
      mutant(
        "src/routes/federation.ts",
        '  forgetFlow(c);\n  if ("twoFactorRequired" in outcome)',
        '  if ("twoFactorRequired" in outcome)',
      ),
    ],
    "with the provider's own words for a failure: the front end gets a code of ours": [
      service(
        "login/federation-flow",
        'if (answer.get("error") === "access_denied") throw new AppError("federation_denied");',
      ),
    ],
    "that is not ours: %s": [
      mutant("src/http/return-to.ts", " && origins.includes(url.origin)"),
      mutant("src/http/return-to.ts", " && !url.username && !url.password"),
    ],
    "of an allowed origin is kept through the visit, and carries the answer behind the #": [
      mutant("src/http/return-to.ts", "url.hash = ", "url.search = "),
    ],
    "%s: nothing is asked of it": [
      mutant(PROVIDERS, '        await admitOutward(config, address ?? "");\n', "        void address;\n"),
    ],
    "%s when tokens are asked for: 503, and the same visit goes on later": [
      mutant(PROVIDERS, "!isWhole || status >= 500 || status === 429", "!isWhole"),
      mutant("src/routes/federation.ts", "const isTrouble = answer.status >= 500;", "const isTrouble = false;"),
      mutant("src/routes/federation.ts", ' && !c.req.header("Accept")?.includes("text/html")'),
    ],
    "is not at fault where our database is away: a browser is sent back all the same": [
      mutant("src/routes/federation.ts", "if (!isTrouble) forgetFlow(c);", "forgetFlow(c);"),
    ],
    "never answers does not keep the browser waiting for longer than its limit": [
      silencing(PROVIDERS, "const TIME_LIMIT_MS = 5_000;", "const TIME_LIMIT_MS = 120_000;"),
    ],
    "is misconfigured is named, without its values": [
      mutant(
        "src/platform/providers.ts",
        "      z.refine((list) => list.every(({ issuer }) => issuer !== undefined)),\n",
      ),
      mutant("src/platform/config.ts", "FEDERATION.every(({ id }) => FEDERATION_SECRETS?.[id])", "true"),
    ],
  },

  authority: {
    "giving every new account the actor's own permissions": [
      service("access/authority", "id = ${ROLE_OF_NEW_ACCOUNTS}::int and not holds_all", "false and not holds_all"),
    ],
    "granting a permission that the actor lacks, in a new role": [
      service("access/roles", "db.execute(mayGrant(actor, permissions))", `db.execute(${NOTHING})`),
    ],
    "emptying a role above one's own, extending one's own": [
      rule("assert_may_change_role", "IF NOT holds_all(permissions_of(actor), role.permissions) THEN", "IF false THEN"),
      service("access/roles", "db.execute(mayGrant(actor, change.permissions ?? []))", `db.execute(${NOTHING})`),
    ],
    "replacing a deleted role with a more powerful one": [
      service("access/roles", "db.execute(mayGrantRole(actor, replacementId))", `db.execute(${NOTHING})`),
    ],
    "inviting an account with more authority": [
      service("administration/users", "db.execute(mayGrantRole(actor, roleId))", `db.execute(${NOTHING})`),
    ],
    "promoting oneself, or acting on an account with more authority, by any route": [
      service("administration/sessions", "      allowed: db.execute(mayChangeUser(actor, userId)),\n"),
      service("administration/users", "db.execute(mayGrantRole(actor, change.roleId))", `db.execute(${NOTHING})`),
      rule(
        "assert_may_change_user",
        "IF NOT holds_all(permissions_of(actor), permissions_of(target)) THEN",
        "IF false THEN",
      ),
    ],
    "importing an account with more authority": [
      service("accounts/import", "where known and grantable and line", "where known and line"),
    ],
    "registering as an administrator": [EVERYONE_AN_ADMIN],
  },

  "brute-force": {
    "a sixth guess, at a known or an unknown address, even with the right password": [
      service("login/throttle", "freeFailures: 5,", "freeFailures: 50,"),
    ],
    "one address in many spellings": [
      mutant("src/routes/fields.ts", '.normalize("NFKC").toLowerCase().normalize("NFKC")', '.normalize("NFKC")'),
      service(
        "login/throttle",
        'platform.secrets.keyedHash("throttle-key", "email" in subject',
        'Promise.resolve("email" in subject',
      ),
    ],
    "100 guesses at the same instant": [NO_COUNT],
    "100 guesses waiting for the end of a lock": [NO_COUNT],
    "40 guesses at the current password at the same instant, by a thief of the session": [
      service("accounts/passwords", "if (account.reserved === null) throw tooManyAttempts(account.waitSeconds);"),
    ],
    "100 guesses released at the same instant, to use up hashing": [
      service("login/password", "if (attempt.reserved === null) {", "if (false) {"),
    ],
    "finding out who has an account from the growth of the waits": [
      service(
        "login/password",
        "const key = sql`select key from bucket`;",
        "const key = sql`select key from bucket where exists (select from account)`;",
      ),
    ],
    "locking the owner out of a known device": [
      service("login/password", "from account where device_is_known)", "from account where false)"),
    ],
    "keeping the owner's own device locked after a password reset or an administrator's unlock": [
      service("accounts/password-reset", ' or ${ofKnownDevices(id, ["password"])}'),
      service("administration/users", ' or ${ofKnownDevices(userId, ["password", "second_factor", "login_code"])}'),
      service("administration/users", '["password", "second_factor", "login_code"]', '["password"]'),
      service("login/throttle", "    where d.user_id = ${userId})`;", "    )`;"),
    ],
    "20 guesses at the same instant from a known device": [NO_COUNT],
    "passing as a known device with a forged, another account's or a forgotten token": [
      service(
        "login/known-devices",
        "where d.user_id = ${userId} and d.device = ${device.hash} and d.user_id = ${device.userId}::int)",
        "where d.device = ${device.hash})",
      ),
    ],
  },

  faults: {
    "%s answers 503, writes nothing, is tried once, and works the next time": [RETRIED_WRITES],
    "in the second trip of a login, no session was opened": [RETRIED_WRITES],
    "in the second trip of a password change, nothing has changed": [RETRIED_WRITES],
    "a read is retried once, and only once (%j)": [NO_RETRY],
    "and a login is refused, its history row may be lost, never the answer": [
      service(
        "login/password",
        '    refused(platform, attempt, { outcome: "failure", reason });',
        '    await platform.db.execute(recordLogin(platform, { outcome: "failure", reason, method: "pwd" }, attempt.userId));',
      ),
    ],
    "a write is not repeated: it happened once, completely (%j)": [RETRIED_WRITES],
    "a read is still answered (%j)": [NO_RETRY],
    "a logout that took effect stays in effect, and answers 200 when repeated": [RETRIED_WRITES],
    "a request gives up after 5 seconds, reads included, and answers 503": [
      mutant(CLIENT, "TIME_LIMIT_MS = 5_000", "TIME_LIMIT_MS = 12_000"),
    ],
    "names the failure, and contains no secret, address, statement or parameter": [
      mutant(
        "src/platform/log.ts",
        "`${error.name}(${code})` : error.name",
        "`${error.name}(${code})` : error.message",
      ),
    ],
  },

  "hostile-input": {
    "in a change of one's own account": [
      service(
        "accounts/profile",
        "locale = coalesce(${change.locale ?? null}, locale),",
        "locale = coalesce(${change.locale ?? null}, locale), is_verified = true,",
      ),
    ],
    "in a registration, an invitation or an import": [
      EVERYONE_AN_ADMIN,
      mutant("src/routes/admin.ts", "const Invitation = z.strictObject({", "const Invitation = z.object({"),
      mutant("src/routes/admin.ts", "const ImportedUser = z.strictObject({", "const ImportedUser = z.object({"),
    ],
    "in a change of somebody's account or of a role": [
      mutant("src/routes/admin.ts", "const UserChange = z.strictObject({", "const UserChange = z.object({"),
      mutant("src/routes/admin-fields.ts", "const NewRole = z.strictObject({", "const NewRole = z.object({"),
      mutant("src/routes/admin-fields.ts", "const RoleChange = z.strictObject({", "const RoleChange = z.object({"),
    ],
    "where a route takes no body at all": [
      service(
        "administration/users",
        '    change: sql`${clearAttempts(...keys)} or ${ofKnownDevices(userId, ["password", "second_factor", "login_code"])}`,',
        "    change: sql`update users set is_verified = not is_verified where id = ${userId}`,",
      ),
    ],
    "that would affect a later request": [
      mutant(
        "src/http/validate.ts",
        "(result) => {",
        "(result) => {\n      Object.defineProperty(Object.prototype, 'roleId', { value: 1, writable: true, configurable: true });",
      ),
    ],
    "a harmless role before or after the wanted one": [
      service("administration/users", "db.execute(mayGrantRole(actor, change.roleId))", `db.execute(${NOTHING})`),
    ],
    "two replacements of a role in a query": [
      mutant(
        "src/routes/roles.ts",
        "z.object({ replacementId: z.optional(RoleId) })",
        "z.object({ replacementId: z.pipe(z.transform((ids) => [ids].flat()[0]), z.optional(RoleId)) })",
      ),
    ],
    "%s instead of an object": [
      mutant(
        "src/http/validate.ts",
        'if (!result.success)\n        throw new AppError("validation_failed", { errors: result.error.issues.flatMap(toFieldErrors) });',
      ),
    ],
  },

  "one-time-tokens": {
    "a reset link twenty times at the same instant": [USED_LINKS],
    "a reset with a link that is expired, of another kind, or forged": [
      service("accounts/password-reset", "and t.expires_at > now() and", " and"),
      service(
        "accounts/password-reset",
        "where t.token = ${tokenHash} and t.purpose = any(${sql.param(purposes)}::text[]) and",
        "where t.token = ${tokenHash} and",
      ),
    ],
    "a session or a link from before a reset": [
      service(
        "accounts/password-reset",
        'db.execute(revokeSessions("password_reset", sql`user_id = ${id} and ${done}`))',
        `db.execute(${NOTHING})`,
      ),
      service(
        "accounts/password-reset",
        "db.execute(killOneTimeTokens(sql`user_id = ${id} and ${done}`))",
        `db.execute(${NOTHING})`,
      ),
    ],
    "a confirmation link twenty times at the same instant": [USED_LINKS],
    "a change of address confirmed and cancelled at the same instant": [
      service(
        "accounts/email-change",
        'if (!cancelled) throw new AppError("invalid_link");',
        "if (!cancelled) return;",
      ),
    ],
    "proving an address with a link that was mailed to another": [
      service("accounts/one-time-tokens", "coalesce(t.payload ->> 'email', u.email) = u.email", "true"),
    ],
    "a one-time token of another purpose, at every route that takes one": [
      service("login/denial", "and purpose = 'deny_login' "),
      service("login/challenge", " and t.purpose = 'login_challenge'"),
    ],
    "a link built from the attacker's Host header": [
      service("accounts/one-time-tokens", "config.APP_URL || config.ISSUER", '"http://evil.example"'),
    ],
  },

  passwords: {
    "asking who has an account by the kind of its hash": [
      service("login/stand-in", "select substring(u.password_hash from ${HASH_PARAMETERS})", "select null"),
      mutant("src/crypto/stored-hash.ts", "(m|ln)=", "m="),
    ],
    "asking who has an account by the time that a check says it took": [
      mutant("src/http/log.ts", 'checksPassword ? "hash" :', 'checksPassword && false ? "hash" :'),
    ],
    "finding out who has an account from the bytes of a refusal": [
      service(
        "login/password",
        "    const reason =\n",
        '    if (attempt.isActive === false) throw new AppError("too_many_attempts");\n    const reason =\n',
      ),
    ],
    "finding out who has an account from the work of a refusal": [
      service(
        "login/password",
        "const matches = await verify(",
        "const matches = attempt.passwordHash !== null && await verify(",
      ),
    ],
    "a malformed stored hash: %j": [
      mutant(
        "src/crypto/password-hash.ts",
        "if (stored === undefined) return false;",
        "if (stored === undefined) return storedHash === password;",
      ),
    ],
    "the old password, when its hash is renewed at the same instant as the password changes": [
      service("login/password", "and password_hash = ${verifiedHash} and is_active", "and is_active"),
    ],
    "changing the password with a stolen session, without the current one": [
      service(
        "accounts/passwords",
        '(await verify(platform, { password, storedHash: passwordHash, throttle, patience: "known" }))',
        "true",
      ),
    ],
    "two changes at the same instant, so that both would count": [
      service(
        "accounts/passwords",
        "where id = ${userId} and password_hash = ${account.passwordHash}`",
        "where id = ${userId}`",
      ),
    ],
    "finding out who has an account from a forgotten password": [
      service(
        "accounts/password-reset",
        "  await platform.enqueue(",
        '  const { rows } = await platform.db.execute(sql`select from users where email = ${email}`);\n  if (rows.length === 0) throw new AppError("rate_limited");\n  await platform.enqueue(',
      ),
    ],
    "an account that exists from the start": [
      mutant(
        "drizzle/0001_rules.sql",
        "ON CONFLICT (id) DO NOTHING;\n",
        "ON CONFLICT (id) DO NOTHING;\nINSERT INTO users (email, password_hash, prenom, nom, role_id) VALUES ('admin@example.com', 'none', 'Ada', 'Min', 1);\n",
      ),
    ],
  },

  races: {
    "an address change by a stolen session and the reset that ends it": [NO_LOCK, ASKED_BEFORE_THE_LOCK],
    "an address change by a stolen session and the password change that ends it": [NO_LOCK, ASKED_BEFORE_THE_LOCK],
    "a login with the password alone, and turning on the second factor that it would skip": [NO_LOCK_WITHOUT_A_SESSION],
    "%s and the loss of the role's permissions": [service("sessions/session", "    now: input.issuedAt,\n")],
    "turning on a second factor and ending the other sessions, after a logout": [
      service("sessions/devices", "sql`session_id <> ${sessionId}::uuid`", "sql`true`"),
    ],
    "a proof by recovery code and new recovery codes, after a refresh": [
      service(
        "factors/recovery-codes",
        "dropped: recoveryCodes.remove(userId, done),",
        "dropped: sql`select 1 where ${done}`,",
      ),
    ],
    "an import and the first login with an identity of %s": [
      service("accounts/import", "[platform.db.execute(takeTurnsWithAll(shown))]", "[]"),
    ],
    "two confirmations, each of the other account's present address": [
      service("accounts/email-change", "sql`u.id in (${owner}, ${holderId})`", "ownerOfToken(tokenHash)"),
    ],
    "parallel logins and refreshes end in order: no deadlock, and no answer but those documented": [
      rule("rotate_session", "shown_generation + 1 AND session.rotated_at > now() - grace THEN", "-1 THEN"),
    ],
    "every parallel use of one refresh token is answered with the same successor": [
      rule("rotate_session", "outcome := 'repeated';", "outcome := 'refused';"),
    ],
  },

  "refresh-tokens": {
    "a forged one: cut, glued, of another session's MAC, of the next generation, of another secret, of any other character":
      [
        mutant(
          "src/crypto/refresh-token.ts",
          'return (await secrets.verifyMac("refresh-token", header, mac)) ? decodeHeader(header) : undefined;',
          "return decodeHeader(header);",
        ),
      ],
    "one that was used long ago, as a thief would use it": [
      rule("rotate_session", " AND session.rotated_at > now() - grace THEN", " THEN"),
    ],
    "one from two generations back, within the grace of the last": [
      rule("rotate_session", "session.generation = shown_generation + 1", "session.generation > shown_generation"),
    ],
    "one that was used long ago, twenty times at the same instant": [
      rule(
        "rotate_session",
        "session.revoked_at IS NOT NULL OR session.expires_at <= now()",
        "session.expires_at <= now()",
      ),
    ],
    "a used one and the newest one at the same instant": [
      rule("rotate_session", "ELSIF outcome = 'reused' THEN", "ELSIF outcome = 'never' THEN"),
    ],
    "one of a session that is %s": [
      rule("rotate_session", "session.revoked_at IS NOT NULL OR session.expires_at <= now()", "false"),
      rule("rotate_session", " AND u.is_active AND u.deleted_at IS NULL"),
    ],
    "a refresh at the same instant as the logout": [
      rule(
        "rotate_session",
        "session.revoked_at IS NOT NULL OR session.expires_at <= now()",
        "session.expires_at <= now()",
      ),
    ],
  },

  revocation: {
    "logging in with the old password at the same instant as its change": [
      service(
        "accounts/passwords",
        "session_id <> ${actor.sessionId}::uuid and ${changed}`",
        "session_id <> ${actor.sessionId}::uuid and false`",
      ),
    ],
    "changing the password with a session that ends meanwhile": [ANY_SESSION_ASSERTED],
    "a token that still claims a role that was taken away": [
      rule("assert_session", "IF NOT has_permission(granted, needed_permission) THEN", "IF false THEN"),
    ],
    "a token, a refresh token or a link of a disabled account": [
      service(
        "administration/users",
        'db.execute(revokeSessions("account_disabled", sql`user_id = ${userId} and ${disabled}`))',
        `db.execute(${NOTHING})`,
      ),
      service(
        "administration/users",
        "db.execute(killOneTimeTokens(sql`user_id = ${userId} and (${disabled} or ${readdressed})`))",
        `db.execute(${NOTHING})`,
      ),
    ],
    "logging in while a change, a disabling or a deletion is not yet committed": [NO_LOCK_WITHOUT_A_SESSION],
    "confirming one's own login, as its thief would": [
      service("login/answer", "or n.data->>'sessionId' <> ${actor.sessionId})", "or true)"),
    ],
  },

  factors: {
    "by a route missing from the table of changes": [
      mutant("src/routes/security.ts", '"/2fa/recovery-codes"', '"/2fa/codes"'),
    ],
    "from every way in, with %s on": [
      rule("assert_may_change_factors", "NOT session.methods && ARRAY[", "NOT '{pwd}' && ARRAY['pwd', "),
      rule("assert_may_change_factors", "'recovery_code']", "'recovery_code', 'email']"),
      rule("assert_may_change_factors", ", 'recovery_code']", "]"),
      rule("assert_may_change_factors", "'hwk', 'swk', 'user', "),
      rule(
        "assert_may_change_factors",
        "OR EXISTS (SELECT FROM passkeys passkey WHERE passkey.user_id = session.user_id)",
      ),
    ],
    "with the mailbox alone, one change after another, in order to administer": [
      mutant(
        "src/routes/security.ts",
        'requireSession(changingFactors),\n    validate("param", MethodParam)',
        'requireSession({ fresh: true }),\n    validate("param", MethodParam)',
      ),
      mutant(
        "src/routes/security.ts",
        '"/2fa/recovery-codes", limit("default"), requireSession(changingFactors)',
        '"/2fa/recovery-codes", limit("default"), requireSession({ fresh: true })',
      ),
    ],
  },

  mailbox: {
    "keeping access after the owner has proven the mailbox by %s": [
      rule("users_mailbox_proven", "WHERE user_id = NEW.id AND revoked_at IS NULL AND", "WHERE false AND"),
      rule("users_mailbox_proven", "known_devices WHERE user_id = NEW.id AND", "known_devices WHERE false AND"),
      rule("users_mailbox_proven", "DELETE FROM recovery_codes WHERE user_id = NEW.id;"),
      rule("users_mailbox_proven", "DELETE FROM two_factor_methods WHERE user_id = NEW.id;"),
      rule("users_mailbox_proven", "DELETE FROM passkeys WHERE user_id = NEW.id;"),
      endsNothing('"account.proven": { by: "owner", action: null, ends: true, webhook: "sessions" }'),
      endsNothing('"password.reset": { by: "owner", notice: "password_reset", ends: true, webhook: "sessions" }'),
    ],
    "keeping the password when REGISTRATION=verified requires a proof": [
      service("accounts/email-verification", "sql`${wasMailedToOwner} and ${shown}`", "wasMailedToOwner"),
    ],
    "a link whose owner opens it without choosing a password or showing a session": [
      service("accounts/email-verification", "s.user_id = t.user_id and "),
      service("accounts/email-verification", "s.revoked_at is null and "),
    ],
    "nobody, if there was no stranger: an owner who proves it from the session keeps that session and the factors, and no other":
      [
        rule("users_mailbox_proven", "session_id IS DISTINCT FROM proving.session_id", "true"),
        rule("users_mailbox_proven", "device IS DISTINCT FROM proving.device", "true"),
        rule("users_mailbox_proven", "  IF proving.session_id IS NULL AND OLD", "  IF OLD"),
        rule("users_mailbox_proven", "WHERE user_id = NEW.id AND revoked_at IS NULL AND", "WHERE false AND"),
        service("accounts/email-verification", "facts: { ...(sessionId && { exceptSessionId: sessionId }) },"),
        endsNothing('"email.verified": { by: "owner", ends: true, webhook: "sessions" }'),
      ],
    "a mailbox alone, to take over the authenticator of somebody with a role": [
      rule("users_mailbox_proven", " AND OLD.role_id = 0"),
      rule("users_mailbox_proven", "SET signs_in = false", "SET signs_in = true"),
    ],
    "a session named by somebody else, to outlive the proof": [
      rule("users_mailbox_proven", "AND session.user_id = NEW.id AND", "AND"),
    ],
  },

  "second-factor": {
    "the code of a phone that is ahead, again when the clock has caught up": [
      service("factors/totp", "set last_used_step = ${step}::bigint, updated_at", "set updated_at"),
    ],
    "a code of an older or a later time step": [
      mutant(
        "src/crypto/totp.ts",
        "of [present - 1, present, present + 1])",
        "of [present - 2, present - 1, present, present + 1, present + 2])",
      ),
    ],
    "a used code, in the same login or another": [
      service("factors/totp", "set last_used_step = ${step}::bigint, updated_at", "set updated_at"),
    ],
    "a code in eight logins at the same instant": [
      service("factors/totp", "and coalesce(m.last_used_step, -1) < ${step}::bigint and", "and"),
    ],
    "a challenge with five good codes at the same instant": [
      service("login/challenge", "and t.used_at is null and t.expires_at > now()`", "and t.expires_at > now()`"),
    ],
    "a recovery code in ten logins at the same instant": [
      service(
        "factors/recovery-codes",
        "c.code = ${found} and c.used_at is null and ${gate}",
        "c.code = ${found} and ${gate}",
      ),
    ],
    "twenty guesses at a challenge at the same instant": [
      service(
        "login/second-step",
        'and t.attempts < ${CHALLENGE_TRIES}::int\n    ), reserved as (${reserveAttempt(key, "second_factor")})',
        '\n    ), reserved as (${reserveAttempt(key, "second_factor")})',
      ),
    ],
    "guesses spread over many challenges": [service("login/throttle", "freeFailures: 10,", "freeFailures: 100,")],
    "a challenge that has expired, or from before a password change": [
      service("login/challenge", "and t.used_at is null and t.expires_at > now()`", "and t.used_at is null`"),
      service(
        "accounts/passwords",
        "db.execute(killOneTimeTokens(sql`user_id = ${userId} and ${changed}`))",
        `db.execute(${NOTHING})`,
      ),
    ],
    "an e-mail code with another challenge, or ten minutes late": [
      service("factors/email-code", "Date.parse(sent.expiresAt) <= Date.now() || ", ""),
    ],
    "every flow that proves the password or the mailbox: login, cookie, reset, proof and change of the address": [
      FACTOR_ENDS_WITH_RESET,
      service("login/password", "if (offered(offers).length > 0 || risks.length > 0) {", "if (false) {"),
    ],
    "an invitation to an account that has a second factor by then": [FACTOR_ENDS_WITH_RESET],
    "an administrator's token from before the authenticator was turned off": [
      service(
        "factors/enrolment",
        'grade.administers ? "totp.disabled" : "two_factor.disabled"',
        '"two_factor.disabled"',
      ),
      service(
        "sessions/token-verification",
        "usablePermissions(platform, held, amr)",
        "usablePermissions(platform, held, claims.amr)",
      ),
    ],
    "a refresh, to appear more strongly or more recently authenticated than the login was": [
      rule(
        "rotate_session",
        "rotated_at = now(), last_used_at = now(),",
        "rotated_at = now(), last_used_at = now(), authenticated_at = now(),",
      ),
    ],
  },

  "secrets-and-logs": {
    "finds %s in a column": [
      mutant("test/support/leak-search.ts", '    encoded,\n    encoded.replaceAll("+", "-").replaceAll("/", "_"),\n'),
      mutant(
        "test/support/leak-search.ts",
        '    Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),\n',
      ),
      ...["password", "token", "refreshToken", "deviceToken", "ticket", "secret", "recoveryCodes"].map((field) =>
        mutant("test/support/secrets-seen.ts", `  "${field}",\n`),
      ),
      mutant("test/support/secrets-seen.ts", '["AUTH_SECRET", "DATABASE_URL", "RESEND_API_KEY"]', '["DATABASE_URL"]'),
      mutant(
        "src/platform/log.ts",
        "time: new Date().toISOString(),",
        'time: new Date().toISOString(), ip: "192.0.2.1",',
      ),
      mutant("src/crypto/one-time-token.ts", "return encodeBase64url(new Uint8Array(digest));", "return token;"),
    ],
    "finds one in a key, a value and the metadata of KV": [
      mutant("test/support/stores.ts", '[name, values.get(name) ?? "", JSON.stringify(metadata ?? "")]', "[]"),
    ],
    "finds one in an object's storage, in its tables, and in the attachment of a hibernating socket": [
      mutant("test/support/stores.ts", "        [...(await state.storage.list())],\n"),
      mutant("test/support/stores.ts", 'exec(`select * from "${name}"`)', "exec(`select 1`)"),
      mutant(
        "test/support/stores.ts",
        "        state.getWebSockets().map((socket) => socket.deserializeAttachment()),\n",
      ),
    ],
    "finds one in the log, and the address of a person or a device there": [
      mutant("test/support/leak-scan.ts", "= recordLog();", "= () => undefined;"),
      mutant(
        "test/support/leak-scan.ts",
        "const addresses = search(new Map([...personalIn(database), ...addressesSeen]), [kv, log]);",
        "const addresses: typeof secrets = [];",
      ),
    ],
    "finds an address, a telephone number and a hash there that no request of the tests had": [
      mutant("test/support/leak-scan.ts", "...personalIn(database), "),
    ],
    "with JSON in a request id, a user agent, a path, a country or a password": [
      mutant(
        "src/http/client.ts",
        "return given && SANE_REQUEST_ID.test(given) ? given : crypto.randomUUID();",
        "return given ?? crypto.randomUUID();",
      ),
    ],
  },

  sockets: {
    "from a page of another origin": [
      mutant(
        "src/http/upgrade.ts",
        "if (origin !== undefined && !isAllowedOrigin(c.var.platform.config, origin)) {",
        "if (false) {",
      ),
    ],
    "with credentials in the URL": [
      mutant(
        "src/http/upgrade.ts",
        '(c.req.header("Sec-WebSocket-Protocol") ?? "")',
        '(c.req.header("Sec-WebSocket-Protocol") ?? `${PROTOCOL},ticket.${c.req.query("ticket")}`)',
      ),
    ],
    "with one ticket twenty times at the same instant": [
      service("sessions/sockets", "and t.used_at is null and t.expires_at > now()", "and t.expires_at > now()"),
    ],
    "with a ticket that is expired, forged, or of an ended session": [
      service("sessions/sockets", "and t.used_at is null and t.expires_at > now()", "and t.used_at is null"),
      service("sessions/sockets", "        and s.revoked_at is null and s.expires_at > now()\n"),
    ],
    "with a one-time token of another purpose": [service("sessions/sockets", " and t.purpose = 'ws_ticket'")],
    "with a stolen ticket plus one's own token, to read another's notifications": [
      service("sessions/sockets", "        and s.session_id = coalesce(${sessionId ?? null}::uuid, s.session_id)\n"),
    ],
    "by a session that ends at the same moment": [
      silencing(
        "src/hub/delivery.ts",
        "if (!live.has(sessionId)) close(socket, CLOSE.sessionOver);\n    else if",
        "if",
      ),
    ],
    "with a token that belongs to another session or user, is altered, or is of another kind": [
      silencing("src/hub/hub.ts", "if (Number(sub) !== userId || sid !== sessionId) return", "if (false) return"),
    ],
    "to keep receiving after the session or the account has ended, when the hub wasn't told": [
      silencing("src/services/events/notifications.ts", " and u.is_active and u.deleted_at is null`", "`"),
      silencing("src/services/events/notifications.ts", "and s.revoked_at is null and s.expires_at > now() and", "and"),
    ],
    "to keep acting after the session has ended": [
      silencing(
        "src/services/events/notifications.ts",
        "await asActor(\n    platform,\n    { userId, sessionId },\n    {",
        "await platform.db.batch(\n    {",
      ),
    ],
    "to mark the notifications of another user as read": [
      service(
        "events/notifications",
        "where user_id = ${userId} and read_at is null and ${which}",
        "where read_at is null and ${which}",
      ),
    ],
  },

  web: {
    "a request with the cookie from %s": [
      mutant(
        "src/http/refresh-cookie.ts",
        'if (!isAllowedOrigin(c.var.platform.config, c.req.header("Origin") ?? ""))',
        "if (false)",
      ),
    ],
    "the cookie alone, or under a name that another host could set": [
      mutant(
        "src/http/refresh-cookie.ts",
        'const refreshToken = getCookie(c, NAME, "host");',
        'const refreshToken = getCookie(c, NAME, "host") ?? getCookie(c, NAME);',
      ),
    ],
    "credentials in a query string": [
      mutant(
        "src/http/guards.ts",
        'bearerToken(c.req.header("Authorization"))',
        'bearerToken(c.req.header("Authorization") ?? `Bearer ${c.req.query("token")}`)',
      ),
    ],
    "a second recipient through a list, a display name or a line break in an address": [
      mutant("src/routes/fields.ts", "|| !LOCAL_PART.test(localPart) "),
    ],
    "echoing a request with its headers, by TRACE": [
      mutant(
        "src/http/unmatched.ts",
        "  return function unmatched(c) {\n",
        '  return function unmatched(c) {\n    if (c.req.method === "TRACE") return c.text([...c.req.raw.headers].join("\\n"));\n',
      ),
    ],
  },
  floods: {
    "every kind of mail has a row here": [service("events/mail-cap", "  invitation: 9,\n")],
    "%s, requested by many clients, in parallel and every minute": [
      service("events/mail-cap", "exists (select from counted) or", "true or"),
    ],
    "start one after the other, and requests that would wait too long are refused": [
      mutant("src/platform/hash-turns.ts", "return nextAt - now > PATIENCE[patience];", "return false;"),
      mutant("src/platform/hash-turns.ts", "PATIENCE[patience]", "PATIENCE.known"),
    ],
    "leave as much time to others as they take, on a slow machine too": [
      mutant("src/platform/hash-turns.ts", "Math.min(2 * hashMs *", "Math.min(50 *"),
      mutant("src/platform/hash-turns.ts", "1.5 * hashMs, "),
      mutant("src/platform/hash-turns.ts", "milliseconds / Math.max(runs, 1)", "milliseconds"),
    ],
    "that would find no turn are refused before anything is counted or read, and somebody can be told": [
      mutant("src/routes/auth.ts", 'requireHashRoom, limit("login")', 'limit("login")'),
      mutant("src/routes/auth.ts", 'requireHashRoom, limit("register")', 'limit("register")'),
      mutant("src/http/hash-room.ts", '    platform.log("hash_turn_refused", { runs: null });\n'),
      mutant(
        "src/http/hash-room.ts",
        "(await readDevice(c.var.platform, token)).userId !== null",
        "token !== undefined",
      ),
    ],
    "of owners on their devices, and of who is signed in, take turns that strangers can't fill": [
      mutant("src/http/hash-room.ts", "(await readDevice(c.var.platform, token)).userId !== null", "false"),
      service("login/password", 'attempt.deviceIsKnown ? "known" : "stranger"', '"stranger"'),
      service("sessions/reauthentication", 'patience: "known"', 'patience: "stranger"'),
    ],
    "whose turn was taken on the way are refused too, logged, and the attempt is given back": [
      service("accounts/passwords", '  log("hash_turn_refused", { runs: turn.runs });\n'),
      service(
        "accounts/passwords",
        "if (error instanceof AppError) platform.defer(platform.db.execute(returnAttempt(throttle)));\n    throw error;",
        "throw error;",
      ),
    ],
    "find a turn that became free while they stayed at the door": [
      mutant(
        "src/platform/hash-turns.ts",
        "await sleep(DOOR_MS / scale);\n  return !isCrowded(Date.now(), patience);",
        "return false;",
      ),
    ],
    "a lock on each of the many holders of a deleted role": [
      service("access/role-removal", "order by id limit ${MOVED_AT_ONCE}::int", "order by id"),
      service("access/role-removal", "await platform.enqueue(job, id);", ""),
      service("events/jobs", 'return type === "event";', "return true;"),
    ],
    "more expired rows than one run removes": [
      service(
        "accounts/retention",
        "if (last === rule.batch) await platform.enqueue",
        "if (false) await platform.enqueue",
      ),
    ],
    "all kinds together, at the same instant and for an hour": [
      service("events/mail-cap", "exists (select from counted) or", "true or"),
    ],
    "two consumers at the same instant, for accounts that share an address": [
      service("events/mail-cap", "select pg_advisory_xact_lock(hashtext('mail_counts'), address)", "select address"),
    ],
    "notices: one per minute and kind is mailed, and each appears in the application": [
      service("events/mails", "kind: notice, hourly", "kind: `${notice}${key.slice(0, 8)}`, hourly"),
    ],
    "a stranger who uses up an address's mail limit, so that its owner can't reset the password": [
      service(
        "events/mail-cap",
        "case when ${byOwner} then ${MAILS_AN_HOUR_IN_ALL}::int else ${MAILS_AN_HOUR.reset_password}::int end",
        "${MAILS_AN_HOUR.reset_password}::int",
      ),
      service(
        "events/mail-cap",
        "case when ${byOwner} then ${MAILS_AN_HOUR_IN_ALL}::int else ${MAILS_AN_HOUR.reset_password}::int end",
        "${MAILS_AN_HOUR_IN_ALL}::int",
      ),
    ],
    "one account that mails many strangers by changing its address": [
      service(
        "accounts/email-change",
        '${reserveAttempt(sql`select ${ownKey} as key from free`, "email_change")}',
        "select 1 from free",
      ),
    ],
    "at most thirty of a kind per hour; a further act is refused": [
      rule("audit_logs_bounded", "OFFSET 29", "OFFSET 99"),
    ],
    "are not spent on a refused new password, which doesn't count as a guess": [
      service(
        "accounts/passwords",
        "platform.defer(platform.db.execute(returnAttempt(throttle)));\n    throw refusal;",
        "throw refusal;",
      ),
    ],
    "one client that uses another /64 of its /48 for each request": [
      mutant("src/http/rate-limit.ts", "NETWORK_BURST = 60", "NETWORK_BURST = 600"),
    ],
    "a history row for every attempt during a wait": [
      service("login/history", " and refused_at is null returning id", " returning id"),
    ],
    "tickets and challenges kept for as long as links": [
      service(
        "accounts/retention",
        "'login_challenge') and expires_at < now() - interval '1 hour'",
        "'login_challenge') and expires_at < now() - interval '7 days'",
      ),
    ],
  },
  "jobs/outbox": {
    "%s happens, and is seen once, when the isolate dies after the commit": [
      service("events/outbox", "rows.map(({ id, job }) => platform.enqueue(job, id))", "[]"),
    ],
    "%s happens, and is seen once, when nothing fails": [
      service("events/outbox", "delete from outbox where id", "delete from outbox where false and id"),
    ],
    "%s happens, and is seen once, when the message is delivered twice": [
      service("events/mail-round", "key: draft.key });", "key: crypto.randomUUID() });"),
    ],
    "is sent by the sweep: the moving of a deleted role's accounts, each once": [
      service(
        "access/role-removal",
        "jsonb_build_object('type', 'role_removal', 'roleId', id) from roles where id = ${roleId}",
        "jsonb_build_object('type', 'role_removal', 'roleId', id) from roles where false and id = ${roleId}",
      ),
    ],
    "is sent by the sweep: an administrator's message to many, once": [
      service("events/happened", " || changesAuthority || starts;", " || changesAuthority;"),
    ],
  },
  "jobs/mail": {
    "sends one mail by the EMAIL binding, which has no idempotency key, in parallel deliveries too": [
      service("events/mail-round", "case when exists (select from claimed) then 'here'", "case when true then 'here'"),
      service("events/mail-round", "set sent_at = now(), updated_at = now() where", "set updated_at = now() where"),
    ],
    "$of, by $provider: $trips": [
      service(
        "events/mail-round",
        "    return async () => answers;",
        "    return (at) => prepare(platform, drafted[at]!);",
      ),
    ],
    "are more where the database refuses one of them, and the other nine are sent": [
      service("events/mail-round", "if (!databaseFailure(error)?.sqlState) throw error;", "throw error;"),
    ],
  },
  "websocket/delivery": {
    "tells a socket of an event once, however often the hub hears of it, also after it was evicted": [
      mutant("src/hub/hub.ts", "    if (told.includes(eventId)) return false;\n"),
    ],
  },
};
