-- What the Worker may do in the database: read and write rows, nothing else. Run by the owner of the tables, after every
-- migration (`npm run db:grant`); running it again changes nothing. The role itself is made by `npm run db:role`.

-- No objects of its own, not even temporary ones: who gets hold of the Worker's address changes no schema.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO auth_api', current_database());
END $$;

GRANT USAGE ON SCHEMA public TO auth_api;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM auth_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO auth_api;
-- The trigger refuses it as well, but an owner can drop a trigger. This role can't even try.
REVOKE UPDATE, DELETE ON audit_logs FROM auth_api;
-- Drawn, never set back.
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO auth_api;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO auth_api;

-- The Worker gives up after 5 s; what it has given up on must not hold locks for long.
ALTER ROLE auth_api SET statement_timeout = '15s';
ALTER ROLE auth_api SET lock_timeout = '5s';
ALTER ROLE auth_api SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE auth_api SET search_path = public;
