-- The first use of a code makes the grant; any later one ends it, since the code has leaked. One statement, so that the
-- account is locked for as short a time as can be: of fifty at once, one makes the grant and the others are refused, rather
-- than wait. No row where the application is not who it says.
CREATE OR REPLACE FUNCTION exchange_code(
  shown_client text, shown_secret text, person integer, parent uuid, used_code text, new_grant uuid, wanted jsonb,
  wanted_audience text, first_token text
) RETURNS TABLE (made boolean, person_subject uuid, role integer, held jsonb, shown text[], shown_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  client oauth_clients;
BEGIN
  SELECT c.* INTO client FROM oauth_clients c
  WHERE c.client_id = shown_client AND client_shows(c.hash, c.previous_hash, c.previous_until, c.disabled_at, shown_secret);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  made := false;
  -- What is over stays over: nobody has to wait for that.
  IF EXISTS (SELECT FROM oauth_grants g WHERE g.code_hash = used_code AND g.revoked_at IS NOT NULL) THEN
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM FROM users WHERE id = person FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM oauth_grants g WHERE g.code_hash = used_code) THEN
    UPDATE oauth_grants g SET revoked_at = now(), updated_at = now()
    WHERE g.code_hash = used_code AND g.revoked_at IS NULL AND g.client_id = client.id;
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT r.id, r.permissions, session.methods, session.authenticated_at INTO role, held, shown, shown_at
  FROM refresh_tokens session JOIN users u ON u.id = session.user_id
  JOIN roles stored ON stored.id = u.role_id JOIN roles r ON r.id = coalesce(stored.replacement_id, stored.id)
  WHERE session.session_id = parent AND session.user_id = person AND session.revoked_at IS NULL AND session.expires_at > now()
    AND u.is_active AND u.deleted_at IS NULL
    AND (client.is_first_party OR EXISTS (SELECT FROM oauth_consents consent
      WHERE consent.user_id = person AND consent.client_id = client.id AND consent.scopes @> wanted));
  IF FOUND AND EXISTS (SELECT FROM oauth_clients c WHERE c.id = client.id AND c.disabled_at IS NULL) THEN
    UPDATE users u SET subject = gen_random_uuid() WHERE u.id = person AND u.subject IS NULL;
    INSERT INTO oauth_grants (user_id, client_id, grant_id, session_id, code_hash, scopes, audience, token)
    VALUES (person, client.id, new_grant, parent, used_code, wanted, wanted_audience, first_token);
    SELECT u.subject INTO person_subject FROM users u WHERE u.id = person;
    made := true;
  END IF;
  RETURN NEXT;
END $$;
