-- Brings the totals up to date with what note_uncounted_account and note_uncounted_session have noted, and returns
-- whether nothing is left: one call does a bounded part, however much there is. Live sessions are the sums of those
-- that expire after the current quarter of a day, plus those that expire within it, counted by index.
CREATE OR REPLACE FUNCTION count_totals() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  slices integer[];
  complete boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('daily_statistics'));
  WITH oldest AS (
    SELECT id, slice, runs_out FROM uncounted_changes ORDER BY id LIMIT 10000
  ), chosen AS (
    SELECT slice FROM oldest WHERE slice IS NOT NULL GROUP BY slice ORDER BY min(id) LIMIT 500
  ), taken AS (
    DELETE FROM uncounted_changes USING oldest
    WHERE uncounted_changes.id = oldest.id AND (oldest.slice IS NULL OR oldest.slice IN (SELECT slice FROM chosen))
    RETURNING uncounted_changes.runs_out, uncounted_changes.sessions
  ), added AS (
    INSERT INTO session_counts (runs_out, sessions)
    SELECT runs_out, sum(sessions) FROM taken WHERE runs_out IS NOT NULL GROUP BY runs_out
    ON CONFLICT (runs_out) DO UPDATE SET sessions = session_counts.sessions + excluded.sessions, updated_at = now()
  )
  SELECT array_agg(slice) INTO slices FROM chosen;

  -- A statement of its own: it sees whatever was noted by the statement before.
  INSERT INTO account_counts (slice, users, disabled, deleted, two_factor, passkeys)
  SELECT counted.slice,
    count(account.id) FILTER (WHERE account.deleted_at IS NULL),
    count(account.id) FILTER (WHERE account.deleted_at IS NULL AND NOT account.is_active),
    count(account.id) FILTER (WHERE account.deleted_at IS NOT NULL),
    count(account.id) FILTER (WHERE account.deleted_at IS NULL AND (factor.is_method OR factor.is_passkey)),
    count(account.id) FILTER (WHERE account.deleted_at IS NULL AND factor.is_passkey)
  FROM unnest(slices) AS counted(slice)
  LEFT JOIN users account ON account.id >= counted.slice::bigint * 1000 AND account.id < (counted.slice::bigint + 1) * 1000
  LEFT JOIN LATERAL (
    SELECT EXISTS (SELECT FROM two_factor_methods WHERE user_id = account.id AND confirmed_at IS NOT NULL) AS is_method,
      EXISTS (SELECT FROM passkeys WHERE user_id = account.id) AS is_passkey
  ) factor ON true
  GROUP BY counted.slice
  ON CONFLICT (slice) DO UPDATE SET
    users = excluded.users, disabled = excluded.disabled, deleted = excluded.deleted, two_factor = excluded.two_factor,
    passkeys = excluded.passkeys, updated_at = now();
  DELETE FROM session_counts WHERE runs_out < now() - interval '2 days';

  complete := NOT EXISTS (SELECT FROM uncounted_changes);
  UPDATE daily_statistics SET totals = (
    SELECT jsonb_build_object(
      'users', coalesce(sum(users), 0), 'disabledUsers', coalesce(sum(disabled), 0),
      'deletedUsers', coalesce(sum(deleted), 0), 'twoFactorUsers', coalesce(sum(two_factor), 0),
      'passkeyUsers', coalesce(sum(passkeys), 0),
      'liveSessions', (SELECT coalesce(sum(sessions), 0) FROM session_counts WHERE runs_out > now()) + (
        SELECT count(*) FROM refresh_tokens
        WHERE expires_at > now() AND expires_at < date_bin('6 hours', now(), '2000-01-01T00:00:00Z') + interval '6 hours' AND revoked_at IS NULL))
    FROM account_counts), totals_at = now()
  WHERE day = (SELECT max(day) FROM daily_statistics) AND (complete OR totals IS NULL);
  RETURN complete;
END $$;
