/** What opens a page of the administration. Permissions of other services are in the same token. */
export const ADMINISTERS = [
  "stats:read",
  "users:read",
  "users:import",
  "roles:read",
  "applications:read",
  "webhooks:read",
  "notifications:send",
  "audit:read",
  "jobs:read",
] as const;
