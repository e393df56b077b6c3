-- Nobody grants a permission that they don't hold themselves. AUTH6: the actor lacks one.
CREATE OR REPLACE FUNCTION assert_may_grant(actor integer, wanted jsonb) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT holds_all(permissions_of(actor), wanted) THEN
    RAISE EXCEPTION 'the actor lacks a permission to be granted' USING ERRCODE = 'AUTH6';
  END IF;
END $$;
