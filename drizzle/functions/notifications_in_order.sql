-- A user's notifications are committed in the order of their ids: the lock is held until the transaction ends, and the
-- id is drawn under it. So whoever has read up to an id has read all before it, and "after the last one seen" misses
-- none. A statement that inserts for many users takes the locks by ascending user_id; src/services/access/actor.ts has
-- the order of all locks.
CREATE OR REPLACE FUNCTION notifications_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('notifications'), NEW.user_id);
  NEW.id := nextval(pg_get_serial_sequence('notifications', 'id'));
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER notifications_in_order BEFORE INSERT ON notifications FOR EACH ROW EXECUTE FUNCTION notifications_in_order();
