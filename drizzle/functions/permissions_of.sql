CREATE OR REPLACE FUNCTION permissions_of(account integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT role.permissions FROM users JOIN roles role ON role.id = users.role_id WHERE users.id = account
$$;
