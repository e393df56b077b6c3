-- Somebody who holds `*` and can sign in always remains, whoever changes the rows and by whatever way. Checked when
-- the transaction commits, one such transaction at a time: two admins who demote each other don't both get through.
CREATE OR REPLACE FUNCTION assert_admin_remains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'users' THEN
    -- A role that is gone by now has had its own check, once for all who held it.
    IF NOT coalesce(permissions_of_role(OLD.role_id) ? '*', FALSE) THEN
      RETURN NULL;
    END IF;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('last_admin'));
  IF NOT EXISTS (
    SELECT FROM roles held
    JOIN roles role ON role.id = coalesce(held.replacement_id, held.id)
    JOIN users ON users.role_id = held.id
    WHERE role.permissions ? '*' AND users.is_active AND users.deleted_at IS NULL
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
