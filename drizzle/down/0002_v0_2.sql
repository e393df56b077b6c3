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
-- The functions as they were:
DROP FUNCTION assert_may_change_factors;
--> statement-breakpoint
DROP TRIGGER audit_logs_bounded ON audit_logs;
--> statement-breakpoint
DROP FUNCTION audit_logs_bounded;
--> statement-breakpoint
DROP FUNCTION rotate_session;
--> statement-breakpoint
DROP TRIGGER users_mailbox_proven ON users;
--> statement-breakpoint
DROP FUNCTION users_mailbox_proven;
--> statement-breakpoint
DROP TRIGGER users_admin_remains ON users;
--> statement-breakpoint
DROP TRIGGER users_admin_remains_after_delete ON users;
--> statement-breakpoint
DROP TRIGGER roles_admin_remains ON roles;
--> statement-breakpoint
DROP TRIGGER roles_admin_remains_after_delete ON roles;
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
