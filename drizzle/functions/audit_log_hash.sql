-- SHA-256 over the hash before and every column of the row, as a JSON array: no two rows share a rendering.
CREATE OR REPLACE FUNCTION audit_log_hash(previous text, entry audit_logs) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT encode(sha256(convert_to(jsonb_build_array(
    previous, entry.id, entry.actor_id, entry.action, entry.target_type, entry.target_id, entry.metadata,
    entry.ip_address, entry.request_id, to_char(entry.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')
  )::text, 'UTF8')), 'hex')
$$;
