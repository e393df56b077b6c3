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
