DROP INDEX idx_users_proof_due_at;
--> statement-breakpoint
ALTER TABLE users DROP COLUMN proof_due_at;
--> statement-breakpoint
DROP INDEX idx_one_time_tokens_short_lived;
--> statement-breakpoint
DROP INDEX idx_login_history_user_id_user_agent;
--> statement-breakpoint
DROP INDEX idx_login_history_user_id_country;
--> statement-breakpoint
ALTER TABLE login_throttles DROP COLUMN refused_at;
--> statement-breakpoint
DROP TABLE mail_counts;
--> statement-breakpoint
ALTER TABLE refresh_tokens DROP COLUMN previous_token;
--> statement-breakpoint
-- The functions as they were:
DROP FUNCTION assert_may_change_factors;
--> statement-breakpoint
DROP TRIGGER audit_logs_bounded ON audit_logs;
--> statement-breakpoint
DROP FUNCTION audit_logs_bounded;
--> statement-breakpoint
DROP FUNCTION rotate_session;
--> statement-breakpoint
DROP TRIGGER users_mailbox_proven ON users;
--> statement-breakpoint
DROP FUNCTION users_mailbox_proven;
