-- The first proof of a mailbox, however it came. Until then the account may belong to a stranger who registered the
-- address before its owner did, so nothing made before survives the proof: sessions, devices, links, challenges, codes,
-- API keys, consents and linked identities go. Second factors go too, with two exceptions:
-- * An administrator had given the account a role. The mailbox alone must not remove an authenticator that guards more
--   than its owner's data. A passkey then remains as a second factor, and no longer signs in alone: it may be the
--   stranger's.
-- * An administrator had replaced a proven address (its proof is due at infinity): what the account holds is its
--   owner's.
-- The session that brings the proof (`auth_api.proving_session`) was opened by somebody who reads the mailbox: it
-- stays, with its device and the account's factors.
CREATE OR REPLACE FUNCTION users_mailbox_proven() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  proving refresh_tokens;
BEGIN
  SELECT * INTO proving FROM refresh_tokens session
  WHERE session.session_id = nullif(current_setting('auth_api.proving_session', true), '')::uuid
    AND session.user_id = NEW.id AND session.revoked_at IS NULL AND session.expires_at > now();
  UPDATE refresh_tokens SET revoked_at = now(), revoked_reason = 'mailbox_proven', updated_at = now()
  WHERE user_id = NEW.id AND revoked_at IS NULL AND session_id IS DISTINCT FROM proving.session_id;
  DELETE FROM api_keys WHERE user_id = NEW.id;
  DELETE FROM oauth_consents WHERE user_id = NEW.id;
  DELETE FROM known_devices WHERE user_id = NEW.id AND device IS DISTINCT FROM proving.device;
  UPDATE one_time_tokens SET used_at = now(), updated_at = now() WHERE user_id = NEW.id AND used_at IS NULL;
  DELETE FROM identities
  WHERE user_id = NEW.id AND proving.session_id IS NULL AND OLD.proof_due_at IS DISTINCT FROM 'infinity';
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
