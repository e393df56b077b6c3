/** Mutants of rules whose tests are not attacks: by the test's path and title, as in mutants.ts. */
import { mutant, rule, service, type Mutant } from "./mutants.ts";

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
  "admin/roles": {
    "takes effect at once for all, however many, while the queue still moves them": [
      service("access/held-role", "coalesce(stored.replacement_id, stored.id)", "stored.id"),
      rule("rotate_session", "coalesce(held.replacement_id, held.id)", "held.id"),
      service("access/role-removal", "set name = '#' || id, permissions = '[]',", "set permissions = '[]',"),
    ],
  },
  "admin/statistics": {
    "totals exactly what exists after any acts, however time passes (seed %i)": [
      rule("note_uncounted_account", "UPDATE OF is_active, deleted_at ON users", "UPDATE OF is_active ON users"),
      rule("note_uncounted_account", "WHEN (OLD.confirmed_at IS NOT NULL)", "WHEN (OLD.confirmed_at IS NULL)"),
      rule("note_uncounted_account", "AFTER INSERT OR DELETE ON passkeys", "AFTER INSERT ON passkeys"),
      rule("note_uncounted_session", "AFTER UPDATE OF expires_at, revoked_at ON", "AFTER UPDATE OF revoked_at ON"),
      rule("note_uncounted_session", "IF TG_OP <> 'INSERT' AND OLD.revoked_at IS NULL THEN", "IF false THEN"),
    ],
    "counts a bounded part at a look, says when it was complete, and all by night": [
      rule("count_totals", "LIMIT 500", "LIMIT 5000"),
      rule("count_totals", " AND (complete OR totals IS NULL)"),
      service("accounts/retention", "if (rows[0]!.complete) return;", "return;"),
    ],
    "recounts no whole table: each statement touches what has changed alone": [
      rule(
        "count_totals",
        "FROM unnest(slices) AS counted(slice)",
        "FROM (SELECT DISTINCT id / 1000 FROM users) AS counted(slice)",
      ),
    ],
  },
  "admin/told": {
    "the catalogue marks every notice that names an administrator as an administrator's act": [
      service(
        "events/notice-texts",
        'can no longer be used to sign in.",\n    },\n    advice: ASK_US,\n    byAdministrator: true,\n',
        'can no longer be used to sign in.",\n    },\n    advice: ASK_US,\n',
      ),
    ],
    "no mail or notice of an administrator's act has facts about the administrator, or advice that can't be followed": [
      service(
        "events/happened",
        '(isTold && by !== "administrator" && { client: caller })',
        "(isTold && { client: caller })",
      ),
    ],
  },
  "admin/users": {
    "changes names, role and state in one trip, tells the owner, and audits the old and new values of what changed": [
      service(
        "administration/user-change",
        "is_active = coalesce(${change.isActive ?? null}::boolean, is_active),",
        "is_active = false,",
      ),
    ],
  },
  "auth/password-rules": {
    "refuse common passwords, in any case": [
      service("accounts/password-rules", " || isListed(password, await platform.commonPasswords())"),
    ],
    "that %s lets passwords through, says so in the log, and leaves the most common ones refused": [
      mutant("src/platform/assets.ts", '    logEvent("common_list_failed", {}, error);\n'),
      mutant("src/platform/assets.ts", "    if (!file.ok) throw new Error(`HTTP ${file.status}`);\n"),
    ],
    "is read once by an isolate, and again if that failed": [
      mutant("src/platform/assets.ts", "      kept.set(path, text);\n"),
    ],
  },
  "auth/refresh": {
    "takes a token %i generations from the future for a theft, and ends the session": [
      rule(
        "rotate_session",
        "session.generation = shown_generation THEN",
        "session.generation <= shown_generation THEN",
      ),
    ],
    "accepts no forgery of any generation, at refresh or logout, in the grace or after it": [
      rule("rotate_session", "NOT of_present_secret AND session.token <> shown_token AND", "false AND"),
      service("sessions/logout", "if (await isOfPresentSecret(secrets, token)) return [session];", "return [session];"),
    ],
    "knows the token that it replaced last: valid again in the grace, a theft after it, and valid for a logout": [
      rule("rotate_session", " AND session.previous_token IS DISTINCT FROM shown_token"),
      service("sessions/logout", " or previous_token = ${tokenHash}"),
    ],
    "continues with either successor, if the answer under the other secret was lost or reached another tab": [
      rule("rotate_session", "ELSIF outcome = 'repeated' AND session.token <> successor THEN", "ELSIF false THEN"),
    ],
  },
  "admin/import": {
    "refuses a hash whose check costs more than bcrypt with cost 12": [
      mutant("src/crypto/stored-hash.ts", "const IMPORTABLE_RUNS = 9;", "const IMPORTABLE_RUNS = 36;"),
      mutant("src/crypto/stored-hash.ts", "const SCRYPT_32_MIB_RUNS = 3;", "const SCRYPT_32_MIB_RUNS = 1;"),
    ],
    "takes identities instead of a hash or beside it, which then sign in through their provider": [
      service("accounts/import", "where i.id is not null or s.place > 1", "where s.place > 1"),
      service("accounts/import", "where i.id is not null or s.place > 1", "where i.id is not null"),
      service("accounts/import", "passwordHash === undefined && identities.length === 0", "false"),
      service("login/federated", " and u.deleted_at is not null and ${which}", " and false and ${which}"),
    ],
  },
  "auth/email-code": {
    "is good only with the request that it was mailed for": [
      service("login/login-code", 'codeOfHash(await secrets.keyedHash("login-code", id))', '"123456"'),
    ],
    "is over after ten minutes, five wrong tries, a new password, or its account's end": [
      service("login/login-code", "and t.attempts < ${TRIES}::int and", "and"),
      service("accounts/one-time-tokens", "sql`coalesce(t.payload ->> 'email', u.email) = u.email`", "sql`true`"),
    ],
    "stands 100 guesses at once: five are checked, and the address then waits, known or not": [
      service("login/login-code", '${reserveAttempt(key, "second_factor")}', "select 1 as failures"),
    ],
    "the request is a cookie that no script and no other site reads": [
      mutant("src/http/refresh-cookie.ts", "if (inBody === undefined && token !== undefined) requireAllowedOrigin(c);"),
    ],
    "a scanner that opens, posts and runs every link signs nobody in and uses nothing up, nor does a forwarded one": [
      service("login/login-code", "t.token = ${tokenHash} and t.purpose = 'login_code'", "t.purpose = 'login_code'"),
    ],
    "a second factor that is on is asked for, and another code by mail is none": [
      service("login/second-step", 'notShown(attempt.states, payload.first ?? ["pwd"])', "attempt.states"),
      service("login/code-mail", "        and not coalesce(t.payload -> 'first' ? 'email', false)\n"),
    ],
    "leaves nothing to whoever registered the address before its owner": [
      service(
        "login/login-code",
        "password_hash = case when u.proof_due_at = 'infinity' then u.password_hash end",
        "password_hash = u.password_hash",
      ),
    ],
    "keeps the password where an administrator had replaced a proven address": [
      service("login/login-code", "case when u.proof_due_at = 'infinity' then u.password_hash end", "null"),
    ],
  },
  "auth/federated": {
    "is never taken over where %s": [
      service(
        "login/federated",
        "u.is_active and u.is_verified and ${isProven}::boolean",
        "u.is_active and ${isProven}::boolean",
      ),
      service(
        "login/federated",
        "email !== undefined && emailVerified && vouchesFor(provider, email)",
        "email !== undefined && vouchesFor(provider, email)",
      ),
    ],
    "is never taken over by a provider that is not trusted for its domain": [
      service("login/federated", " && vouchesFor(provider, email)"),
    ],
    "takes a trip to leave and one to come back, then it signs in to that account in one": [
      service(
        "accounts/identities",
        "values (${userId}, ${provider.issuer}, ${subject},",
        "values (${userId}, ${provider.issuer}, ${email ?? ''},",
      ),
    ],
    "again changes nothing, and an identity without an address is linked too": [
      service("accounts/identities", "exists (select from linked)", "true"),
    ],
    "needs a session that has just signed in, on leaving and on coming back": [
      mutant("src/routes/federation.ts", "{ ...flow.session, fresh: true }", "flow.session"),
      mutant("src/routes/federation.ts", "toAppError(error).code", "(error as AppError).code"),
    ],
    "ends when anybody signs in with the browser that left, in whatever way": [
      mutant("src/http/refresh-cookie.ts", "if (keptFlow(c) !== undefined) forgetFlow(c);"),
    ],
    "ends with the session that began it, whoever has signed in since": [
      service("accounts/identities", "      db.execute(assertSession(platform, actor)),\n"),
    ],
    "takes no identity from another account, and frees that of a deleted one": [
      service("accounts/identities", "!owned.rows[0]?.isOwn", "!owned.rows[0]"),
      service("login/federated", " and u.deleted_at is not null and ${which}", " and ${which}"),
      service("login/federated", " and u.deleted_at is not null and ${which}", " and false and ${which}"),
    ],
    "cannot be finished in another browser, nor by what another account or a login left for": [
      service("login/federation-flow", " || (await hashToken(kept)) !== state"),
    ],
    "never signs anybody in, and goes to no address that is not ours": [
      mutant("src/routes/federation.ts", "if (flow.session) {", "if (!flow) {"),
      mutant("src/routes/identities.ts", 'returnTo, "#/returnTo")', 'undefined, "#/returnTo")'),
    ],
    "can be undone by its owner, which ends the other sessions, and the identity signs in no more": [
      service("accounts/identities", "i.id = ${id} and i.user_id = ${userId}", "i.id = ${id}"),
      service("accounts/identities", "user_id = ${userId} and session_id <> ${sessionId}::uuid and ${done}", "false"),
      mutant(
        "src/routes/identities.ts",
        '"/:id",\n    limit("default"),\n    requireSession({ fresh: true }),',
        '"/:id",\n    limit("default"),\n    requireSession(),',
      ),
    ],
    "cannot be undone where it is the last way in that works today": [
      service("accounts/identities", " and ${anotherWayIn(platform, userId, id)}"),
      service("accounts/identities", "other.id <> ${id}", "true"),
      service("accounts/identities", "other.issuer = any(${sql.param(issuers)}::text[])", "true"),
    ],
    "by a provider loses the identity with the first proof of the mailbox": [
      mutant(
        "drizzle/functions/users_mailbox_proven.sql",
        "  DELETE FROM identities\n  WHERE user_id = NEW.id AND",
        "  DELETE FROM identities\n  WHERE false AND",
      ),
    ],
    "an ID token without an address: the provider is asked for it once more, about the same person": [
      mutant("src/platform/identity-providers.ts", '    if (told.sub !== sub) throw new Error("sub");\n'),
      mutant(
        "src/platform/identity-providers.ts",
        "...(await askWho(metadata, claims, tokens.access_token)), ...claims",
        "...claims, ...(await askWho(metadata, claims, tokens.access_token))",
      ),
      mutant("src/platform/identity-providers.ts", "email !== undefined || endpoint", "endpoint"),
    ],
    "is asked for after the provider": [
      service(
        "login/federated",
        "account as (${account} and not ${isGuarded(sql`u.id`, SHOWN)})",
        "account as (${account})",
      ),
    ],
    "disabled stays closed; deleted, its identity is free for another one": [
      service(
        "login/federated",
        "where ${identity} and u.is_active and u.deleted_at is null",
        "where ${identity} and u.deleted_at is null",
      ),
    ],
    "five times at once makes one account, whichever address comes first": [
      service("login/federated", "      db.execute(takeTurnsWith(provider, person)),\n"),
    ],
    "makes none without an address, nor with an unproven one where the mailbox must be proven, taken or not": [
      service("login/federated", "(isProven || isOpen)", "true"),
    ],
  },
  "races/sample": {
    "a login by an address that its account has just got does not enter the account while it is disabled": [
      service("login/federated", "          for no key update\n"),
    ],
  },
  "auth/passkey": {
    "opens administration where a second factor is required": [
      mutant("drizzle/functions/assert_session.sql", "'hwk', 'swk', 'user'", "'none'"),
      service("access/permissions", "methods.some((method) => ADMINISTERING_METHODS.includes(method))", "false"),
    ],
    "with another origin, domain, challenge, key, signature, handle or credential, without its user, and by a used challenge":
      [
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
          "known && isEqualInConstantTime(encoded(known.userHandle), encoded(response.userHandle))",
          "known",
        ),
        service("login/passkey", " and p.signs_in"),
        service("login/passkey", "verdict, sql`exists (select from spent)`)})", "verdict, sql`true`)})"),
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
    "for the same work, whatever is wrong: one signature, and two trips before the answer": [
      service("login/passkey", "found.known ?? { ...DECOY, credentialId: id }", "found.known ?? (DECOY as never)"),
      service("login/passkey", "    if (kept) await find(platform, id, response.userHandle);\n"),
      service("login/passkey", "if (kept) await recorded;\n      else ", ""),
    ],
    "when its counter has not grown: a copy was used, and the owner is told once": [
      service("factors/passkey-ceremony", "p.counter > 0 and p.counter >=", "p.counter > 1000 and p.counter >="),
      service("factors/passkey-ceremony", "and n.created_at > now() - interval '1 day'", "and false"),
      service("login/passkey", "sql`exists (select from spent)`)]", "sql`false`)]"),
      service("login/passkey", "${userId !== undefined}::boolean", "false"),
      service("factors/passkey-ceremony", "p.counter < ${counter}::bigint or", "true or"),
    ],
    "is said to be unknown to whoever holds it, and to nobody else": [
      service("login/passkey", "known || !found.isOurs ?", "known ?"),
      service("login/passkey", " and u.is_active and u.deleted_at is null) as", ") as"),
    ],
    "logs in once, however many use it at once": [
      service("login/passkey", "verdict, sql`exists (select from spent)`)})", "verdict, sql`true`)})"),
    ],
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
  "jobs/webhooks": {
    "reaches every endpoint that wants it, signed, once, and takes the act no trip": [
      service("webhooks/deliveries", "(e.events = '{}' or v.type = any(e.events))", "true"),
      service("webhooks/deliveries", "    join outbox o on o.id = v.id\n"),
      service("webhooks/signature", "`${id}.${timestamp}.${body}`", "`${id}.${body}`"),
    ],
    "that has no other effect costs nothing where no endpoint is on": [
      service("events/happened", "where: hasEffects ? where :", "where: true ? where :"),
    ],
    "%s loses nothing and harms no other": [
      service(
        "webhooks/sending",
        "status !== null && status >= 200 && status < 300",
        "status !== null && status < 400",
      ),
      service("webhooks/sending", "coalesce(failing_since, now())", "null"),
    ],
    "is tried seven times over a day, then the delivery has failed and can be replayed, alone or with the others": [
      service("webhooks/sending", "d.attempts > ${RETRY_SECONDS.length}::int", "false"),
    ],
    "is turned off, and its owner is told: %s": [
      service("webhooks/sending", "disabled_at = case when ${isGone}::boolean\n", "disabled_at = case when false\n"),
      service("webhooks/sending", "    given_up: db.execute(giveUp(endpointId, disabledHere)),\n"),
    ],
    "is sent by the sweep: every delivery, once": [mutant("src/index.ts", ", sweepDeliveries(platform)")],
    "reach the one; the other gets few at a time, and all of them once it works again": [
      service("webhooks/deliveries", "else ${SWEPT_WHILE_FAILING}::int end", "else ${SWEPT_AT_ONCE}::int end"),
    ],
    "is shown once, stored sealed, and after a rotation both sign for a day": [
      service("webhooks/sending", "case when e.previous_until > now() then e.previous_secret end", "e.previous_secret"),
    ],
    "of AUTH_SECRET may change: what the previous one sealed is sealed anew": [
      service("webhooks/sending", "coalesce(${resealed}, secret)", "secret"),
    ],
    "is refused at creation and at a change": [
      service(
        "webhooks/endpoints",
        '  if (url !== undefined) await requireOutward(platform, actor, { url, pointer: "#/url" });\n',
      ),
      service(
        "webhooks/endpoints",
        '  await requireOutward(platform, actor, { url, pointer: "#/url" });\n  const id',
        "  const id",
      ),
    ],
    "is looked up for nobody who may not have a webhook": [
      service("access/outward-address", "  await readAs(platform, actor, {});\n"),
    ],
  },
  "security/risk": {
    "$method, known device $isKnown, from $where by $network after $hours hours": [
      service("login/risk", "not (known.network and ${deviceIsKnown})", "true"),
      service("login/risk", "greatest(${travel.atLeastKm}::float8, ", "greatest(0, "),
      service("login/risk", " * ${hours})`", ")`"),
      service("login/risk", " and not known.country", " and false"),
      service("login/risk", "isRented}::boolean and not known.network", "isRented}::boolean and false"),
      service("login/password", " || risks.length > 0"),
    ],
    "opens the session, says why in the history and the notice, and makes the place known": [
      service("login/completion", ` or (\${REASONS} is not null)`),
      service("login/code-mail", " or t.payload ? 'risks'"),
      service("login/completion", "    placed as (${rememberPlace(platform, opened, sql`account`)}),\n"),
    ],
    "is the one answer: other factors, a wrong code and a factor turned on meanwhile are refused": [
      service("login/second-step", "${payload.risks !== undefined}::boolean and", "false and"),
      service("login/second-step", "payload.risks && method === emailCode.name", "payload.risks"),
    ],
    "at an account's first login, before its mailbox is proven, and without a place": [
      service("login/risk", "${latitude !== null && longitude !== null}::boolean and "),
      service("login/risk", " and a.is_verified"),
    ],
    "a place that the owner denies is unknown again": [
      service("login/answer", "and ${answer} = 'denied'`),\n    read", "and false`),\n    read"),
    ],
    "is asked as often as docs/security.md says": [
      service("login/risk", "not (known.network and ${deviceIsKnown})", "true"),
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
      service("factors/passkeys", " and ${anotherWayIn(platform, userId, id)}"),
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
      mutant("src/pages/home.ts", "= isInDevelopment(config)", "= true"),
    ],
  },
  "http/cors": {
    "names an origin that is missing in the log, in development only": [
      mutant("src/http/cors.ts", "!isInDevelopment(config) || "),
    ],
  },
  "http/failures": {
    "is logged with its name and its frames, and its message is never shown": [
      mutant("src/platform/log.ts", "    ...(error instanceof Error && { frames: framesOf(error) }),\n"),
    ],
    "contain nothing of a message, not even of one that looks like frames": [
      mutant("src/platform/log.ts", ".slice(last + 1)\n    .filter((line) => FRAME.test(line))\n"),
    ],
  },
  "http/openapi": {
    "equals what the app's routes and schemas generate today": [
      mutant("src/contract/contract.ts", '    twinOf: "GET /api/admin/users",\n'),
    ],
    "points clients of the first paths to the new ones": [
      mutant(
        "src/contract/openapi.json",
        'which new clients call. Requires a signed-in user. Permission: `users:read`.","deprecated":true,',
        'which new clients call. Requires a signed-in user. Permission: `users:read`.",',
      ),
    ],
  },
  "http/problems": {
    "%s is the client's failure: 400, and no error in the log": [
      mutant(
        "src/http/body.ts",
        'cause instanceof AppError ? cause : new AppError("incomplete_body", { cause })',
        "cause",
      ),
    ],
    "at /health/ready to a %s %s is 500, and the log says which": [
      mutant("src/routes/discovery.ts", "db.execute(sql`select 1`), keySet()", "db.execute(sql`select 1`)"),
    ],
  },
  "users/account": {
    "has every row of an account with thousands, in order and each once, a page a trip": [
      service("accounts/export", "let page = PAGE; rows.length === page;", "let page = PAGE; page < 0;"),
    ],
  },
  "verifier/local": {
    "is named in the log by %s: once, and again after it has worked": [
      mutant("src/verifier/client/attempt.ts", "if (!failing.has(binding)) console", "if (false) console"),
      mutant("src/verifier/client/attempt.ts", "if (!failing.has(binding)) console", "console"),
      mutant("src/verifier/client/attempt.ts", "    failing.delete(binding);\n"),
    ],
  },
  "oauth/attacks": {
    "as an access token, an ID token that the same key has signed, and the other way round": [
      mutant("src/crypto/id-token.ts", 'const ID_TOKEN = "JWT";', 'const ID_TOKEN = "at+jwt";'),
    ],
    "as a Bearer token of this service's own routes": [
      mutant(
        "src/crypto/access-token-verification.ts",
        "claims.client_id !== undefined && !expected.applications",
        "false",
      ),
    ],
    "as a Bearer token at other Workers": [
      mutant("src/crypto/access-token-verification.ts", "!audiences.includes(expected.audience)", "false"),
    ],
    "that somebody forged, or that is a token of another kind or for another application": [
      mutant("src/crypto/id-token.ts", "if (!isGenuine) return undefined;"),
      service("applications/sign-out", "(client_id !== undefined && client_id !== client)", "false"),
    ],
    "of registrations is stopped at twenty an hour": [
      mutant("src/routes/oauth.ts", '"/register", limit("register")', '"/register", limit("default")'),
    ],
    "names the issuer, so that no other server's answer passes for ours, and carries no token in an address": [
      service(
        "applications/authorization",
        "{ code, state: authorization.state, iss: config.ISSUER }",
        "{ code, state: authorization.state }",
      ),
    ],
  },
  "oauth/back-channel-logout": {
    "reaches every application with an ID token of it, once, and takes the act no trip": [
      service("applications/logout-tokens", " and session.revoked_at is not null"),
      service("applications/logout-tokens", " and g.scopes ? 'openid'"),
      service("applications/logout-tokens", "    on conflict (session_id, client_id) do nothing\n"),
      service("applications/logout-tokens", " and t.next_at is not null"),
      service("applications/logout-tokens", "when not o.taken", "when true"),
      mutant("src/crypto/id-token.ts", 'typ: "logout+jwt"', "typ: ID_TOKEN"),
    ],
    "is not told where the application is off, has taken its address back, or has lost the person's consent alone": [
      service(
        "applications/logout-tokens",
        "c.id = g.client_id and c.disabled_at is null and",
        "c.id = g.client_id and",
      ),
      service("applications/applications", "backchannelLogoutUri === undefined ?", "backchannelLogoutUri == null ?"),
    ],
    "because it %s, gets the same again, and harms no other": [
      service("webhooks/sending", "status >= 200 && status < 300", "status >= 200 && status < 401"),
      mutant(
        "src/platform/outward.ts",
        'redirect: "manual", signal: AbortSignal.timeout(timeLimitMs)',
        "signal: AbortSignal.timeout(timeLimitMs)",
      ),
    ],
    "is tried seven times over a day, and an operator can read of it": [
      service("applications/logout-tokens", "t set attempts = t.attempts + 1", "t set attempts = 1"),
      service("applications/logout-tokens", "application: client, attempts", "application: uri, attempts"),
    ],
    "What the queue loses is sent by the sweep, once": [mutant("src/index.ts", ", sweepLogoutTokens(platform)")],
    "is refused, whoever registers it and however": [
      service(
        "applications/application-fields",
        'if (typeof url === "string") await requireOutward',
        "if (false) await requireOutward",
      ),
      service("applications/open-clients", "receiver !== undefined && !platform.isOutward(receiver)", "false"),
    ],
    "that a public name leads to later gets nothing": [
      mutant(
        "src/platform/outward.ts",
        "  await admitOutward(config, address);\n  return fetchAdmitted",
        "  return fetchAdmitted",
      ),
    ],
    "comes with an application that registers itself, or with its document": [
      service("applications/open-clients", "(receiver === undefined || platform.isOutward(receiver))", "true"),
    ],
    "A logout token is good for nothing else": [mutant("src/crypto/id-token.ts", " || typ !== ID_TOKEN")],
  },
  "oauth/open-clients": {
    "gets nothing more, for a code or a refresh token, once its kind is no longer let in": [
      service("applications/grants", " and ${isLetIn(platform)}"),
    ],
    "with redirect addresses that are no good: %s": [
      service("applications/open-clients", " || !redirectUris.every(mayBeRegistered)"),
    ],
    "is forgotten if nobody lets it in within a day": [
      service(
        "accounts/retention",
        "      and not exists (select from oauth_consents consent where consent.client_id = oauth_clients.id)\n",
      ),
    ],
    "never becomes an administrator's own, and can be disabled": [
      service("applications/authorization", 'if (row && row.source !== "administrator")', "if (row && false)"),
      service(
        "applications/applications",
        "c.source = 'administrator' and coalesce(${isFirstParty",
        "coalesce(${isFirstParty",
      ),
    ],
    "is fetched for nobody who has not signed in, once an hour, and counts for a day while it is away": [
      service("applications/authorization", 'if (!shown) return found ?? "sign in first";'),
      service("applications/authorization", "if (found?.isFresh || !isDocumentId", "if (!isDocumentId"),
      service("applications/authorization", " > now() - interval '1 day')", " > now() - interval '2 days')"),
    ],
    "is unknown if it answers with %s": [
      service("applications/open-clients", "client_id === id && (", "("),
      service("applications/open-clients", "status !== 200 || !isWhole", "!isWhole"),
      service("applications/open-clients", "status !== 200 || !isWhole", "status !== 200"),
      service("applications/open-clients", "  client_secret: z.optional(z.undefined()),\n"),
    ],
    "is unknown, and not asked for, at an address that leads inside or has another spelling": [
      service("applications/open-clients", "url?.href === id && ", "!!url && "),
      service("applications/open-clients", " && !/[?#]/.test(id)"),
    ],
    "reach what the configuration says at the time, and nothing over this service": [
      service("applications/open-clients", ".filter((scope) => !administers(scope))"),
    ],
    "are off by default, and then unknown; the metadata says which are on": [
      service("applications/open-clients", 'if (!opens(platform, "registration")) throw new AppError("not_found");'),
    ],
  },
  "verifier/resource": {
    "takes tokens for itself alone, with every scope that it asks for": [
      mutant("src/verifier/client/with-token.ts", "demands.audience === undefined ? resource : ", ""),
    ],
    "names its metadata and its scopes in every refusal": [
      mutant("src/verifier/client/verifier.ts", "scope === undefined || hasScope(answer.claims, scope)", "true"),
      mutant("src/verifier/client/scope.ts", ".every((each) => given", ".some((each) => given"),
    ],
    "lets nobody in with %s": [
      mutant("src/verifier/client/verifier.ts", "isScope(scope) && areVerifyOptions", "areVerifyOptions"),
      mutant("src/verifier/client/with-token.ts", "resource !== undefined && !isResource(resource)", "false"),
    ],
    "a scope is checked by hand too, and a session's own token has none": [
      mutant("src/verifier/client/scope.ts", "given.includes(each)", "given.some((one) => one.startsWith(each))"),
    ],
  },
  "verifier/options": {
    "refuses %s": [
      mutant("src/verifier/contract.ts", 'typeof value === "string" && PERMISSION.test(value)', "true"),
      mutant(
        "src/verifier/contract.ts",
        "isValid !== undefined && (value === undefined || isValid(value))",
        "isValid === undefined || value === undefined || isValid(value)",
      ),
      mutant("src/verifier/client/verifier.ts", "!areDemands(defaults) || "),
    ],
    "an undefined option of a call does not override a default": [
      mutant("src/verifier/client/verifier.ts", ".filter(([, value]) => value !== undefined)"),
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
  "docs/inventories": {
    "are all checked where the second factor of administrators is required": [mutant("docs/security.md", "`jobs:…`, ")],
  },
  "jobs/mail-colours": {
    "$type: restyles every colour": [mutant("src/platform/emails.ts", "  .soft { color: #aaa79f !important; }\n")],
  },
  "scripts/admin-account": {
    "an account that nobody has proven is promoted with a new password, and without what a stranger left in it": [
      mutant(
        "scripts/database/admin-account.ts",
        "CASE WHEN former.is_verified THEN u.password_hash ELSE $3 END",
        "coalesce(u.password_hash, $3)",
      ),
    ],
    "is told by the next start when the first one failed before it could say it": [
      mutant("scripts/dev/first-admin.ts", "  if (kept && (await hasPassword(databaseUrl, kept))) return kept;\n"),
    ],
    "is made only once its password is kept": [
      mutant(
        "scripts/dev/first-admin.ts",
        "  write(file, { ...others, [database]: account });\n  const made = await createAdmin(databaseUrl, account);\n",
        "  const made = await createAdmin(databaseUrl, account);\n  write(file, { ...others, [database]: account });\n",
      ),
    ],
  },
  "scripts/commands": {
    "npm run %s says so in one line": [
      mutant("scripts/run.mjs", 'if (!existsSync(path.join(project, "node_modules", "wrangler"))) {', "if (false) {"),
    ],
    "says with --help how to use it, and does nothing else": [
      mutant("scripts/grant.ts", "  if (values.help) return console.log(HELP);\n"),
    ],
    "a database that nobody answers for is named, by every command that wants one": [
      mutant("scripts/database/url.ts", "if (!UNREACHABLE.has(reason)) throw error;", "throw error;"),
    ],
  },
  "scripts/dev-output": {
    "a host that the Worker can't reach is the Worker's own line alone": [
      mutant("scripts/dev/output.ts", "  /\\[ERROR\\] e = rust\\/worker\\/ffi\\.rs/,\n"),
    ],
  },
  "scripts/environments": {
    "the platform's line for each request, with its query string": [
      mutant("scripts/check/environments.ts", "logs?.invocation_logs === false ? []", "true ? []"),
    ],
    "query strings in what the platform writes": [
      mutant("scripts/check/environments.ts", "...(redacts ? []", "...(true ? []"),
    ],
  },
  "scripts/local-database": {
    "runs a copy of programs that others can't read, made once, that only root can write to": [
      mutant("scripts/database/postgres-user.ts", '"u=rwX,go=rX"', '"u=rwX,go=rwX"'),
    ],
  },
  "oauth/authorize": {
    "asks the person once, then leads back with a code, the state and the issuer": [
      service("applications/authorization", "scopes.every((scope) => found.consented?.includes(scope))", "true"),
    ],
    "sends the person to no address but those that are registered, exactly": [
      service(
        "applications/redirect-uris",
        "if (registered.includes(asked)) return true;",
        "if (registered.some((uri) => asked.startsWith(uri))) return true;",
      ),
      service("applications/redirect-uris", "LOOPBACK.test(uri) && withoutPort(uri) === withoutPort(asked)", "true"),
    ],
    "asks a client without a secret for a challenge, and refuses a parameter that is there twice": [
      service("applications/authorization-request", "challenge === undefined && client.isPublic", "false"),
    ],
    "tells the application about %j": [
      service("applications/authorization-request", 'method !== "S256" || ', ""),
      service("applications/authorization-request", "!client.audiences.includes(asked.resource)", "false"),
    ],
    "counts from the same browser session alone, from our own page, in time": [
      service("applications/consents", "!asked || asked.sessionId !== shown?.sessionId", "!asked"),
      mutant("src/pages/authorization.ts", 'from !== undefined && from !== "same-origin"', "false"),
      service("applications/sealed", "open(text, purpose)", 'open(text, "oauth-code")'),
    ],
    "carries permissions that the application was registered with and the person holds, for its resource": [
      service(
        "applications/scopes",
        "!IDENTITY_SCOPES.includes(scope) && hasPermission(held, scope)",
        "!IDENTITY_SCOPES.includes(scope)",
      ),
      service("applications/scopes", "IDENTITY_SCOPES.includes(scope) || hasPermission(permissions, scope)", "true"),
      service("sessions/token-verification", 'permissionsAmong((scope ?? "").split(" "), usable)', "usable"),
    ],
    "is for the application's own audience where nothing else is asked for": [
      service("applications/authorization", '(scopes.includes("openid") ? undefined : audiences[0])', "undefined"),
    ],
    "is good once: of many at the same time one succeeds, the others are refused, and its grant ends": [
      rule(
        "exchange_code",
        "UPDATE oauth_grants g SET revoked_at = now(), updated_at = now()\n    WHERE g.code_hash = used_code AND g.revoked_at IS NULL AND g.client_id = client.id;",
        "NULL;",
      ),
    ],
    "is refused to whoever shows it while it is being used, and its grant ends": [
      rule("exchange_code", "PERFORM FROM users WHERE id = person FOR NO KEY UPDATE;"),
    ],
    "that is used again takes back all that it gave, and nothing that another gave": [
      service("applications/userinfo", "g.grant_id = ${grantId ?? null}::uuid and "),
      service("sessions/token-verification", "g.grant_id = ${grantId ?? null}::uuid and "),
      service("applications/machine-tokens", "  if (!isGranted) return { active: false };\n"),
    ],
    "takes the person for the one that a hint names, and never another for them": [
      service("applications/authorization", "named.sub === subject", "true"),
      service("applications/authorization", "named?.aud === client", "named"),
      service("applications/authorization", ': prompt !== "none"', ": true"),
      service("applications/authorization", "person && !isMeant && asked.since !== undefined", "false"),
    ],
    "is not used up by somebody else, nor ended": [
      service("applications/grants", "opened.client !== client.id", "false"),
      service("applications/grants", "redirectUri !== undefined && redirectUri !== opened.redirectUri", "false"),
      service("applications/grants", "(await hashToken(verifier)) === challenge", "true"),
    ],
    "asked for without a challenge takes no verifier: somebody would have taken the challenge away": [
      service(
        "applications/grants",
        "opened.challenge === undefined ? verifier !== undefined :",
        "opened.challenge === undefined ? false :",
      ),
    ],
    "is over with %s": [
      service("applications/sealed", " && parsed.data.expiresAt > Date.now()"),
      rule(
        "exchange_code",
        "AND session.revoked_at IS NULL AND session.expires_at > now()\n    AND u.is_active",
        "AND u.is_active",
      ),
      rule("exchange_code", "client.is_first_party OR EXISTS", "true OR EXISTS"),
    ],
    "rotates, is repeated within the grace, and ends the grant when it is used again after it": [
      rule(
        "rotate_grant",
        "UPDATE oauth_grants g SET revoked_at = now(), updated_at = now() WHERE g.id = held.id;",
        "NULL;",
      ),
    ],
    "gives less for less, never more, and an ID token where one was given": [
      service("applications/grants", "asked && !asked.every", "false && !asked?.every"),
    ],
    "is its own application's alone": [
      rule(
        "rotate_grant",
        "AND c.client_id = shown_client AND client_shows(c.hash, c.previous_hash, c.previous_until, c.disabled_at, shown_secret)",
        "",
      ),
      service(
        "applications/grants",
        "and c.id = g.client_id and c.client_id = ${client.id} and ${isClient}",
        "and c.id = g.client_id",
      ),
    ],
    "ends when it is revoked, with the consent, and with the session that it came from": [
      rule("rotate_grant", "session.revoked_at IS NULL AND session.expires_at > now()\n    AND ", ""),
      service("applications/userinfo", " and g.revoked_at is null"),
    ],
    "leads nowhere that the application has not registered for it": [
      service("applications/sign-out", "\n      and c.post_logout_redirect_uris ? ${uri}", ""),
    ],
    "%s can't be registered": [
      service(
        "applications/redirect-uris",
        'if (!url || url.username !== "" || url.password !== "") return false;',
        "if (!url) return false;",
      ),
    ],
  },
  "oauth/token": {
    "gets less where it asks for less, and never more": [
      service("applications/machine-tokens", "!permissions.every(", "!permissions.some("),
      service("applications/machine-tokens", "!client.audiences.includes(audience)", "false"),
    ],
    "opens no route of this service, and none that a person's token opens is a person's": [
      mutant(
        "src/crypto/access-token-verification.ts",
        "claims.client_id !== undefined && !expected.applications",
        "false",
      ),
    ],
    "refuses a client that it does not know, or that is not who it says, alike": [
      rule("client_shows", "present = shown OR", "true OR"),
    ],
    "refuses two ways to say who it is, and a parameter that is there twice": [
      service("applications/client-authentication", "inHeader && form.client_secret !== undefined", "false"),
      mutant("src/http/form.ts", "new Set(known).size < known.length", "false"),
    ],
    "when %s": [
      service("applications/applications", "audiences !== undefined || isActive === false", "isActive === false"),
      service("sessions/token-verification", " and mark_id = ${claims.sid}::uuid"),
      service("events/outbox", '      effects.push({ kind: "mark", mark: { kind: "session", sessionId } });\n'),
    ],
    "when it names an application and somebody else, or half of one": [
      mutant(
        "src/crypto/access-token-verification.ts",
        "(sub === client_id && MACHINE.test(sub))",
        "isText(client_id)",
      ),
      mutant("src/crypto/access-token-verification.ts", "    isApplication(application) &&\n"),
    ],
    "tells an application about tokens for it, and nothing about others": [
      service(
        "applications/machine-tokens",
        "verifyToken(platform, { token, audience })",
        "verifyToken(platform, { token })",
      ),
    ],
    "with what the administrator holds, never with permissions over this service": [
      service("access/authority", "if (permissions.some(administers))", "if (false)"),
      service(
        "applications/applications",
        "sql`select assert_may_grant(${actor.userId}::int, c.permissions)",
        "sql`select 1",
      ),
    ],
    "and listed without their secrets, changed, rotated with an overlap, and audited": [
      rule("client_shows", " AND previous_until > now()"),
      rule("client_shows", "disabled_at IS NULL AND ", ""),
    ],
  },
  "security/api-keys": {
    "can't have %s, which its owner lacks or which administers this service": [
      service("applications/api-keys", "mayGrant(actor, permissions)", "mayGrant(actor, [])"),
      service("access/authority", "permissions.some(administers)", "false"),
    ],
    "needs the second factor that its owner needs to use the permission": [
      service("applications/api-keys", "usable: permissions[0] ?", "usable: false ?"),
    ],
    "is refused beyond the limit": [
      service("applications/api-keys", "(select count(*) from api_keys where user_id = ${userId}) <", "0 <"),
    ],
    "says who it acts for, with one trip, then none for a minute": [
      service("applications/api-key-verification", "REMEMBERED_SECONDS = 60", "REMEMBERED_SECONDS = 120"),
    ],
    "is refused without a trip when it is malformed, and by one when nobody has it": [
      mutant("src/crypto/api-key.ts", "(await checksumOf(body)) !== checksum", "false"),
      service("applications/api-key-verification", "(k.hash = ${keyHash} or ${isPrevious})", "true"),
    ],
    "is good for the audience of the service alone, is introspected, and passes the local verifier": [
      service("applications/api-key-verification", "(audience ?? AUDIENCE) !== AUDIENCE", "false"),
    ],
    "loses what its owner loses, at once": [
      service(
        "applications/api-key-verification",
        "permissions.filter((permission) => hasPermission(granted, permission))",
        "permissions",
      ),
      service("applications/api-key-verification", "marks.authority, marks.role]", "marks.authority]"),
    ],
    "is refused once it has expired": [
      service("applications/api-key-verification", "if (found.isExpired)", "if (false)"),
    ],
    "when %s, remembered or not": [
      service("applications/api-key-verification", 'if (marks.session) return "session_revoked";'),
      service("administration/users", "(${readdressed} or ${disabled})", "${readdressed}"),
      service(
        "accounts/password-reset",
        "dropConnections(sql`user_id = ${id} and ${done}`)",
        "dropConnections(sql`false`)",
      ),
      service("accounts/profile", "dropConnections(sql`user_id = ${userId}`)", "dropConnections(sql`false`)"),
    ],
    "not by a new password, nor by signing out everywhere": [
      service("administration/users", '&& endsSessions !== "admin_logout"'),
    ],
    "after the overlap of its rotation, and the one before at once": [
      service("applications/api-key-verification", " and k.previous_until > now()`;", "`;"),
      service("applications/api-keys", "case when k.previous_until > now() then k.previous_mark_id end", "null"),
    ],
    "is not found, whatever is asked of it": [
      service("applications/api-keys", "sql`k.key_id = ${id} and k.user_id = ${userId}`", "sql`k.key_id = ${id}`"),
    ],
  },
  "http/application": {
    "say what they say without their looks": [
      mutant(
        "src/pages/page.ts",
        '    c.var.platform.log("page_style_failed", { requestId: c.var.platform.client.requestId }, error);\n',
      ),
    ],
  },
  "system/pages": {
    "reset a password from the mail that the local sender wrote": [
      mutant("src/pages/files/link-page.js", "        headline.textContent = form.dataset.done;\n"),
      mutant("src/pages/files/link-page.js", '        reveal("next");\n'),
      mutant("src/pages/files/link-page.js", "        headline.focus();\n"),
      mutant("src/pages/files/link-page.js", "(form.hidden ? status : (password ?? email ?? status)).focus();", ";"),
      mutant(
        "src/pages/files/link-page.js",
        'document.title.replace(/^.* – /, form.dataset.done + " – ")',
        "document.title",
      ),
    ],
    "say of every dead link what to do, and lead to a new one where there is one": [
      mutant("src/pages/link-pages.ts", '      path: "/resend-verification",\n'),
    ],
  },
};
