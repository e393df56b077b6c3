-- Where an authenticator or a passkey is on, second factors are changed by a session that has shown one of them, or a
-- recovery code, which only such a session is given. A mailbox gives a password and an e-mail code: neither may remove,
-- replace or add a factor.
-- AUTH4: second factor missing.
CREATE OR REPLACE FUNCTION assert_may_change_factors(asserted_session uuid) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (
    SELECT FROM refresh_tokens session
    WHERE session.session_id = asserted_session
      AND NOT session.methods && ARRAY['otp', 'hwk', 'swk', 'user', 'recovery_code']
      AND (EXISTS (
          SELECT FROM two_factor_methods method
          WHERE method.user_id = session.user_id AND method.type = 'totp' AND method.confirmed_at IS NOT NULL)
        OR EXISTS (SELECT FROM passkeys passkey WHERE passkey.user_id = session.user_id))
  ) THEN
    RAISE EXCEPTION 'second factor not shown' USING ERRCODE = 'AUTH4';
  END IF;
END $$;
