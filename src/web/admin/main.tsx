/** `/admin`: the administration. A page is a line here, with the permission that it needs. */
import { startApplication } from "../components/application.tsx";
import { Account } from "./account.tsx";
import { Accounts } from "./accounts.tsx";
import { Denied } from "./denied.tsx";
import { later } from "./later.tsx";
import { Overview } from "./overview.tsx";
import { ANY_PERMISSION, PAGES } from "./pages.ts";
import { say } from "./texts.ts";
import "../style/application.css";
import "../style/admin.css";

const { accounts, webhooks } = PAGES;

startApplication({
  home: "/admin",
  title: say.administration,
  denied: Denied,
  pages: [
    { path: "/admin", title: say.overview, permission: ANY_PERMISSION, component: Overview },
    { ...accounts, component: Accounts },
    { path: `${accounts.path}/:id`, permission: accounts.permission, component: Account },
    { ...PAGES.import, component: later(() => import("./import.tsx")) },
    { ...PAGES.roles, component: later(() => import("./roles.tsx")) },
    { ...PAGES.applications, component: later(() => import("./applications.tsx")) },
    { ...webhooks, component: later(() => import("./webhooks.tsx")) },
    {
      path: `${webhooks.path}/:id`,
      permission: webhooks.permission,
      component: later(() => import("./webhook.tsx")),
    },
    { ...PAGES.broadcast, component: later(() => import("./broadcast.tsx")) },
    { ...PAGES.audit, component: later(() => import("./audit.tsx")) },
    { ...PAGES.jobs, component: later(() => import("./jobs.tsx")) },
  ],
  items: () => [{ text: say.account, act: () => location.assign("/account") }],
});
