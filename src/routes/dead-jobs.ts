/** `/api/admin/dead-jobs`: jobs that the queue gave up on, and retrying them. */
import { Hono } from "hono";
import * as z from "zod/mini";
import type { AppEnv } from "../http/context.ts";
import { requirePermission } from "../http/guards.ts";
import { say } from "../http/locale.ts";
import { PageQuery, readCursor, toPage } from "../http/lists.ts";
import { limit } from "../http/rate-limit.ts";
import { validate } from "../http/validate.ts";
import { listDeadJobs, replayDeadJob } from "../services/administration/dead-jobs.ts";
import { Id } from "./fields.ts";

export const deadJobs = new Hono<AppEnv>()
  .get("/", limit("default"), requirePermission("jobs:read"), validate("query", PageQuery), async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const after = readCursor(cursor, z.tuple([z.int32()]))?.[0];
    const jobs = await listDeadJobs(c.var.platform, c.var.actor, { limit, after });
    return c.json(toPage(jobs, { limit, item: (job) => job, position: (job) => [job.id] }));
  })
  .post(
    "/:id/replay",
    limit("default"),
    requirePermission("jobs:replay", { fresh: true }),
    validate("param", z.object({ id: Id })),
    async (c) => {
      await replayDeadJob(c.var.platform, c.var.actor, c.req.valid("param").id);
      return c.json({ message: say(c, "jobReplayed") }, 202);
    },
  );
