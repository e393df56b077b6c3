-- Notes that there is one live session more or less, by the quarter of a day in which it runs out: so time alone changes
-- no sum, and most refreshes note nothing. Rows are added and never updated: no two logins wait for each other.
CREATE OR REPLACE FUNCTION note_uncounted_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.revoked_at IS NULL THEN
    INSERT INTO uncounted_changes (runs_out, sessions) VALUES (date_bin('6 hours', OLD.expires_at, '2000-01-01T00:00:00Z'), -1);
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.revoked_at IS NULL THEN
    INSERT INTO uncounted_changes (runs_out, sessions) VALUES (date_bin('6 hours', NEW.expires_at, '2000-01-01T00:00:00Z'), 1);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER refresh_tokens_uncounted AFTER INSERT ON refresh_tokens
  FOR EACH ROW EXECUTE FUNCTION note_uncounted_session();
--> statement-breakpoint
CREATE TRIGGER refresh_tokens_uncounted_change AFTER UPDATE OF expires_at, revoked_at ON refresh_tokens
  FOR EACH ROW WHEN ((OLD.revoked_at IS NULL) <> (NEW.revoked_at IS NULL)
    OR date_bin('6 hours', OLD.expires_at, '2000-01-01T00:00:00Z') <> date_bin('6 hours', NEW.expires_at, '2000-01-01T00:00:00Z'))
  EXECUTE FUNCTION note_uncounted_session();
--> statement-breakpoint
-- Retention removes what ran out days ago: it is in no total any more.
CREATE TRIGGER refresh_tokens_uncounted_end AFTER DELETE ON refresh_tokens
  FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND OLD.expires_at > now() - interval '1 day')
  EXECUTE FUNCTION note_uncounted_session();
