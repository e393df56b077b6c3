-- The rotation of an application's refresh token, as rotate_session does it for a session's, and for the same reasons.
-- The grant lives as long as the session that it came from, and using it keeps that session from running out. No row
-- where there is no such grant of that application, or where its person, session or application may do nothing.
CREATE OR REPLACE FUNCTION rotate_grant(
  rotated_grant uuid, shown_generation bigint, of_present_secret boolean, shown_token text, successor text,
  shown_client text, shown_secret text, grace interval, idle interval, absolute interval
) RETURNS TABLE (
  owner integer, owner_subject uuid, owner_role integer, owner_permissions jsonb, outcome text, shown text[],
  shown_at timestamptz, parent uuid, granted jsonb, wanted_audience text
) LANGUAGE plpgsql AS $$
DECLARE
  held oauth_grants;
BEGIN
  PERFORM FROM users WHERE id = (SELECT g.user_id FROM oauth_grants g WHERE g.grant_id = rotated_grant) FOR NO KEY UPDATE;
  SELECT g.* INTO held FROM oauth_grants g JOIN oauth_clients c ON c.id = g.client_id
  WHERE g.grant_id = rotated_grant AND c.client_id = shown_client AND client_shows(c.hash, c.previous_hash, c.previous_until, c.disabled_at, shown_secret);
  SELECT u.id, u.subject, r.id, r.permissions, session.methods, session.authenticated_at, session.session_id, held.scopes, held.audience
    INTO owner, owner_subject, owner_role, owner_permissions, shown, shown_at, parent, granted, wanted_audience
  FROM refresh_tokens session JOIN users u ON u.id = session.user_id
  JOIN roles stored ON stored.id = u.role_id JOIN roles r ON r.id = coalesce(stored.replacement_id, stored.id)
  WHERE session.session_id = held.session_id AND session.revoked_at IS NULL AND session.expires_at > now()
    AND u.is_active AND u.deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF held.revoked_at IS NOT NULL THEN
    outcome := 'refused';
  ELSIF NOT of_present_secret AND held.token <> shown_token AND held.previous_token IS DISTINCT FROM shown_token THEN
    outcome := 'refused';
  ELSIF held.generation = shown_generation THEN
    outcome := 'rotated';
  ELSIF held.generation = shown_generation + 1 AND held.rotated_at > now() - grace THEN
    outcome := 'repeated';
  ELSE
    outcome := 'reused';
  END IF;
  IF outcome = 'rotated' THEN
    UPDATE refresh_tokens t SET
      last_used_at = now(), expires_at = greatest(t.expires_at, least(now() + idle, t.created_at + absolute)), updated_at = now()
    WHERE t.session_id = parent;
    UPDATE oauth_grants g SET
      token = successor, previous_token = shown_token, generation = g.generation + 1, rotated_at = now(), last_used_at = now(), updated_at = now()
    WHERE g.id = held.id;
  ELSIF outcome = 'repeated' AND held.token <> successor THEN
    UPDATE oauth_grants g SET token = successor WHERE g.id = held.id;
  ELSIF outcome = 'reused' THEN
    UPDATE oauth_grants g SET revoked_at = now(), updated_at = now() WHERE g.id = held.id;
  END IF;
  RETURN NEXT;
END $$;
