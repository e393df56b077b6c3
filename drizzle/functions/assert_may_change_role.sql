-- Who may change a role: whoever holds every permission it has. The role stays locked until the transaction ends.
-- AUTH5: no such role, or it is being deleted. AUTH7: it has a permission that the actor lacks. AUTHA: system roles are
-- neither renamed nor deleted.
CREATE OR REPLACE FUNCTION assert_may_change_role(actor integer, target integer, renamed_or_deleted boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  role roles;
BEGIN
  SELECT * INTO role FROM roles WHERE id = target AND replacement_id IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such role' USING ERRCODE = 'AUTH5';
  END IF;
  IF role.is_system AND renamed_or_deleted THEN
    RAISE EXCEPTION 'system role' USING ERRCODE = 'AUTHA';
  END IF;
  IF NOT holds_all(permissions_of(actor), role.permissions) THEN
    RAISE EXCEPTION 'the role stands above the actor' USING ERRCODE = 'AUTH7';
  END IF;
END $$;
