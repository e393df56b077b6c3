-- In every batch that acts for a session, after the account's lock if it takes one: raises, and so undoes the whole batch,
-- unless the session is live, the account is active, and it holds the permission and the freshness that are asked for.
-- Permissions of the groups in `totp_groups` open nothing to a session that has shown neither a time-based code nor a
-- passkey.
-- AUTH1: session over. AUTH2: permission lacking. AUTH3: authenticated too long ago. AUTH4: second factor missing.
CREATE OR REPLACE FUNCTION assert_session(
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
  JOIN roles held ON held.id = account.role_id
  JOIN roles role ON role.id = coalesce(held.replacement_id, held.id)
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
    IF NOT shown && ARRAY['otp', 'hwk', 'swk', 'user'] AND EXISTS (
      SELECT FROM jsonb_array_elements_text(granted) AS held(permission)
      WHERE split_part(held.permission, ':', 1) = ANY (totp_groups)
    ) THEN
      RAISE EXCEPTION 'second factor missing' USING ERRCODE = 'AUTH4';
    END IF;
  END IF;
  IF max_age IS NOT NULL AND found_at < now() - max_age THEN
    RAISE EXCEPTION 'authenticated too long ago' USING ERRCODE = 'AUTH3';
  END IF;
END $$;
