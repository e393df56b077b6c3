/** Registration: one trip makes the account and its first session, or neither. */
import { sql } from "drizzle-orm";
import { AppError, type Locale } from "../errors.ts";
import type { Platform } from "../platform/index.ts";
import { accountColumns, type AccountRow } from "./account-view.ts";
import { recordLogin } from "./login-history.ts";
import { hash, normalisePassword, requireAcceptablePassword } from "./passwords.ts";
import { openSession, prepareSession, signIn, type SignedIn } from "./sessions.ts";

export interface Registration {
  prenom: string;
  nom: string;
  /** Canonical. */
  email: string;
  password: string;
  telephone?: string | null | undefined;
  locale: Locale;
}

/** @throws AppError email_taken, or validation_failed for a password that the rules refuse. */
export async function register(platform: Platform, input: Registration): Promise<SignedIn> {
  const password = normalisePassword(input.password);
  requireAcceptablePassword(platform, { password, pointer: "#/password", owner: input });
  const passwordHash = await hash(platform, password);
  const session = await prepareSession(platform, ["pwd"]);
  const login = { outcome: "success", method: "registration", sessionId: session.sessionId } as const;
  const { rows } = await platform.db.execute<AccountRow & { authenticatedAt: string }>(sql`
    with account as (
      insert into users (email, password_hash, prenom, nom, telephone, locale, last_login_at)
      values (${input.email}, ${passwordHash}, ${input.prenom}, ${input.nom}, ${input.telephone ?? null}, ${input.locale}, now())
      on conflict (email) where deleted_at is null do nothing
      returning *
    ), opened as (${openSession(platform, session)}),
    recorded as (${recordLogin(platform, login, sql`user_id`, sql`from opened`)})
    select ${accountColumns}, opened.authenticated_at as "authenticatedAt"
    from account u join roles r on r.id = u.role_id cross join opened`);
  const account = rows[0];
  if (!account) throw new AppError("email_taken");
  return signIn(platform, session, account);
}
