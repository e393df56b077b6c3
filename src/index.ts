/** What the runtime calls. Every class exported here is reachable from outside: entry points only. */
import { app } from "./app.ts";

export { NotificationHub } from "./platform/hub.ts";

export default {
  fetch: app.fetch,
} satisfies ExportedHandler<Env>;
