/** What the runtime calls. Every class exported here is reachable from outside: entry points only. */
import { app } from "./app.ts";
import { createPlatform, SYSTEM_CLIENT } from "./platform/index.ts";
import { consume, type JobMessage } from "./platform/jobs.ts";
import type { Job } from "./services/events/job.ts";
import { deadBatch, jobBatch } from "./services/events/jobs.ts";
import { sweepOutbox } from "./services/events/outbox.ts";
import { sweepDeliveries } from "./services/webhooks/deliveries.ts";
import { sweepLogoutTokens } from "./services/applications/logout-tokens.ts";
import { applyRetention } from "./services/accounts/retention.ts";

export { NotificationHub } from "./hub/hub.ts";
export { TokenVerifier } from "./verifier/entrypoint.ts";

/** As wrangler.toml has it. */
const EVERY_MINUTE = "* * * * *";

export default {
  fetch: app.fetch,
  async queue(batch, env, context) {
    const platform = createPlatform(env, context, SYSTEM_CLIENT);
    const isDead = batch.queue.endsWith("-dead");
    const { run, confirm } = isDead
      ? deadBatch(platform)
      : jobBatch(
          platform,
          batch.messages.map(({ body }) => body),
        );
    await consume(batch.messages, run, confirm);
  },
  async scheduled({ cron }, env, context) {
    const platform = createPlatform(env, context, SYSTEM_CLIENT);
    if (cron !== EVERY_MINUTE) return applyRetention(platform);
    await Promise.all([sweepOutbox(platform), sweepDeliveries(platform), sweepLogoutTokens(platform)]);
  },
} satisfies ExportedHandler<Env, JobMessage<Job>>;
