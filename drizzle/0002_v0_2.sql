CREATE TABLE "broadcast_ranges" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "broadcast_ranges_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"broadcast_id" uuid NOT NULL,
	"range" smallint NOT NULL,
	"after_id" integer NOT NULL,
	"until_id" integer NOT NULL,
	"sent_id" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mail_counts" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mail_counts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"key" varchar(64) NOT NULL,
	"address" varchar(64) NOT NULL,
	"kind" varchar(50) NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mail_counts_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"job" jsonb NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" timestamp (3) with time zone DEFAULT now() + interval '30 seconds' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "login_throttles" ADD COLUMN "refused_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD COLUMN "previous_token" varchar(255);--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "proof_due_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_broadcast_ranges_broadcast_id_range" ON "broadcast_ranges" USING btree ("broadcast_id","range");--> statement-breakpoint
CREATE INDEX "idx_broadcast_ranges_created_at" ON "broadcast_ranges" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "idx_mail_counts_address_created_at" ON "mail_counts" USING btree ("address","created_at");--> statement-breakpoint
CREATE INDEX "idx_mail_counts_created_at" ON "mail_counts" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "idx_outbox_next_at" ON "outbox" USING btree ("next_at");--> statement-breakpoint
CREATE INDEX "idx_login_history_user_id_country" ON "login_history" USING btree ("user_id","country") WHERE outcome = 'success';--> statement-breakpoint
CREATE INDEX "idx_login_history_user_id_user_agent" ON "login_history" USING btree ("user_id","user_agent") WHERE outcome = 'success';--> statement-breakpoint
CREATE INDEX "idx_one_time_tokens_short_lived" ON "one_time_tokens" USING btree ("expires_at") WHERE purpose in ('ws_ticket', 'login_challenge');--> statement-breakpoint
CREATE INDEX "idx_users_proof_due_at" ON "users" USING btree ("proof_due_at") WHERE not is_verified and proof_due_at is not null;
--> statement-breakpoint
DROP TRIGGER users_admin_remains ON users;
--> statement-breakpoint
DROP TRIGGER users_admin_remains_after_delete ON users;
--> statement-breakpoint
DROP TRIGGER roles_admin_remains ON roles;
--> statement-breakpoint
-- Somebody who holds `*` and can sign in always remains, whoever changes the rows and by whatever way. Checked when
-- the transaction commits, one such transaction at a time: two admins who demote each other don't both get through.
CREATE OR REPLACE FUNCTION assert_admin_remains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'users' THEN
    -- A role that is gone by now has had its own check, once for all who held it.
    IF NOT coalesce((SELECT permissions ? '*' FROM roles WHERE id = OLD.role_id), FALSE) THEN
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
CREATE CONSTRAINT TRIGGER roles_admin_remains_after_delete AFTER DELETE ON roles
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.permissions ? '*')
  EXECUTE FUNCTION assert_admin_remains();
--> statement-breakpoint
-- Where an authenticator is on, second factors are changed by a session that has shown it, or a recovery code, which only
-- such a session is given. A mailbox gives a password and an e-mail code: neither may remove, replace or add a factor.
-- AUTH4: time-based code missing.
CREATE OR REPLACE FUNCTION assert_may_change_factors(asserted_session uuid) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (
    SELECT FROM refresh_tokens session
    JOIN two_factor_methods method ON method.user_id = session.user_id
    WHERE session.session_id = asserted_session AND NOT session.methods && ARRAY['otp', 'recovery_code']
      AND method.type = 'totp' AND method.confirmed_at IS NOT NULL
  ) THEN
    RAISE EXCEPTION 'authenticator not shown' USING ERRCODE = 'AUTH4';
  END IF;
END $$;
--> statement-breakpoint
-- Nobody fills the log with what they do to their own account: of one kind at most 30 records in an hour. Counted for each
-- kind by itself, so that using up one keeps nobody from another, and a session's end is never refused.
-- AUTHD: too many.
CREATE OR REPLACE FUNCTION audit_logs_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.target_type = 'user' AND NEW.target_id = NEW.actor_id::text AND NEW.action NOT LIKE 'session%' AND (
    SELECT created_at FROM audit_logs WHERE actor_id = NEW.actor_id AND action = NEW.action
    ORDER BY -id OFFSET 29 LIMIT 1
  ) > clock_timestamp() - interval '1 hour' THEN
    RAISE EXCEPTION 'too many of one kind' USING ERRCODE = 'AUTHD';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_logs_bounded BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_logs_bounded();
--> statement-breakpoint
-- The rotation of a refresh token, under the lock of its account. A function, since nothing is asked as often: its
-- statements have snapshots of their own as those of a batch have, without a message for each while the lock is held.
-- Of many parallel uses of one token the first rotates, and the others find what it did. No row where there is no such
-- session or its account may not sign in; else the account as it is now, and what came of it: rotated, repeated (within
-- the grace: the same successor), reused (the session is over) or refused. What only the AUTH_SECRET before vouches for
-- must be the token that was handed out last or just before: that secret may have been stolen.
CREATE OR REPLACE FUNCTION rotate_session(
  rotated_session uuid, shown_generation bigint, of_present_secret boolean, shown_token text, successor text,
  grace interval, idle interval, absolute interval
) RETURNS TABLE (owner integer, owner_role integer, owner_permissions jsonb, outcome text, shown text[], shown_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  session refresh_tokens;
BEGIN
  PERFORM FROM users WHERE id = (SELECT t.user_id FROM refresh_tokens t WHERE t.session_id = rotated_session) FOR NO KEY UPDATE;
  SELECT * INTO session FROM refresh_tokens t WHERE t.session_id = rotated_session;
  SELECT u.id, u.role_id, r.permissions, session.methods, session.authenticated_at
    INTO owner, owner_role, owner_permissions, shown, shown_at
  FROM users u JOIN roles r ON r.id = u.role_id
  WHERE u.id = session.user_id AND u.is_active AND u.deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF session.revoked_at IS NOT NULL OR session.expires_at <= now() THEN
    outcome := 'refused';
  ELSIF NOT of_present_secret AND session.token <> shown_token AND session.previous_token IS DISTINCT FROM shown_token THEN
    outcome := 'refused';
  ELSIF session.generation = shown_generation THEN
    outcome := 'rotated';
  ELSIF session.generation = shown_generation + 1 AND session.rotated_at > now() - grace THEN
    outcome := 'repeated';
  ELSE
    outcome := 'reused';
  END IF;
  IF outcome = 'rotated' THEN
    UPDATE refresh_tokens t SET
      token = successor, previous_token = shown_token, generation = t.generation + 1, rotated_at = now(), last_used_at = now(), updated_at = now(),
      expires_at = least(now() + idle, t.created_at + absolute)
    WHERE t.id = session.id;
  ELSIF outcome = 'repeated' AND session.token <> successor THEN
    -- While AUTH_SECRET is being rotated the same step has two successors: what was handed out last must be known.
    UPDATE refresh_tokens t SET token = successor WHERE t.id = session.id;
  ELSIF outcome = 'reused' THEN
    UPDATE refresh_tokens t SET revoked_at = now(), revoked_reason = 'token_reused', updated_at = now() WHERE t.id = session.id;
  END IF;
  RETURN NEXT;
END $$;
--> statement-breakpoint
-- The first proof of a mailbox, in whatever way it came. Until then the account may be a stranger's, who registered the
-- address before its owner: what was made before does not outlive the proof. Sessions, devices, links, challenges and
-- codes go; so do second factors, unless an administrator had given the account a role, for then the mailbox alone would
-- take an authenticator away that guards more than its owner's data, or had replaced an address that was proven: then the proof
-- is due in infinity, and what the account holds is its owner's.
-- The session that brings the proof (`auth_api.proving_session`) was opened by whoever reads the mailbox: it stays, with
-- its device and the factors of the account.
CREATE OR REPLACE FUNCTION users_mailbox_proven() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  proving refresh_tokens;
BEGIN
  SELECT * INTO proving FROM refresh_tokens session
  WHERE session.session_id = nullif(current_setting('auth_api.proving_session', true), '')::uuid
    AND session.user_id = NEW.id AND session.revoked_at IS NULL AND session.expires_at > now();
  UPDATE refresh_tokens SET revoked_at = now(), revoked_reason = 'mailbox_proven', updated_at = now()
  WHERE user_id = NEW.id AND revoked_at IS NULL AND session_id IS DISTINCT FROM proving.session_id;
  DELETE FROM known_devices WHERE user_id = NEW.id AND device IS DISTINCT FROM proving.device;
  UPDATE one_time_tokens SET used_at = now(), updated_at = now() WHERE user_id = NEW.id AND used_at IS NULL;
  IF proving.session_id IS NULL AND OLD.role_id = 0 AND OLD.proof_due_at IS DISTINCT FROM 'infinity' THEN
    DELETE FROM recovery_codes WHERE user_id = NEW.id;
    DELETE FROM two_factor_methods WHERE user_id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_mailbox_proven AFTER UPDATE OF is_verified ON users
  FOR EACH ROW WHEN (NEW.is_verified AND NOT OLD.is_verified)
  EXECUTE FUNCTION users_mailbox_proven();
