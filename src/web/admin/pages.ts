/** Which pages the administration has, in the order of its navigation, and what each of them takes. */
import type { ADMINISTERS } from "../shared/administration.ts";
import { say } from "./texts.ts";

export interface AdminPage {
  path: string;
  title: string;
  lead: string;
  permission: (typeof ADMINISTERS)[number];
}

export const PAGES = {
  accounts: { path: "/admin/users", title: say.accounts, lead: say.accountsLead, permission: "users:read" },
  import: { path: "/admin/import", title: say.import, lead: say.importLead, permission: "users:import" },
  roles: { path: "/admin/roles", title: say.roles, lead: say.rolesLead, permission: "roles:read" },
  applications: {
    path: "/admin/applications",
    title: say.applications,
    lead: say.applicationsLead,
    permission: "applications:read",
  },
  webhooks: { path: "/admin/webhooks", title: say.webhooks, lead: say.webhooksLead, permission: "webhooks:read" },
  broadcast: {
    path: "/admin/broadcast",
    title: say.broadcast,
    lead: say.broadcastLead,
    permission: "notifications:send",
  },
  audit: { path: "/admin/audit", title: say.audit, lead: say.auditLead, permission: "audit:read" },
  jobs: { path: "/admin/jobs", title: say.jobs, lead: say.jobsLead, permission: "jobs:read" },
} satisfies Record<string, AdminPage>;

/** The overview is for whoever may see anything of the administration. */
export const ANY_PERMISSION = ["stats:read", ...Object.values(PAGES).map(({ permission }) => permission)];
