-- A role is deleted only when nobody holds it and no role that is being deleted is replaced by it. AUTHB: it is in use.
CREATE OR REPLACE FUNCTION assert_role_unused(target integer) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM users WHERE role_id = target) OR EXISTS (SELECT FROM roles WHERE replacement_id = target) THEN
    RAISE EXCEPTION 'role in use' USING ERRCODE = 'AUTHB';
  END IF;
END $$;
