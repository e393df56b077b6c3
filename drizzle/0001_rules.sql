-- What Drizzle's schema can't say: the seeded roles, the chain of the audit log, the check that authorises a batch.

INSERT INTO roles (id, name, description, permissions, is_system) VALUES
  (0, 'user', 'Default role', '[]', true),
  (1, 'admin', 'Every permission', '["*"]', true),
  (2, 'guest', 'No permission', '[]', true)
ON CONFLICT (id) DO NOTHING;
--> statement-breakpoint

-- Appends to the audit log one at a time: the lock is held until the transaction ends, so `id` has no gaps (a missing
-- number is a row that was removed) and its order is that of the chain. Audit last in a batch: the lock is global.
CREATE FUNCTION audit_logs_chain() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- SHA-256 over the hash before and every column of the row, as a JSON array: no two rows share a rendering.
CREATE FUNCTION audit_log_hash(previous text, entry audit_logs) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(jsonb_build_array(
    previous, entry.id, entry.actor_id, entry.action, entry.target_type, entry.target_id, entry.metadata,
    entry.ip_address, entry.request_id, to_char(entry.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')
  )::text, 'UTF8')), 'hex')
$$;
--> statement-breakpoint

CREATE TRIGGER audit_logs_chain BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_logs_chain();
--> statement-breakpoint

CREATE FUNCTION audit_logs_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_logs is append-only' USING ERRCODE = 'AUTH9';
END $$;
--> statement-breakpoint

CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_logs
  FOR EACH STATEMENT EXECUTE FUNCTION audit_logs_append_only();
--> statement-breakpoint

-- First statement of every batch that acts for a session: raises, and so undoes the whole batch, unless the session
-- is live, the account is active, and it holds the permission and the freshness that are asked for. Permissions of the
-- groups in `totp_groups` open nothing to a session that has not shown a time-based code.
-- AUTH1: session over. AUTH2: permission lacking. AUTH3: authenticated too long ago. AUTH4: time-based code missing.
CREATE FUNCTION assert_session(
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

-- `*` grants all, `users:*` every action on users, `users:read` itself.
CREATE FUNCTION has_permission(granted jsonb, needed text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT granted ?| ARRAY['*', needed, split_part(needed, ':', 1) || ':*']
$$;
--> statement-breakpoint

-- Whether `granted` holds every permission of `wanted`: who may grant it, and who stands above whom.
CREATE FUNCTION holds_all(granted jsonb, wanted jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(bool_and(has_permission(granted, permission)), true) FROM jsonb_array_elements_text(wanted) permission
$$;
--> statement-breakpoint

CREATE FUNCTION permissions_of(account integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT role.permissions FROM users JOIN roles role ON role.id = users.role_id WHERE users.id = account
$$;
--> statement-breakpoint

-- The rules of administration, for the batches of src/services/authority.ts, which serialises them.
-- AUTH5: no such account or role. AUTH6: grants what the actor lacks. AUTH7: the target stands above the actor.
-- AUTHA: system role. AUTHB: role in use. AUTHC: the role to give does not exist.
CREATE FUNCTION assert_may_change_user(actor integer, target integer, deleted boolean) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE FUNCTION assert_may_grant(actor integer, wanted jsonb) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT holds_all(permissions_of(actor), wanted) THEN
    RAISE EXCEPTION 'the actor lacks a permission to be granted' USING ERRCODE = 'AUTH6';
  END IF;
END $$;
--> statement-breakpoint

CREATE FUNCTION assert_may_grant_role(actor integer, granted integer) RETURNS void LANGUAGE plpgsql STABLE AS $$
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

CREATE FUNCTION assert_may_change_role(actor integer, target integer, renamed_or_deleted boolean) RETURNS void
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

CREATE FUNCTION assert_role_unused(target integer) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM users WHERE role_id = target) THEN
    RAISE EXCEPTION 'role in use' USING ERRCODE = 'AUTHB';
  END IF;
END $$;
--> statement-breakpoint

-- Somebody who holds `*` and can sign in always remains, whoever changes the rows and by whatever way. Checked when
-- the transaction commits, one such transaction at a time: two admins who demote each other don't both get through.
CREATE FUNCTION assert_admin_remains() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- What differs between two states of a thing, for the audit log: `{ before, after }` with the changed keys alone.
CREATE FUNCTION changed_fields(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object(
    'before', coalesce(jsonb_object_agg(key, before -> key), '{}'),
    'after', coalesce(jsonb_object_agg(key, value), '{}'))
  FROM jsonb_each(after) WHERE value IS DISTINCT FROM before -> key
$$;
--> statement-breakpoint

-- Search by any part of address or name, without a walk through every account.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint

CREATE INDEX idx_users_search ON users USING gin (lower(' ' || email || ' ' || prenom || ' ' || nom) gin_trgm_ops);
--> statement-breakpoint

-- A user's notifications are committed in the order of their ids: the lock is held until the transaction ends and `id`
-- is drawn under it. So whoever has read up to an id has read all before it, and "after the last one seen" misses none.
-- Lock order: users, refresh_tokens, notifications, audit_logs; where a statement inserts for many users, by user_id.
CREATE FUNCTION notifications_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('notifications'), NEW.user_id);
  NEW.id := nextval(pg_get_serial_sequence('notifications', 'id'));
  RETURN NEW;
END $$;
--> statement-breakpoint

CREATE TRIGGER notifications_in_order BEFORE INSERT ON notifications FOR EACH ROW EXECUTE FUNCTION notifications_in_order();
--> statement-breakpoint

-- Counts on from where the last count stopped, so that no request walks through years of rows. Logins by day are never
-- counted twice nor taken back, whatever retention removes. A row bears the time at which its transaction began; none
-- takes a minute, so up to a minute ago all are there. Totals change in both directions and are counted whole: hence no
-- more often than that it takes a hundredth of the time.
CREATE FUNCTION count_statistics() RETURNS void LANGUAGE plpgsql AS $$
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
