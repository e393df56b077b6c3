CREATE TABLE "account_counts" (
	"slice" integer PRIMARY KEY NOT NULL,
	"users" integer NOT NULL,
	"disabled" integer NOT NULL,
	"deleted" integer NOT NULL,
	"two_factor" integer NOT NULL,
	"passkeys" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "api_keys_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"user_id" integer NOT NULL,
	"key_id" varchar(16) NOT NULL,
	"name" varchar(100) NOT NULL,
	"hash" varchar(64) NOT NULL,
	"mark_id" uuid NOT NULL,
	"previous_hash" varchar(64),
	"previous_mark_id" uuid,
	"previous_until" timestamp (3) with time zone,
	"permissions" jsonb NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"rotated_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_keys_key_id_unique" UNIQUE("key_id")
);
--> statement-breakpoint
CREATE TABLE "broadcast_ranges" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "broadcast_ranges_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"broadcast_id" uuid NOT NULL,
	"range" smallint NOT NULL,
	"after_id" integer NOT NULL,
	"until_id" integer NOT NULL,
	"sent_id" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "identities_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"user_id" integer NOT NULL,
	"issuer" varchar(255) NOT NULL,
	"subject" varchar(255) NOT NULL,
	"email" varchar(255),
	"email_verified" boolean DEFAULT false NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "login_places" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "login_places_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"user_id" integer NOT NULL,
	"country" varchar(2) NOT NULL,
	"network" bigint NOT NULL,
	"latitude" real,
	"longitude" real,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "logout_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" integer NOT NULL,
	"session_id" uuid NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"next_at" timestamp (3) with time zone DEFAULT now() + interval '1 minute',
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mail_counts" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mail_counts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"key" varchar(64) NOT NULL,
	"address" varchar(64) NOT NULL,
	"kind" varchar(50) NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mail_counts_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "oauth_clients" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "oauth_clients_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"client_id" varchar(200) NOT NULL,
	"name" varchar(100) NOT NULL,
	"source" text DEFAULT 'administrator' NOT NULL,
	"fetched_at" timestamp (3) with time zone,
	"hash" varchar(64),
	"previous_hash" varchar(64),
	"previous_until" timestamp (3) with time zone,
	"mark_id" uuid NOT NULL,
	"permissions" jsonb NOT NULL,
	"audiences" jsonb NOT NULL,
	"redirect_uris" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"post_logout_redirect_uris" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"backchannel_logout_uri" varchar(1000),
	"is_first_party" boolean DEFAULT false NOT NULL,
	"id_token_algorithm" text DEFAULT 'RS256' NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "oauth_clients_client_id_unique" UNIQUE("client_id"),
	CONSTRAINT "oauth_clients_source_check" CHECK ("oauth_clients"."source" in ('administrator', 'registration', 'document')),
	CONSTRAINT "oauth_clients_id_token_algorithm_check" CHECK ("oauth_clients"."id_token_algorithm" in ('RS256', 'ES256', 'EdDSA')),
	CONSTRAINT "oauth_clients_first_party_check" CHECK ("oauth_clients"."source" = 'administrator' or not "oauth_clients"."is_first_party")
);
--> statement-breakpoint
CREATE TABLE "oauth_consents" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "oauth_consents_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"user_id" integer NOT NULL,
	"client_id" integer NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oauth_grants" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "oauth_grants_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"user_id" integer NOT NULL,
	"client_id" integer NOT NULL,
	"grant_id" uuid NOT NULL,
	"session_id" uuid NOT NULL,
	"code_hash" varchar(64) NOT NULL,
	"scopes" jsonb NOT NULL,
	"audience" varchar(200),
	"token" varchar(64) NOT NULL,
	"previous_token" varchar(64),
	"generation" bigint DEFAULT 0 NOT NULL,
	"rotated_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "oauth_grants_grant_id_unique" UNIQUE("grant_id"),
	CONSTRAINT "oauth_grants_code_hash_unique" UNIQUE("code_hash")
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"job" jsonb NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" timestamp (3) with time zone DEFAULT now() + interval '30 seconds' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "passkeys" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "passkeys_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"user_id" integer NOT NULL,
	"credential_id" varchar(1364) NOT NULL,
	"public_key" jsonb NOT NULL,
	"algorithm" text NOT NULL,
	"counter" bigint NOT NULL,
	"aaguid" uuid NOT NULL,
	"transports" text[] NOT NULL,
	"backup_eligible" boolean NOT NULL,
	"backed_up" boolean NOT NULL,
	"signs_in" boolean NOT NULL,
	"name" varchar(100),
	"last_used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "passkeys_credential_id_unique" UNIQUE("credential_id"),
	CONSTRAINT "passkeys_algorithm_check" CHECK ("passkeys"."algorithm" in ('ES256', 'EdDSA', 'RS256'))
);
--> statement-breakpoint
CREATE TABLE "session_counts" (
	"runs_out" timestamp (3) with time zone PRIMARY KEY NOT NULL,
	"sessions" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "uncounted_changes" (
	"id" bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY (sequence name "uncounted_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"slice" integer,
	"runs_out" timestamp (3) with time zone,
	"sessions" smallint,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "used_challenges" (
	"id" uuid PRIMARY KEY NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY (sequence name "webhook_deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"endpoint_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"type" varchar(100) NOT NULL,
	"data" jsonb NOT NULL,
	"happened_at" timestamp (3) with time zone NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" timestamp (3) with time zone DEFAULT now() + interval '1 minute' NOT NULL,
	"response_status" integer,
	"failure" varchar(50),
	"latency_ms" integer,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_deliveries_status_check" CHECK ("webhook_deliveries"."status" in ('pending', 'delivered', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"url" varchar(2048) NOT NULL,
	"description" varchar(200) NOT NULL,
	"events" text[] NOT NULL,
	"secret" text NOT NULL,
	"previous_secret" text,
	"previous_until" timestamp (3) with time zone,
	"owner_id" integer,
	"failing_since" timestamp (3) with time zone,
	"disabled_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "one_time_tokens" DROP CONSTRAINT "one_time_tokens_purpose_check";--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "password_hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "daily_statistics" ADD COLUMN "totals_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "login_throttles" ADD COLUMN "refused_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD COLUMN "previous_token" varchar(255);--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD COLUMN "impersonator_id" integer;--> statement-breakpoint
ALTER TABLE "roles" ADD COLUMN "replacement_id" integer;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "proof_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "subject" uuid;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "webauthn_handle" varchar(43);--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identities" ADD CONSTRAINT "identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "login_places" ADD CONSTRAINT "login_places_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logout_tokens" ADD CONSTRAINT "logout_tokens_client_id_oauth_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."oauth_clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logout_tokens" ADD CONSTRAINT "logout_tokens_session_id_refresh_tokens_session_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."refresh_tokens"("session_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_consents" ADD CONSTRAINT "oauth_consents_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_consents" ADD CONSTRAINT "oauth_consents_client_id_oauth_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."oauth_clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_grants" ADD CONSTRAINT "oauth_grants_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_grants" ADD CONSTRAINT "oauth_grants_client_id_oauth_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."oauth_clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_grants" ADD CONSTRAINT "oauth_grants_session_id_refresh_tokens_session_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."refresh_tokens"("session_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_api_keys_user_id" ON "api_keys" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_api_keys_expires_at" ON "api_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_broadcast_ranges_broadcast_id_range" ON "broadcast_ranges" USING btree ("broadcast_id","range");--> statement-breakpoint
CREATE INDEX "idx_broadcast_ranges_created_at" ON "broadcast_ranges" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_identities_issuer_subject" ON "identities" USING btree ("issuer","subject");--> statement-breakpoint
CREATE INDEX "idx_identities_user_id" ON "identities" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_login_places_user_id_country_network" ON "login_places" USING btree ("user_id","country","network");--> statement-breakpoint
CREATE INDEX "idx_login_places_seen_at" ON "login_places" USING btree ("seen_at");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_logout_tokens_session_id_client_id" ON "logout_tokens" USING btree ("session_id","client_id");--> statement-breakpoint
CREATE INDEX "idx_logout_tokens_client_id_next_at" ON "logout_tokens" USING btree ("client_id","next_at");--> statement-breakpoint
CREATE INDEX "idx_mail_counts_address_created_at" ON "mail_counts" USING btree ("address","created_at");--> statement-breakpoint
CREATE INDEX "idx_mail_counts_created_at" ON "mail_counts" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_oauth_consents_user_id_client_id" ON "oauth_consents" USING btree ("user_id","client_id");--> statement-breakpoint
CREATE INDEX "idx_oauth_consents_client_id" ON "oauth_consents" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "idx_oauth_grants_user_id" ON "oauth_grants" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_oauth_grants_client_id" ON "oauth_grants" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "idx_oauth_grants_session_id" ON "oauth_grants" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "idx_outbox_next_at" ON "outbox" USING btree ("next_at");--> statement-breakpoint
CREATE INDEX "idx_passkeys_user_id" ON "passkeys" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "idx_used_challenges_expires_at" ON "used_challenges" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "idx_webhook_deliveries_endpoint_id_event_id" ON "webhook_deliveries" USING btree ("endpoint_id","event_id");--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_endpoint_id_id" ON "webhook_deliveries" USING btree ("endpoint_id","id" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_endpoint_id_next_at" ON "webhook_deliveries" USING btree ("endpoint_id","next_at") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_created_at" ON "webhook_deliveries" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "roles" ADD CONSTRAINT "roles_replacement_id_roles_id_fk" FOREIGN KEY ("replacement_id") REFERENCES "public"."roles"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_login_history_user_id_country" ON "login_history" USING btree ("user_id","country") WHERE outcome = 'success';--> statement-breakpoint
CREATE INDEX "idx_login_history_user_id_user_agent" ON "login_history" USING btree ("user_id","user_agent") WHERE outcome = 'success';--> statement-breakpoint
CREATE INDEX "idx_one_time_tokens_short_lived" ON "one_time_tokens" USING btree ("expires_at") WHERE purpose in ('ws_ticket', 'login_challenge');--> statement-breakpoint
CREATE INDEX "idx_users_proof_due_at" ON "users" USING btree ("proof_due_at") WHERE not is_verified and proof_due_at is not null;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_subject_unique" UNIQUE("subject");--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_webauthn_handle_unique" UNIQUE("webauthn_handle");--> statement-breakpoint
ALTER TABLE "one_time_tokens" ADD CONSTRAINT "one_time_tokens_purpose_check" CHECK ("one_time_tokens"."purpose" in ('reset_password', 'verify_email', 'change_email', 'cancel_email_change', 'invite', 'login_challenge', 'email_code', 'login_code', 'ws_ticket', 'deny_login'));
--> statement-breakpoint
DROP TRIGGER IF EXISTS users_admin_remains ON users;
--> statement-breakpoint
DROP TRIGGER IF EXISTS users_admin_remains_after_delete ON users;
--> statement-breakpoint
DROP TRIGGER IF EXISTS roles_admin_remains ON roles;
--> statement-breakpoint
-- Somebody who holds `*` and can sign in always remains, whoever changes the rows and by whatever way. Checked when
-- the transaction commits, one such transaction at a time: two admins who demote each other don't both get through.
CREATE OR REPLACE FUNCTION assert_admin_remains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'users' THEN
    -- A role that is gone by now has had its own check, once for all who held it.
    IF NOT coalesce(permissions_of_role(OLD.role_id) ? '*', FALSE) THEN
      RETURN NULL;
    END IF;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('last_admin'));
  IF NOT EXISTS (
    SELECT FROM roles held
    JOIN roles role ON role.id = coalesce(held.replacement_id, held.id)
    JOIN users ON users.role_id = held.id
    WHERE role.permissions ? '*' AND users.is_active AND users.deleted_at IS NULL
  ) THEN
    RAISE EXCEPTION 'the last admin' USING ERRCODE = 'AUTH8';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER users_admin_remains AFTER UPDATE OF role_id, is_active, deleted_at ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.is_active AND OLD.deleted_at IS NULL
    AND (NEW.role_id <> OLD.role_id OR NOT NEW.is_active OR NEW.deleted_at IS NOT NULL))
  EXECUTE FUNCTION assert_admin_remains();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER users_admin_remains_after_delete AFTER DELETE ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_active AND OLD.deleted_at IS NULL)
  EXECUTE FUNCTION assert_admin_remains();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER roles_admin_remains AFTER UPDATE OF permissions ON roles
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.permissions ? '*' AND NOT NEW.permissions ? '*')
  EXECUTE FUNCTION assert_admin_remains();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER roles_admin_remains_after_delete AFTER DELETE ON roles
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.permissions ? '*')
  EXECUTE FUNCTION assert_admin_remains();
--> statement-breakpoint
-- Where an authenticator or a passkey is on, second factors are changed by a session that has shown one of them, or a
-- recovery code, which only such a session is given. A mailbox gives a password and an e-mail code: neither may remove,
-- replace or add a factor.
-- AUTH4: second factor missing.
CREATE OR REPLACE FUNCTION assert_may_change_factors(asserted_session uuid) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (
    SELECT FROM refresh_tokens session
    WHERE session.session_id = asserted_session
      AND NOT session.methods && ARRAY['otp', 'hwk', 'swk', 'user', 'recovery_code']
      AND (EXISTS (
          SELECT FROM two_factor_methods method
          WHERE method.user_id = session.user_id AND method.type = 'totp' AND method.confirmed_at IS NOT NULL)
        OR EXISTS (SELECT FROM passkeys passkey WHERE passkey.user_id = session.user_id))
  ) THEN
    RAISE EXCEPTION 'second factor not shown' USING ERRCODE = 'AUTH4';
  END IF;
END $$;
--> statement-breakpoint
-- Who may change a role: whoever holds every permission it has. The role stays locked until the transaction ends.
-- AUTH5: no such role, or it is being deleted. AUTH7: it has a permission that the actor lacks. AUTHA: system roles are
-- neither renamed nor deleted.
CREATE OR REPLACE FUNCTION assert_may_change_role(actor integer, target integer, renamed_or_deleted boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  role roles;
BEGIN
  SELECT * INTO role FROM roles WHERE id = target AND replacement_id IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such role' USING ERRCODE = 'AUTH5';
  END IF;
  IF role.is_system AND renamed_or_deleted THEN
    RAISE EXCEPTION 'system role' USING ERRCODE = 'AUTHA';
  END IF;
  IF NOT holds_all(permissions_of(actor), role.permissions) THEN
    RAISE EXCEPTION 'the role stands above the actor' USING ERRCODE = 'AUTH7';
  END IF;
END $$;
--> statement-breakpoint
-- Who may change an account: a rule of administration (src/services/access/authority.ts, which runs such acts in turn).
-- AUTH5: no such account. AUTH7: the target stands above the actor.
CREATE OR REPLACE FUNCTION assert_may_change_user(actor integer, target integer, deleted boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM users WHERE id = target AND (deleted_at IS NOT NULL) = deleted FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such account' USING ERRCODE = 'AUTH5';
  END IF;
  IF NOT holds_all(permissions_of(actor), permissions_of(target)) THEN
    RAISE EXCEPTION 'the account stands above the actor' USING ERRCODE = 'AUTH7';
  END IF;
END $$;
--> statement-breakpoint
-- Giving somebody a role grants all its permissions. AUTHC: no such role, or it is being deleted.
CREATE OR REPLACE FUNCTION assert_may_grant_role(actor integer, granted integer) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  wanted jsonb;
BEGIN
  SELECT permissions INTO wanted FROM roles WHERE id = granted AND replacement_id IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such role' USING ERRCODE = 'AUTHC';
  END IF;
  PERFORM assert_may_grant(actor, wanted);
END $$;
--> statement-breakpoint
-- A role is deleted only when nobody holds it and no role that is being deleted is replaced by it. AUTHB: it is in use.
CREATE OR REPLACE FUNCTION assert_role_unused(target integer) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM users WHERE role_id = target) OR EXISTS (SELECT FROM roles WHERE replacement_id = target) THEN
    RAISE EXCEPTION 'role in use' USING ERRCODE = 'AUTHB';
  END IF;
END $$;
--> statement-breakpoint
-- In every batch that acts for a session, after the account's lock if it takes one: raises, and so undoes the whole batch,
-- unless the session is live, the account is active, and it holds the permission and the freshness that are asked for.
-- Permissions of the groups in `totp_groups` open nothing to a session that has shown neither a time-based code nor a
-- passkey.
-- AUTH1: session over. AUTH2: permission lacking. AUTH3: authenticated too long ago. AUTH4: second factor missing.
CREATE OR REPLACE FUNCTION assert_session(
  asserted_session uuid, asserted_user integer, needed_permission text DEFAULT NULL, max_age interval DEFAULT NULL,
  totp_groups text[] DEFAULT NULL
) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_at timestamptz;
  shown text[];
  granted jsonb;
BEGIN
  SELECT session.authenticated_at, session.methods, role.permissions INTO found_at, shown, granted
  FROM refresh_tokens session
  JOIN users account ON account.id = session.user_id
  JOIN roles held ON held.id = account.role_id
  JOIN roles role ON role.id = coalesce(held.replacement_id, held.id)
  WHERE session.session_id = asserted_session AND session.user_id = asserted_user
    AND session.revoked_at IS NULL AND session.expires_at > now()
    AND account.is_active AND account.deleted_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'session over' USING ERRCODE = 'AUTH1';
  END IF;
  IF needed_permission IS NOT NULL THEN
    IF NOT has_permission(granted, needed_permission) THEN
      RAISE EXCEPTION 'permission lacking' USING ERRCODE = 'AUTH2';
    END IF;
    IF NOT shown && ARRAY['otp', 'hwk', 'swk', 'user'] AND EXISTS (
      SELECT FROM jsonb_array_elements_text(granted) AS held(permission)
      WHERE split_part(held.permission, ':', 1) = ANY (totp_groups)
    ) THEN
      RAISE EXCEPTION 'second factor missing' USING ERRCODE = 'AUTH4';
    END IF;
  END IF;
  IF max_age IS NOT NULL AND found_at < now() - max_age THEN
    RAISE EXCEPTION 'authenticated too long ago' USING ERRCODE = 'AUTH3';
  END IF;
END $$;
--> statement-breakpoint
-- Nobody fills the log with what they do to their own account: of one kind at most 30 records in an hour. Counted for each
-- kind by itself, so that using up one keeps nobody from another, and a session's end is never refused.
-- AUTHD: too many.
CREATE OR REPLACE FUNCTION audit_logs_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.target_type = 'user' AND NEW.target_id = NEW.actor_id::text AND NEW.action NOT LIKE 'session%' AND (
    SELECT created_at FROM audit_logs WHERE actor_id = NEW.actor_id AND action = NEW.action
    ORDER BY -id OFFSET 29 LIMIT 1
  ) > clock_timestamp() - interval '1 hour' THEN
    RAISE EXCEPTION 'too many of one kind' USING ERRCODE = 'AUTHD';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_logs_bounded BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_logs_bounded();
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
-- The first use of a code makes the grant; any later one ends it, since the code has leaked. One statement, so that the
-- account is locked for as short a time as can be: of fifty at once, one makes the grant and the others are refused, rather
-- than wait. No row where the application is not who it says.
CREATE OR REPLACE FUNCTION exchange_code(
  shown_client text, shown_secret text, person integer, parent uuid, used_code text, new_grant uuid, wanted jsonb,
  wanted_audience text, first_token text
) RETURNS TABLE (made boolean, person_subject uuid, role integer, held jsonb, shown text[], shown_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  client oauth_clients;
BEGIN
  SELECT c.* INTO client FROM oauth_clients c
  WHERE c.client_id = shown_client AND client_shows(c.hash, c.previous_hash, c.previous_until, c.disabled_at, shown_secret);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  made := false;
  -- What is over stays over: nobody has to wait for that.
  IF EXISTS (SELECT FROM oauth_grants g WHERE g.code_hash = used_code AND g.revoked_at IS NOT NULL) THEN
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM FROM users WHERE id = person FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM oauth_grants g WHERE g.code_hash = used_code) THEN
    UPDATE oauth_grants g SET revoked_at = now(), updated_at = now()
    WHERE g.code_hash = used_code AND g.revoked_at IS NULL AND g.client_id = client.id;
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT r.id, r.permissions, session.methods, session.authenticated_at INTO role, held, shown, shown_at
  FROM refresh_tokens session JOIN users u ON u.id = session.user_id
  JOIN roles stored ON stored.id = u.role_id JOIN roles r ON r.id = coalesce(stored.replacement_id, stored.id)
  WHERE session.session_id = parent AND session.user_id = person AND session.revoked_at IS NULL AND session.expires_at > now()
    AND u.is_active AND u.deleted_at IS NULL
    AND (client.is_first_party OR EXISTS (SELECT FROM oauth_consents consent
      WHERE consent.user_id = person AND consent.client_id = client.id AND consent.scopes @> wanted));
  IF FOUND AND EXISTS (SELECT FROM oauth_clients c WHERE c.id = client.id AND c.disabled_at IS NULL) THEN
    UPDATE users u SET subject = gen_random_uuid() WHERE u.id = person AND u.subject IS NULL;
    INSERT INTO oauth_grants (user_id, client_id, grant_id, session_id, code_hash, scopes, audience, token)
    VALUES (person, client.id, new_grant, parent, used_code, wanted, wanted_audience, first_token);
    SELECT u.subject INTO person_subject FROM users u WHERE u.id = person;
    made := true;
  END IF;
  RETURN NEXT;
END $$;
--> statement-breakpoint
-- Notes which accounts the totals have to count again, by slices of a thousand ids, in the transaction that changes them.
-- Rows are added and never updated: no two registrations wait for each other.
CREATE OR REPLACE FUNCTION note_uncounted_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  account integer;
BEGIN
  IF TG_TABLE_NAME = 'users' THEN
    account := coalesce(NEW.id, OLD.id);
  ELSE
    account := coalesce(NEW.user_id, OLD.user_id);
  END IF;
  INSERT INTO uncounted_changes (slice) VALUES (account / 1000);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_uncounted AFTER INSERT OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER users_uncounted_change AFTER UPDATE OF is_active, deleted_at ON users
  FOR EACH ROW WHEN (OLD.is_active <> NEW.is_active OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
  EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER two_factor_methods_uncounted AFTER INSERT ON two_factor_methods
  FOR EACH ROW WHEN (NEW.confirmed_at IS NOT NULL) EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER two_factor_methods_uncounted_change AFTER UPDATE OF confirmed_at ON two_factor_methods
  FOR EACH ROW EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER two_factor_methods_uncounted_end AFTER DELETE ON two_factor_methods
  FOR EACH ROW WHEN (OLD.confirmed_at IS NOT NULL) EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
CREATE TRIGGER passkeys_uncounted AFTER INSERT OR DELETE ON passkeys
  FOR EACH ROW EXECUTE FUNCTION note_uncounted_account();
--> statement-breakpoint
-- Notes that there is one live session more or less, by the quarter of a day in which it runs out: so time alone changes
-- no sum, and most refreshes note nothing. Rows are added and never updated: no two logins wait for each other.
CREATE OR REPLACE FUNCTION note_uncounted_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.revoked_at IS NULL THEN
    INSERT INTO uncounted_changes (runs_out, sessions) VALUES (date_bin('6 hours', OLD.expires_at, '2000-01-01T00:00:00Z'), -1);
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.revoked_at IS NULL THEN
    INSERT INTO uncounted_changes (runs_out, sessions) VALUES (date_bin('6 hours', NEW.expires_at, '2000-01-01T00:00:00Z'), 1);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER refresh_tokens_uncounted AFTER INSERT ON refresh_tokens
  FOR EACH ROW EXECUTE FUNCTION note_uncounted_session();
--> statement-breakpoint
CREATE TRIGGER refresh_tokens_uncounted_change AFTER UPDATE OF expires_at, revoked_at ON refresh_tokens
  FOR EACH ROW WHEN ((OLD.revoked_at IS NULL) <> (NEW.revoked_at IS NULL)
    OR date_bin('6 hours', OLD.expires_at, '2000-01-01T00:00:00Z') <> date_bin('6 hours', NEW.expires_at, '2000-01-01T00:00:00Z'))
  EXECUTE FUNCTION note_uncounted_session();
--> statement-breakpoint
-- Retention removes what ran out days ago: it is in no total any more.
CREATE TRIGGER refresh_tokens_uncounted_end AFTER DELETE ON refresh_tokens
  FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND OLD.expires_at > now() - interval '1 day')
  EXECUTE FUNCTION note_uncounted_session();
--> statement-breakpoint
-- What an account may do: the permissions of its role, or of the role that replaces it while its own is being deleted.
CREATE OR REPLACE FUNCTION permissions_of(account integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT role.permissions FROM users
  JOIN roles held ON held.id = users.role_id
  JOIN roles role ON role.id = coalesce(held.replacement_id, held.id)
  WHERE users.id = account
$$;
--> statement-breakpoint
-- While a role is being deleted, whoever is still stored with it has the role that replaces it.
CREATE OR REPLACE FUNCTION permissions_of_role(stored integer) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT role.permissions FROM roles held JOIN roles role ON role.id = coalesce(held.replacement_id, held.id)
  WHERE held.id = stored
$$;
--> statement-breakpoint
-- The rotation of an application's refresh token, as rotate_session does it for a session's, and for the same reasons.
-- The grant lives as long as the session that it came from, and using it keeps that session from running out. No row
-- where there is no such grant of that application, or where its person, session or application may do nothing.
CREATE OR REPLACE FUNCTION rotate_grant(
  rotated_grant uuid, shown_generation bigint, of_present_secret boolean, shown_token text, successor text,
  shown_client text, shown_secret text, grace interval, idle interval, absolute interval
) RETURNS TABLE (
  owner integer, owner_subject uuid, owner_role integer, owner_permissions jsonb, outcome text, shown text[],
  shown_at timestamptz, parent uuid, granted jsonb, wanted_audience text
) LANGUAGE plpgsql AS $$
DECLARE
  held oauth_grants;
BEGIN
  PERFORM FROM users WHERE id = (SELECT g.user_id FROM oauth_grants g WHERE g.grant_id = rotated_grant) FOR NO KEY UPDATE;
  SELECT g.* INTO held FROM oauth_grants g JOIN oauth_clients c ON c.id = g.client_id
  WHERE g.grant_id = rotated_grant AND c.client_id = shown_client AND client_shows(c.hash, c.previous_hash, c.previous_until, c.disabled_at, shown_secret);
  SELECT u.id, u.subject, r.id, r.permissions, session.methods, session.authenticated_at, session.session_id, held.scopes, held.audience
    INTO owner, owner_subject, owner_role, owner_permissions, shown, shown_at, parent, granted, wanted_audience
  FROM refresh_tokens session JOIN users u ON u.id = session.user_id
  JOIN roles stored ON stored.id = u.role_id JOIN roles r ON r.id = coalesce(stored.replacement_id, stored.id)
  WHERE session.session_id = held.session_id AND session.revoked_at IS NULL AND session.expires_at > now()
    AND u.is_active AND u.deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF held.revoked_at IS NOT NULL THEN
    outcome := 'refused';
  ELSIF NOT of_present_secret AND held.token <> shown_token AND held.previous_token IS DISTINCT FROM shown_token THEN
    outcome := 'refused';
  ELSIF held.generation = shown_generation THEN
    outcome := 'rotated';
  ELSIF held.generation = shown_generation + 1 AND held.rotated_at > now() - grace THEN
    outcome := 'repeated';
  ELSE
    outcome := 'reused';
  END IF;
  IF outcome = 'rotated' THEN
    UPDATE refresh_tokens t SET
      last_used_at = now(), expires_at = greatest(t.expires_at, least(now() + idle, t.created_at + absolute)), updated_at = now()
    WHERE t.session_id = parent;
    UPDATE oauth_grants g SET
      token = successor, previous_token = shown_token, generation = g.generation + 1, rotated_at = now(), last_used_at = now(), updated_at = now()
    WHERE g.id = held.id;
  ELSIF outcome = 'repeated' AND held.token <> successor THEN
    UPDATE oauth_grants g SET token = successor WHERE g.id = held.id;
  ELSIF outcome = 'reused' THEN
    UPDATE oauth_grants g SET revoked_at = now(), updated_at = now() WHERE g.id = held.id;
  END IF;
  RETURN NEXT;
END $$;
--> statement-breakpoint
-- The rotation of a refresh token, under the lock of its account. A function, since nothing is asked as often: its
-- statements have snapshots of their own as those of a batch have, without a message for each while the lock is held.
-- Of many parallel uses of one token the first rotates, and the others find what it did. No row where there is no such
-- session or its account may not sign in; else the account as it is now, and what came of it: rotated, repeated (within
-- the grace: the same successor), reused (the session is over) or refused. What only the AUTH_SECRET before vouches for
-- must be the token that was handed out last or just before: that secret may have been stolen.
CREATE OR REPLACE FUNCTION rotate_session(
  rotated_session uuid, shown_generation bigint, of_present_secret boolean, shown_token text, successor text,
  grace interval, idle interval, absolute interval
) RETURNS TABLE (owner integer, owner_role integer, owner_permissions jsonb, outcome text, shown text[], shown_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  session refresh_tokens;
BEGIN
  PERFORM FROM users WHERE id = (SELECT t.user_id FROM refresh_tokens t WHERE t.session_id = rotated_session) FOR NO KEY UPDATE;
  SELECT * INTO session FROM refresh_tokens t WHERE t.session_id = rotated_session;
  SELECT u.id, r.id, r.permissions, session.methods, session.authenticated_at
    INTO owner, owner_role, owner_permissions, shown, shown_at
  FROM users u JOIN roles held ON held.id = u.role_id JOIN roles r ON r.id = coalesce(held.replacement_id, held.id)
  WHERE u.id = session.user_id AND u.is_active AND u.deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF session.revoked_at IS NOT NULL OR session.expires_at <= now() THEN
    outcome := 'refused';
  ELSIF NOT of_present_secret AND session.token <> shown_token AND session.previous_token IS DISTINCT FROM shown_token THEN
    outcome := 'refused';
  ELSIF session.generation = shown_generation THEN
    outcome := 'rotated';
  ELSIF session.generation = shown_generation + 1 AND session.rotated_at > now() - grace THEN
    outcome := 'repeated';
  ELSE
    outcome := 'reused';
  END IF;
  IF outcome = 'rotated' THEN
    UPDATE refresh_tokens t SET
      token = successor, previous_token = shown_token, generation = t.generation + 1, rotated_at = now(), last_used_at = now(), updated_at = now(),
      expires_at = least(now() + idle, t.created_at + absolute)
    WHERE t.id = session.id;
  ELSIF outcome = 'repeated' AND session.token <> successor THEN
    -- While AUTH_SECRET is being rotated the same step has two successors: what was handed out last must be known.
    UPDATE refresh_tokens t SET token = successor WHERE t.id = session.id;
  ELSIF outcome = 'reused' THEN
    UPDATE refresh_tokens t SET revoked_at = now(), revoked_reason = 'token_reused', updated_at = now() WHERE t.id = session.id;
  END IF;
  RETURN NEXT;
END $$;
--> statement-breakpoint
-- The first proof of a mailbox, however it came. Until then the account may belong to a stranger who registered the
-- address before its owner did, so nothing made before survives the proof: sessions, devices, links, challenges, codes,
-- API keys, consents and linked identities go. Second factors go too, with two exceptions:
-- * An administrator had given the account a role. The mailbox alone must not remove an authenticator that guards more
--   than its owner's data. A passkey then remains as a second factor, and no longer signs in alone: it may be the
--   stranger's.
-- * An administrator had replaced a proven address (its proof is due at infinity): what the account holds is its
--   owner's.
-- The session that brings the proof (`auth_api.proving_session`) was opened by somebody who reads the mailbox: it
-- stays, with its device and the account's factors.
CREATE OR REPLACE FUNCTION users_mailbox_proven() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  proving refresh_tokens;
BEGIN
  SELECT * INTO proving FROM refresh_tokens session
  WHERE session.session_id = nullif(current_setting('auth_api.proving_session', true), '')::uuid
    AND session.user_id = NEW.id AND session.revoked_at IS NULL AND session.expires_at > now();
  UPDATE refresh_tokens SET revoked_at = now(), revoked_reason = 'mailbox_proven', updated_at = now()
  WHERE user_id = NEW.id AND revoked_at IS NULL AND session_id IS DISTINCT FROM proving.session_id;
  DELETE FROM api_keys WHERE user_id = NEW.id;
  DELETE FROM oauth_consents WHERE user_id = NEW.id;
  DELETE FROM known_devices WHERE user_id = NEW.id AND device IS DISTINCT FROM proving.device;
  UPDATE one_time_tokens SET used_at = now(), updated_at = now() WHERE user_id = NEW.id AND used_at IS NULL;
  DELETE FROM identities
  WHERE user_id = NEW.id AND proving.session_id IS NULL AND OLD.proof_due_at IS DISTINCT FROM 'infinity';
  IF proving.session_id IS NULL AND OLD.role_id = 0 AND OLD.proof_due_at IS DISTINCT FROM 'infinity' THEN
    DELETE FROM recovery_codes WHERE user_id = NEW.id;
    DELETE FROM two_factor_methods WHERE user_id = NEW.id;
    DELETE FROM passkeys WHERE user_id = NEW.id;
  ELSIF proving.session_id IS NULL AND OLD.proof_due_at IS DISTINCT FROM 'infinity' THEN
    UPDATE passkeys SET signs_in = false, updated_at = now() WHERE user_id = NEW.id AND signs_in;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER users_mailbox_proven AFTER UPDATE OF is_verified ON users
  FOR EACH ROW WHEN (NEW.is_verified AND NOT OLD.is_verified)
  EXECUTE FUNCTION users_mailbox_proven();
--> statement-breakpoint
-- By hand:
-- What is there already. The triggers lock their tables until the migration commits, so nothing is missed in between.
INSERT INTO uncounted_changes (slice) SELECT generate_series(0, (SELECT max(id) / 1000 FROM users));
--> statement-breakpoint
INSERT INTO session_counts (runs_out, sessions)
SELECT date_bin('6 hours', expires_at, '2000-01-01T00:00:00Z'), count(*) FROM refresh_tokens
WHERE revoked_at IS NULL AND expires_at > now() - interval '1 day' GROUP BY 1;
