/** `/admin`: the administration. A page is a line here, with the permission that it needs. */
import { startApplication } from "../components/application.tsx";
import { Accounts } from "./accounts.tsx";
import { say } from "./texts.ts";
import "../style/application.css";
import "../style/admin.css";

startApplication({
  home: "/admin",
  title: say.administration,
  pages: [{ path: "/admin", title: say.accounts, permission: "users:read", component: Accounts }],
  items: () => [{ text: say.account, act: () => location.assign("/account") }],
});
