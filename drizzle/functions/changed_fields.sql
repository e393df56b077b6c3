-- What differs between two states of a thing, for the audit log: `{ before, after }` with the changed keys alone.
CREATE OR REPLACE FUNCTION changed_fields(before jsonb, after jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object(
    'before', coalesce(jsonb_object_agg(key, before -> key), '{}'),
    'after', coalesce(jsonb_object_agg(key, value), '{}'))
  FROM jsonb_each(after) WHERE value IS DISTINCT FROM before -> key
$$;
