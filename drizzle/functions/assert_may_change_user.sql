-- Who may change an account: a rule of administration (src/services/access/authority.ts, which runs such acts in turn).
-- AUTH5: no such account. AUTH7: the target stands above the actor.
CREATE OR REPLACE FUNCTION assert_may_change_user(actor integer, target integer, deleted boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM users WHERE id = target AND (deleted_at IS NOT NULL) = deleted FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such account' USING ERRCODE = 'AUTH5';
  END IF;
  IF NOT holds_all(permissions_of(actor), permissions_of(target)) THEN
    RAISE EXCEPTION 'the account stands above the actor' USING ERRCODE = 'AUTH7';
  END IF;
END $$;
