-- Where an authenticator is on, second factors are changed by a session that has shown it, or a recovery code, which only
-- such a session is given. A mailbox gives a password and an e-mail code: neither may remove, replace or add a factor.
-- AUTH4: time-based code missing.
CREATE OR REPLACE FUNCTION assert_may_change_factors(asserted_session uuid) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (
    SELECT FROM refresh_tokens session
    JOIN two_factor_methods method ON method.user_id = session.user_id
    WHERE session.session_id = asserted_session AND NOT session.methods && ARRAY['otp', 'recovery_code']
      AND method.type = 'totp' AND method.confirmed_at IS NOT NULL
  ) THEN
    RAISE EXCEPTION 'authenticator not shown' USING ERRCODE = 'AUTH4';
  END IF;
END $$;
