DROP TABLE audit_logs, dead_jobs, known_devices, login_history, login_throttles, notifications, one_time_tokens, recovery_codes, refresh_tokens, sent_mails, two_factor_methods, users, roles;
