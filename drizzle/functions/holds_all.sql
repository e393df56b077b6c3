-- Whether `granted` holds every permission of `wanted`: who may grant it, and who stands above whom.
CREATE OR REPLACE FUNCTION holds_all(granted jsonb, wanted jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(bool_and(has_permission(granted, permission)), true) FROM jsonb_array_elements_text(wanted) permission
$$;
