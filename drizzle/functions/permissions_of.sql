-- What an account may do: the permissions of its role, or of the role that replaces it while its own is being deleted.
CREATE OR REPLACE FUNCTION permissions_of(account integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT role.permissions FROM users
  JOIN roles held ON held.id = users.role_id
  JOIN roles role ON role.id = coalesce(held.replacement_id, held.id)
  WHERE users.id = account
$$;
