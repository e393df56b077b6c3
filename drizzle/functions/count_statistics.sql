-- Counts on from where the last count stopped, so that no request walks through years of rows. Each login is counted
-- once, and stays counted after retention has removed its row. Counting stops a minute before now: a row carries the
-- time at which its transaction began, and no transaction lasts a minute, so all rows of the time before are there.
CREATE OR REPLACE FUNCTION count_statistics() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  last daily_statistics;
  until timestamptz(3) := now() - interval '1 minute';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('daily_statistics'));
  SELECT * INTO last FROM daily_statistics ORDER BY day DESC LIMIT 1;
  until := greatest(until, last.counted_until);
  last.counted_until := coalesce(last.counted_until, '-infinity');

  INSERT INTO daily_statistics (day, sign_ups, logins, failures, counted_until)
  SELECT (instant AT TIME ZONE 'UTC')::date, sum(sign_ups), sum(logins), sum(failures), until
  FROM (
    SELECT created_at, 1, 0, 0 FROM users WHERE created_at >= last.counted_until AND created_at < until
    UNION ALL
    SELECT created_at, 0, (outcome = 'success')::int, (outcome IN ('failure', 'locked'))::int
    FROM login_history WHERE created_at >= last.counted_until AND created_at < until
    UNION ALL
    SELECT until, 0, 0, 0
  ) event (instant, sign_ups, logins, failures)
  GROUP BY 1
  ON CONFLICT (day) DO UPDATE SET
    sign_ups = daily_statistics.sign_ups + excluded.sign_ups,
    logins = daily_statistics.logins + excluded.logins,
    failures = daily_statistics.failures + excluded.failures,
    counted_until = excluded.counted_until, updated_at = now();

  PERFORM count_totals();
END $$;
