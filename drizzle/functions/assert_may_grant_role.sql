-- Giving somebody a role grants all its permissions. AUTHC: no such role, or it is being deleted.
CREATE OR REPLACE FUNCTION assert_may_grant_role(actor integer, granted integer) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  wanted jsonb;
BEGIN
  SELECT permissions INTO wanted FROM roles WHERE id = granted AND replacement_id IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such role' USING ERRCODE = 'AUTHC';
  END IF;
  PERFORM assert_may_grant(actor, wanted);
END $$;
