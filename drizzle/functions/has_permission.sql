-- `*` grants all, `users:*` every action on users, `users:read` itself.
CREATE OR REPLACE FUNCTION has_permission(granted jsonb, needed text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT granted ?| ARRAY['*', needed, split_part(needed, ':', 1) || ':*']
$$;
