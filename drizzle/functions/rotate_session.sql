-- The rotation of a refresh token, under the lock of its account. A function, since nothing is asked as often: its
-- statements have snapshots of their own as those of a batch have, without a message for each while the lock is held.
-- Of many parallel uses of one token the first rotates, and the others find what it did. No row where there is no such
-- session or its account may not sign in; else the account as it is now, and what came of it: rotated, repeated (within
-- the grace: the same successor), reused (the session is over) or refused. What only the AUTH_SECRET before vouches for
-- must be the token that was handed out last or just before: that secret may have been stolen.
CREATE OR REPLACE FUNCTION rotate_session(
  rotated_session uuid, shown_generation bigint, of_present_secret boolean, shown_token text, successor text,
  grace interval, idle interval, absolute interval
) RETURNS TABLE (owner integer, owner_role integer, owner_permissions jsonb, outcome text, shown text[], shown_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  session refresh_tokens;
BEGIN
  PERFORM FROM users WHERE id = (SELECT t.user_id FROM refresh_tokens t WHERE t.session_id = rotated_session) FOR NO KEY UPDATE;
  SELECT * INTO session FROM refresh_tokens t WHERE t.session_id = rotated_session;
  SELECT u.id, r.id, r.permissions, session.methods, session.authenticated_at
    INTO owner, owner_role, owner_permissions, shown, shown_at
  FROM users u JOIN roles held ON held.id = u.role_id JOIN roles r ON r.id = coalesce(held.replacement_id, held.id)
  WHERE u.id = session.user_id AND u.is_active AND u.deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF session.revoked_at IS NOT NULL OR session.expires_at <= now() THEN
    outcome := 'refused';
  ELSIF NOT of_present_secret AND session.token <> shown_token AND session.previous_token IS DISTINCT FROM shown_token THEN
    outcome := 'refused';
  ELSIF session.generation = shown_generation THEN
    outcome := 'rotated';
  ELSIF session.generation = shown_generation + 1 AND session.rotated_at > now() - grace THEN
    outcome := 'repeated';
  ELSE
    outcome := 'reused';
  END IF;
  IF outcome = 'rotated' THEN
    UPDATE refresh_tokens t SET
      token = successor, previous_token = shown_token, generation = t.generation + 1, rotated_at = now(), last_used_at = now(), updated_at = now(),
      expires_at = least(now() + idle, t.created_at + absolute)
    WHERE t.id = session.id;
  ELSIF outcome = 'repeated' AND session.token <> successor THEN
    -- While AUTH_SECRET is being rotated the same step has two successors: what was handed out last must be known.
    UPDATE refresh_tokens t SET token = successor WHERE t.id = session.id;
  ELSIF outcome = 'reused' THEN
    UPDATE refresh_tokens t SET revoked_at = now(), revoked_reason = 'token_reused', updated_at = now() WHERE t.id = session.id;
  END IF;
  RETURN NEXT;
END $$;
