-- The first proof of a mailbox, in whatever way it came. Until then the account may be a stranger's, who registered the
-- address before its owner: what was made before does not outlive the proof. Sessions, devices, links, challenges and
-- codes go; so do second factors, unless an administrator had given the account a role, for then the mailbox alone would
-- take an authenticator away that guards more than its owner's data, or had replaced an address that was proven: then the proof
-- is due in infinity, and what the account holds is its owner's. A passkey that stays for an administrator's role guards the
-- account as a second factor, and no longer opens it alone: it may be the stranger's.
-- The session that brings the proof (`auth_api.proving_session`) was opened by whoever reads the mailbox: it stays, with
-- its device and the factors of the account.
CREATE OR REPLACE FUNCTION users_mailbox_proven() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  proving refresh_tokens;
BEGIN
  SELECT * INTO proving FROM refresh_tokens session
  WHERE session.session_id = nullif(current_setting('auth_api.proving_session', true), '')::uuid
    AND session.user_id = NEW.id AND session.revoked_at IS NULL AND session.expires_at > now();
  UPDATE refresh_tokens SET revoked_at = now(), revoked_reason = 'mailbox_proven', updated_at = now()
  WHERE user_id = NEW.id AND revoked_at IS NULL AND session_id IS DISTINCT FROM proving.session_id;
  DELETE FROM known_devices WHERE user_id = NEW.id AND device IS DISTINCT FROM proving.device;
  UPDATE one_time_tokens SET used_at = now(), updated_at = now() WHERE user_id = NEW.id AND used_at IS NULL;
  IF proving.session_id IS NULL AND OLD.role_id = 0 AND OLD.proof_due_at IS DISTINCT FROM 'infinity' THEN
    DELETE FROM recovery_codes WHERE user_id = NEW.id;
    DELETE FROM two_factor_methods WHERE user_id = NEW.id;
    DELETE FROM passkeys WHERE user_id = NEW.id;
  ELSIF proving.session_id IS NULL AND OLD.proof_due_at IS DISTINCT FROM 'infinity' THEN
    UPDATE passkeys SET signs_in = false, updated_at = now() WHERE user_id = NEW.id AND signs_in;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_mailbox_proven AFTER UPDATE OF is_verified ON users
  FOR EACH ROW WHEN (NEW.is_verified AND NOT OLD.is_verified)
  EXECUTE FUNCTION users_mailbox_proven();
