/** `/account`: one's own account. A page is a line here, with its component in a file of its own. */
import { startApplication } from "../components/application.tsx";
import { client } from "../shared/client.ts";
import { Profile } from "./profile.tsx";
import { say } from "./texts.ts";
import "../style/application.css";

/** Permissions of other services are in the same token. */
const ADMINISTERS = ["users:read", "roles:read", "audit:read", "stats:read", "jobs:read", "notifications:send"];

startApplication({
  home: "/account",
  title: say.account,
  pages: [{ path: "/account", title: say.profile, component: Profile }],
  items: () =>
    ADMINISTERS.some(client.can) ? [{ text: say.administration, act: () => location.assign("/admin") }] : [],
});
