/** `/account`: one's own account. A page is a line here, with its component in a file of its own. */
import { startApplication, type Application } from "../components/application.tsx";
import { ADMINISTERS } from "../shared/administration.ts";
import { client } from "../shared/client.ts";
import { isView } from "../shared/view.ts";
import { sayOfActivity } from "./activity-texts.ts";
import { Applications } from "./applications.tsx";
import { sayOfApplications } from "./applications-texts.ts";
import { Data } from "./data.tsx";
import { Devices } from "./devices.tsx";
import { History } from "./history.tsx";
import { Messages } from "./messages.tsx";
import { Profile } from "./profile.tsx";
import { Security } from "./security.tsx";
import { say } from "./texts.ts";
import { unread } from "./unread.ts";
import "../style/application.css";
import "../style/account.css";

const application: Application = {
  home: "/account",
  title: say.account,
  pages: [
    { path: "/account", title: say.profile, component: Profile },
    { path: "/account/security", title: say.security, component: Security },
    { path: "/account/devices", title: sayOfActivity.devices, component: Devices },
    { path: "/account/applications", title: sayOfApplications.title, component: Applications },
    { path: "/account/history", title: sayOfActivity.history, component: History },
    { path: "/account/messages", title: sayOfActivity.messages, count: unread, component: Messages },
    { path: "/account/data", title: say.data, component: Data },
  ],
  items: () =>
    ADMINISTERS.some(client.can) ? [{ text: say.administration, act: () => location.assign("/admin") }] : [],
};

if (isView()) void import("./view.tsx").then(({ startView }) => startView(application));
else startApplication(application);
