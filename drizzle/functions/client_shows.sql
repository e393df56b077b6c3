-- Whether an application is who it says: active, and with its present secret, with the one before while that works, or
-- with none where it can't keep one.
CREATE OR REPLACE FUNCTION client_shows(
  present text, previous text, previous_until timestamptz, disabled_at timestamptz, shown text
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT disabled_at IS NULL AND CASE
    WHEN present IS NULL THEN shown IS NULL
    ELSE coalesce(present = shown OR (previous = shown AND previous_until > now()), false)
  END
$$;
