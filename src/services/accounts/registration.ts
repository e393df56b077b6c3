/**
 * Registration. Open: one trip creates the account and its first session, or neither. Verified: one trip creates the
 * account if the address is free, and the answer doesn't reveal which; the mailbox gets the message.
 */
import { sql, type SQL } from "drizzle-orm";
import { AppError, type Locale } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { accountColumns, type AccountRow } from "./view.ts";
import { joinRole } from "../access/held-role.ts";
import { queuedRows, sendNow, writeOutbox, type OutboxRow } from "../events/outbox.ts";
import { recordLogin } from "../login/history.ts";
import { mailedAddressKey, reserveAttempt } from "../login/throttle.ts";
import { rememberDevice } from "../login/known-devices.ts";
import { normalisePassword, requireAcceptablePassword } from "./password-rules.ts";
import { hash } from "./passwords.ts";
import { openSession, prepareSession, signIn, type SignedIn } from "../sessions/session.ts";

/** How long an unproven registration keeps an address; then retention.ts purges it. */
const PROOF_DAYS = 7;

export interface Registration {
  prenom: string;
  nom: string;
  /** Canonical. */
  email: string;
  password: string;
  telephone?: string | null | undefined;
  locale: Locale;
}

/**
 * Undefined when the mailbox must be proven first (REGISTRATION=verified), for a new and for a taken address.
 * @throws AppError email_taken if registration is open, validation_failed for a password that the rules refuse.
 */
export async function register(platform: Platform, input: Registration): Promise<SignedIn | undefined> {
  const password = normalisePassword(input.password);
  await requireAcceptablePassword(platform, { password, pointer: "#/password", owner: input });
  const passwordHash = await hash(platform, password, "stranger");
  if (platform.config.REGISTRATION === "verified") {
    const key = await mailedAddressKey(platform, input.email);
    const proofDueAt = sql`now() + make_interval(days => ${PROOF_DAYS}::int)`;
    // Mailed recently: an error would let a stranger who asks first keep the owner from registering.
    const where = sql`exists (select from reserved)`;
    const { rows } = await platform.db.execute<OutboxRow>(sql`
      with account as (${insertAccount(input, passwordHash, { proofDueAt })}), reserved as (${reserveAttempt(key, "mail")})
      ${writeOutbox([{ event: "registration.requested", facts: { email: input.email }, where }])}`);
    sendNow(platform, rows);
    return undefined;
  }
  return registerAndSignIn(platform, input, passwordHash);
}

async function registerAndSignIn(platform: Platform, input: Registration, passwordHash: string): Promise<SignedIn> {
  const session = await prepareSession(platform, ["pwd"]);
  const login = { outcome: "success", method: "registration", sessionId: session.sessionId } as const;
  const { rows } = await platform.db.execute<AccountRow & { authenticatedAt: string; outbox: OutboxRow[] | null }>(sql`
    with account as (${insertAccount(input, passwordHash, { lastLoginAt: sql`now()` })}),
    opened as (${openSession(platform, session, sql`account`)}),
    recorded as (${recordLogin(platform, login, sql`user_id`, sql`from opened`)}),
    remembered as (${rememberDevice(session.device.hash, sql`opened`)}),
    queued as (${writeOutbox([{ event: "account.registered", facts: { email: input.email, userId: sql`(select user_id from opened)` }, where: sql`exists (select from opened)` }])})
    select ${accountColumns}, opened.authenticated_at as "authenticatedAt", ${queuedRows} as outbox
    from account u ${joinRole} cross join opened`);
  const account = rows[0];
  if (!account) throw new AppError("email_taken");
  sendNow(platform, account.outbox);
  return signIn(platform, session, account);
}

function insertAccount(
  input: Registration,
  passwordHash: string,
  { lastLoginAt = sql`null`, proofDueAt = sql`null` }: { lastLoginAt?: SQL; proofDueAt?: SQL },
): SQL {
  return sql`
    insert into users (email, password_hash, prenom, nom, telephone, locale, last_login_at, proof_due_at)
    values (${input.email}, ${passwordHash}, ${input.prenom}, ${input.nom}, ${input.telephone ?? null}, ${input.locale},
      ${lastLoginAt}, ${proofDueAt})
    on conflict (email) where deleted_at is null do nothing
    returning *`;
}
