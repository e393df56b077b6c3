-- Notes which accounts the totals have to count again, by slices of a thousand ids, in the transaction that changes them.
-- Rows are added and never updated: no two registrations wait for each other.
CREATE OR REPLACE FUNCTION note_uncounted_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  account integer;
BEGIN
  IF TG_TABLE_NAME = 'users' THEN
    account := coalesce(NEW.id, OLD.id);
  ELSE
    account := coalesce(NEW.user_id, OLD.user_id);
  END IF;
  INSERT INTO uncounted_changes (slice) VALUES (account / 1000);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_uncounted AFTER INSERT OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER users_uncounted_change AFTER UPDATE OF is_active, deleted_at ON users
  FOR EACH ROW WHEN (OLD.is_active <> NEW.is_active OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
  EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER two_factor_methods_uncounted AFTER INSERT ON two_factor_methods
  FOR EACH ROW WHEN (NEW.confirmed_at IS NOT NULL) EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER two_factor_methods_uncounted_change AFTER UPDATE OF confirmed_at ON two_factor_methods
  FOR EACH ROW EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER two_factor_methods_uncounted_end AFTER DELETE ON two_factor_methods
  FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER passkeys_uncounted AFTER INSERT OR DELETE ON passkeys
  FOR EACH ROW EXECUTE FUNCTION note_uncounted_account();
