DROP FUNCTION count_statistics();
--> statement-breakpoint
DROP TRIGGER notifications_in_order ON notifications;
--> statement-breakpoint
DROP FUNCTION notifications_in_order();
--> statement-breakpoint
DROP INDEX idx_users_search;
--> statement-breakpoint
DROP EXTENSION pg_trgm;
--> statement-breakpoint
DROP FUNCTION changed_fields(jsonb, jsonb);
--> statement-breakpoint
DROP TRIGGER roles_admin_remains ON roles;
--> statement-breakpoint
DROP TRIGGER users_admin_remains_after_delete ON users;
--> statement-breakpoint
DROP TRIGGER users_admin_remains ON users;
--> statement-breakpoint
DROP FUNCTION assert_admin_remains();
--> statement-breakpoint
DROP FUNCTION assert_role_unused(integer);
--> statement-breakpoint
DROP FUNCTION assert_may_change_role(integer, integer, boolean);
--> statement-breakpoint
DROP FUNCTION assert_may_grant_role(integer, integer);
--> statement-breakpoint
DROP FUNCTION assert_may_grant(integer, jsonb);
--> statement-breakpoint
DROP FUNCTION assert_may_change_user(integer, integer, boolean);
--> statement-breakpoint
DROP FUNCTION permissions_of(integer);
--> statement-breakpoint
DROP FUNCTION holds_all(jsonb, jsonb);
--> statement-breakpoint
DROP FUNCTION assert_session(uuid, integer, text, interval, text[]);
--> statement-breakpoint
DROP FUNCTION has_permission(jsonb, text);
--> statement-breakpoint
DROP TRIGGER audit_logs_append_only ON audit_logs;
--> statement-breakpoint
DROP FUNCTION audit_logs_append_only();
--> statement-breakpoint
DROP TRIGGER audit_logs_chain ON audit_logs;
--> statement-breakpoint
DROP FUNCTION audit_logs_chain();
--> statement-breakpoint
DROP FUNCTION audit_log_hash(text, audit_logs);
--> statement-breakpoint
-- The seeded roles go with their table in 0000; only rows that nothing refers to can go here.
DELETE FROM roles WHERE is_system AND NOT EXISTS (SELECT FROM users WHERE users.role_id = roles.id);
