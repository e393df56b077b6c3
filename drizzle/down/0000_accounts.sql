DROP TABLE audit_logs, login_history, login_throttles, notifications, one_time_tokens, recovery_codes, refresh_tokens, two_factor_methods, users, roles;
