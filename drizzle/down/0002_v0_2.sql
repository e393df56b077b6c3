-- Roles whose holders are still being moved: all at once.
UPDATE users SET role_id = role.replacement_id FROM roles role WHERE role.id = users.role_id AND role.replacement_id IS NOT NULL;
--> statement-breakpoint
DELETE FROM roles WHERE replacement_id IS NOT NULL;
--> statement-breakpoint
SET CONSTRAINTS ALL IMMEDIATE;
--> statement-breakpoint
ALTER TABLE roles DROP COLUMN replacement_id;
--> statement-breakpoint
DROP TABLE uncounted_changes, account_counts, session_counts;
--> statement-breakpoint
ALTER TABLE daily_statistics DROP COLUMN totals_at;
--> statement-breakpoint
DROP TABLE "outbox";
--> statement-breakpoint
DROP INDEX idx_users_proof_due_at;
--> statement-breakpoint
ALTER TABLE users DROP COLUMN proof_due_at;
--> statement-breakpoint
DROP INDEX idx_one_time_tokens_short_lived;
--> statement-breakpoint
DROP INDEX idx_login_history_user_id_user_agent;
--> statement-breakpoint
DROP INDEX idx_login_history_user_id_country;
--> statement-breakpoint
ALTER TABLE login_throttles DROP COLUMN refused_at;
--> statement-breakpoint
DROP TABLE broadcast_ranges;
--> statement-breakpoint
DROP TABLE mail_counts;
--> statement-breakpoint
ALTER TABLE refresh_tokens DROP COLUMN previous_token;
--> statement-breakpoint
DROP TABLE api_keys;
--> statement-breakpoint
DROP TABLE logout_tokens, oauth_grants, oauth_consents, oauth_clients;
--> statement-breakpoint
ALTER TABLE users DROP COLUMN subject;
--> statement-breakpoint
DROP TABLE used_challenges;
--> statement-breakpoint
-- The release before would take them for sessions of their owner.
DELETE FROM refresh_tokens WHERE impersonator_id IS NOT NULL;
--> statement-breakpoint
ALTER TABLE refresh_tokens DROP COLUMN impersonator_id;
--> statement-breakpoint
DROP TABLE webhook_deliveries;
--> statement-breakpoint
DROP TABLE webhook_endpoints;
--> statement-breakpoint
DROP TABLE login_places;
--> statement-breakpoint
DROP TABLE passkeys;
--> statement-breakpoint
ALTER TABLE users DROP COLUMN webauthn_handle;
--> statement-breakpoint
-- Whoever has no password chooses one by a link.
UPDATE users SET password_hash = '!' WHERE password_hash IS NULL;
--> statement-breakpoint
ALTER TABLE users ALTER COLUMN password_hash SET NOT NULL;
--> statement-breakpoint
DROP TABLE identities;
--> statement-breakpoint
DELETE FROM one_time_tokens WHERE purpose = 'login_code';
--> statement-breakpoint
ALTER TABLE one_time_tokens DROP CONSTRAINT one_time_tokens_purpose_check;
--> statement-breakpoint
ALTER TABLE one_time_tokens ADD CONSTRAINT one_time_tokens_purpose_check CHECK (purpose IN ('reset_password', 'verify_email', 'change_email', 'cancel_email_change', 'invite', 'login_challenge', 'email_code', 'ws_ticket', 'deny_login'));
--> statement-breakpoint
-- The functions as they were:
DROP FUNCTION assert_may_change_factors;
--> statement-breakpoint
DROP TRIGGER IF EXISTS audit_logs_bounded ON audit_logs;
--> statement-breakpoint
DROP FUNCTION audit_logs_bounded;
--> statement-breakpoint
DROP FUNCTION client_shows;
--> statement-breakpoint
DROP FUNCTION count_totals;
--> statement-breakpoint
DROP FUNCTION exchange_code;
--> statement-breakpoint
DROP TRIGGER IF EXISTS users_uncounted ON users;
--> statement-breakpoint
DROP TRIGGER IF EXISTS users_uncounted_change ON users;
--> statement-breakpoint
DROP TRIGGER IF EXISTS two_factor_methods_uncounted ON two_factor_methods;
--> statement-breakpoint
DROP TRIGGER IF EXISTS two_factor_methods_uncounted_change ON two_factor_methods;
--> statement-breakpoint
DROP TRIGGER IF EXISTS two_factor_methods_uncounted_end ON two_factor_methods;
--> statement-breakpoint
DROP TRIGGER IF EXISTS passkeys_uncounted ON passkeys;
--> statement-breakpoint
DROP FUNCTION note_uncounted_account;
--> statement-breakpoint
DROP TRIGGER IF EXISTS refresh_tokens_uncounted ON refresh_tokens;
--> statement-breakpoint
DROP TRIGGER IF EXISTS refresh_tokens_uncounted_change ON refresh_tokens;
--> statement-breakpoint
DROP TRIGGER IF EXISTS refresh_tokens_uncounted_end ON refresh_tokens;
--> statement-breakpoint
DROP FUNCTION note_uncounted_session;
--> statement-breakpoint
DROP FUNCTION permissions_of_role;
--> statement-breakpoint
DROP FUNCTION rotate_grant;
--> statement-breakpoint
DROP FUNCTION rotate_session;
--> statement-breakpoint
DROP TRIGGER IF EXISTS users_mailbox_proven ON users;
--> statement-breakpoint
DROP FUNCTION users_mailbox_proven;
--> statement-breakpoint
DROP TRIGGER IF EXISTS users_admin_remains ON users;
--> statement-breakpoint
DROP TRIGGER IF EXISTS users_admin_remains_after_delete ON users;
--> statement-breakpoint
DROP TRIGGER IF EXISTS roles_admin_remains ON roles;
--> statement-breakpoint
DROP TRIGGER IF EXISTS roles_admin_remains_after_delete ON roles;
--> statement-breakpoint
-- Somebody who holds `*` and can sign in always remains, whoever changes the rows and by whatever way. Checked when
-- the transaction commits, one such transaction at a time: two admins who demote each other don't both get through.
CREATE OR REPLACE FUNCTION assert_admin_remains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'users' THEN
    IF NOT (SELECT permissions ? '*' FROM roles WHERE id = OLD.role_id) THEN
      RETURN NULL;
    END IF;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('last_admin'));
  IF NOT EXISTS (
    SELECT FROM roles JOIN users ON users.role_id = roles.id
    WHERE roles.permissions ? '*' AND users.is_active AND users.deleted_at IS NULL
  ) THEN
    RAISE EXCEPTION 'the last admin' USING ERRCODE = 'AUTH8';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER users_admin_remains AFTER UPDATE OF role_id, is_active, deleted_at ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.is_active AND OLD.deleted_at IS NULL
    AND (NEW.role_id <> OLD.role_id OR NOT NEW.is_active OR NEW.deleted_at IS NOT NULL))
  EXECUTE FUNCTION assert_admin_remains();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER users_admin_remains_after_delete AFTER DELETE ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_active AND OLD.deleted_at IS NULL)
  EXECUTE FUNCTION assert_admin_remains();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER roles_admin_remains AFTER UPDATE OF permissions ON roles
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.permissions ? '*' AND NOT NEW.permissions ? '*')
  EXECUTE FUNCTION assert_admin_remains();
--> statement-breakpoint
CREATE OR REPLACE FUNCTION assert_may_change_role(actor integer, target integer, renamed_or_deleted boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  role roles;
BEGIN
  SELECT * INTO role FROM roles WHERE id = target FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such role' USING ERRCODE = 'AUTH5';
  END IF;
  IF role.is_system AND renamed_or_deleted THEN
    RAISE EXCEPTION 'system role' USING ERRCODE = 'AUTHA';
  END IF;
  IF NOT holds_all(permissions_of(actor), role.permissions) THEN
    RAISE EXCEPTION 'the role stands above the actor' USING ERRCODE = 'AUTH7';
  END IF;
END $$;
--> statement-breakpoint
-- The rules of administration, for the batches of src/services/access/authority.ts, which serialises them.
-- AUTH5: no such account or role. AUTH6: grants what the actor lacks. AUTH7: the target stands above the actor.
-- AUTHA: system role. AUTHB: role in use. AUTHC: the role to give does not exist.
CREATE OR REPLACE FUNCTION assert_may_change_user(actor integer, target integer, deleted boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  held integer;
BEGIN
  SELECT role_id INTO held FROM users WHERE id = target AND (deleted_at IS NOT NULL) = deleted FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such account' USING ERRCODE = 'AUTH5';
  END IF;
  IF NOT holds_all(permissions_of(actor), (SELECT permissions FROM roles WHERE id = held)) THEN
    RAISE EXCEPTION 'the account stands above the actor' USING ERRCODE = 'AUTH7';
  END IF;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION assert_may_grant_role(actor integer, granted integer) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  wanted jsonb;
BEGIN
  SELECT permissions INTO wanted FROM roles WHERE id = granted;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such role' USING ERRCODE = 'AUTHC';
  END IF;
  PERFORM assert_may_grant(actor, wanted);
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION assert_role_unused(target integer) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM users WHERE role_id = target) THEN
    RAISE EXCEPTION 'role in use' USING ERRCODE = 'AUTHB';
  END IF;
END $$;
--> statement-breakpoint
-- First statement of every batch that acts for a session: raises, and so undoes the whole batch, unless the session
-- is live, the account is active, and it holds the permission and the freshness that are asked for. Permissions of the
-- groups in `totp_groups` open nothing to a session that has not shown a time-based code.
-- AUTH1: session over. AUTH2: permission lacking. AUTH3: authenticated too long ago. AUTH4: time-based code missing.
CREATE OR REPLACE FUNCTION assert_session(
  asserted_session uuid, asserted_user integer, needed_permission text DEFAULT NULL, max_age interval DEFAULT NULL,
  totp_groups text[] DEFAULT NULL
) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_at timestamptz;
  shown text[];
  granted jsonb;
BEGIN
  SELECT session.authenticated_at, session.methods, role.permissions INTO found_at, shown, granted
  FROM refresh_tokens session
  JOIN users account ON account.id = session.user_id
  JOIN roles role ON role.id = account.role_id
  WHERE session.session_id = asserted_session AND session.user_id = asserted_user
    AND session.revoked_at IS NULL AND session.expires_at > now()
    AND account.is_active AND account.deleted_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'session over' USING ERRCODE = 'AUTH1';
  END IF;
  IF needed_permission IS NOT NULL THEN
    IF NOT has_permission(granted, needed_permission) THEN
      RAISE EXCEPTION 'permission lacking' USING ERRCODE = 'AUTH2';
    END IF;
    IF NOT 'otp' = ANY (shown) AND EXISTS (
      SELECT FROM jsonb_array_elements_text(granted) AS held(permission)
      WHERE split_part(held.permission, ':', 1) = ANY (totp_groups)
    ) THEN
      RAISE EXCEPTION 'time-based code missing' USING ERRCODE = 'AUTH4';
    END IF;
  END IF;
  IF max_age IS NOT NULL AND found_at < now() - max_age THEN
    RAISE EXCEPTION 'authenticated too long ago' USING ERRCODE = 'AUTH3';
  END IF;
END $$;
--> statement-breakpoint
-- Counts on from where the last count stopped, so that no request walks through years of rows. Logins by day are never
-- counted twice nor taken back, whatever retention removes. A row bears the time at which its transaction began; none
-- takes a minute, so up to a minute ago all are there. Totals change in both directions and are counted whole: hence no
-- more often than that it takes a hundredth of the time.
CREATE OR REPLACE FUNCTION count_statistics() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  last daily_statistics;
  started timestamptz := clock_timestamp();
  until timestamptz(3) := now() - interval '1 minute';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('daily_statistics'));
  SELECT * INTO last FROM daily_statistics ORDER BY day DESC LIMIT 1;
  IF now() < last.updated_at + 100 * last.counting_time THEN
    RETURN;
  END IF;
  until := greatest(until, last.counted_until);
  last.counted_until := coalesce(last.counted_until, '-infinity');

  INSERT INTO daily_statistics (day, sign_ups, logins, failures, counted_until)
  SELECT (instant AT TIME ZONE 'UTC')::date, sum(sign_ups), sum(logins), sum(failures), until
  FROM (
    SELECT created_at, 1, 0, 0 FROM users WHERE created_at >= last.counted_until AND created_at < until
    UNION ALL
    SELECT created_at, 0, (outcome = 'success')::int, (outcome IN ('failure', 'locked'))::int
    FROM login_history WHERE created_at >= last.counted_until AND created_at < until
    UNION ALL
    SELECT until, 0, 0, 0
  ) event (instant, sign_ups, logins, failures)
  GROUP BY 1
  ON CONFLICT (day) DO UPDATE SET
    sign_ups = daily_statistics.sign_ups + excluded.sign_ups,
    logins = daily_statistics.logins + excluded.logins,
    failures = daily_statistics.failures + excluded.failures,
    counted_until = excluded.counted_until, updated_at = now();

  UPDATE daily_statistics SET totals = (
    SELECT jsonb_build_object(
      'users', count(*) FILTER (WHERE deleted_at IS NULL),
      'disabledUsers', count(*) FILTER (WHERE deleted_at IS NULL AND NOT is_active),
      'deletedUsers', count(*) FILTER (WHERE deleted_at IS NOT NULL),
      'twoFactorUsers', (
        SELECT count(DISTINCT method.user_id) FROM two_factor_methods method
        JOIN users owner ON owner.id = method.user_id AND owner.deleted_at IS NULL
        WHERE method.confirmed_at IS NOT NULL),
      'liveSessions', (SELECT count(*) FROM refresh_tokens WHERE expires_at > now() AND revoked_at IS NULL))
    FROM users)
  WHERE day = (until AT TIME ZONE 'UTC')::date;
  UPDATE daily_statistics SET counting_time = clock_timestamp() - started
  WHERE day = (until AT TIME ZONE 'UTC')::date;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION permissions_of(account integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT role.permissions FROM users JOIN roles role ON role.id = users.role_id WHERE users.id = account
$$;
