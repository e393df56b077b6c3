-- What Drizzle's schema can't say: the seeded roles, the chain of the audit log, the check that authorises a batch.

INSERT INTO roles (id, name, description, permissions, is_system) VALUES
  (0, 'user', 'Default role', '[]', true),
  (1, 'admin', 'Every permission', '["*"]', true),
  (2, 'guest', 'No permission', '[]', true)
ON CONFLICT (id) DO NOTHING;
--> statement-breakpoint

-- Appends to the audit log one at a time: the lock is held until the transaction ends, and `id` is drawn under it,
-- so that the order of the ids is the order of the chain. Write the audit row last in a batch: the lock is global.
CREATE FUNCTION audit_logs_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  previous text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('audit_logs'));
  SELECT hash INTO previous FROM audit_logs ORDER BY id DESC LIMIT 1;
  NEW.id := nextval(pg_get_serial_sequence('audit_logs', 'id'));
  NEW.created_at := clock_timestamp();
  NEW.hash := audit_log_hash(coalesce(previous, ''), NEW);
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
