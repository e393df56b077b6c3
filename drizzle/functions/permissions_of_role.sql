-- While a role is being deleted, whoever is still stored with it has the role that replaces it.
CREATE OR REPLACE FUNCTION permissions_of_role(stored integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT role.permissions FROM roles held JOIN roles role ON role.id = coalesce(held.replacement_id, held.id)
  WHERE held.id = stored
$$;
