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
