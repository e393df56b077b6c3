/** What the runtime calls. Every class exported here is reachable from outside: entry points only. */
import { app } from "./app.ts";
import { createPlatform, SYSTEM_CLIENT } from "./platform/index.ts";
import { consume, type JobMessage } from "./platform/jobs.ts";
import type { Job } from "./services/events/job.ts";
import { keepDeadJob, runJob } from "./services/events/jobs.ts";
import { applyRetention } from "./services/accounts/retention.ts";

export { NotificationHub } from "./hub/hub.ts";
export { TokenVerifier } from "./verifier/entrypoint.ts";

export default {
  fetch: app.fetch,
  async queue(batch, env, context) {
    const platform = createPlatform(env, context, SYSTEM_CLIENT);
    const work = batch.queue.endsWith("-dead") ? keepDeadJob : runJob;
    await consume(batch.messages, (message) => work(platform, message));
  },
  async scheduled(_event, env, context) {
    await applyRetention(createPlatform(env, context, SYSTEM_CLIENT));
  },
} satisfies ExportedHandler<Env, JobMessage<Job>>;
