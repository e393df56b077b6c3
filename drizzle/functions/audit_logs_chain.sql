-- Appends to the audit log one at a time: the lock is held until the transaction ends, so `id` has no gaps (a missing
-- number is a row that was removed) and its order is that of the chain. Audit last in a batch: the lock is global.
CREATE OR REPLACE FUNCTION audit_logs_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  previous record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('audit_logs'));
  SELECT id, hash INTO previous FROM audit_logs ORDER BY id DESC LIMIT 1;
  NEW.id := coalesce(previous.id, 0) + 1;
  NEW.created_at := clock_timestamp();
  NEW.hash := audit_log_hash(coalesce(previous.hash, ''), NEW);
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_logs_chain BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_logs_chain();
