import { describe, expect, it } from "vitest";
import { database, get, mailbox, post, registerMember } from "../support/service.ts";
import { captureJobs } from "../support/second-factor.ts";
import { insertDeadJob, registerStaff } from "../support/staff.ts";

describe("GET /api/admin/dead-jobs", () => {
  it("lists what the queue gave up on, newest first, without the addresses in it", async () => {
    const staff = await registerStaff("jobs:read");
    const ids = [await insertDeadJob(), await insertDeadJob(), await insertDeadJob()].toReversed();
    const first = await get("/api/admin/dead-jobs?limit=2", staff);
    const second = await get(`/api/admin/dead-jobs?cursor=${first.body.pagination.nextCursor}`, staff);
    expect([...first.body.data, ...second.body.data].map(({ id }: any) => id).slice(0, 3)).toEqual(ids);
    expect(first.text + second.text).not.toContain("@");
    expect((await get("/api/admin/dead-jobs?cursor=e30", staff)).status).toBe(400);
  });
});

describe("POST /api/admin/dead-jobs/:id/replay", () => {
  it("runs the job once, even if somebody clicks twice, and audits who asked", async () => {
    const staff = await registerStaff("jobs:replay");
    const member = await registerMember();
    await mailbox.next(member.email, "vérifiez");
    const id = await insertDeadJob({
      type: "notice",
      userId: member.userId,
      notice: "password_changed",
      data: {},
      client: { requestId: null, ipAddress: null, userAgent: null, country: null, city: null },
      happenedAt: new Date().toISOString(),
    });
    const replay = () => post(`/api/admin/dead-jobs/${id}/replay`, undefined, { token: staff.token });
    // Both requests have read the job before either removes it.
    await database.inject({ kind: "hold", count: 2 }, { match: /delete from dead_jobs/ });
    const answers = await Promise.all([replay(), replay()]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect((await replay()).status).toBe(404);
    expect((await mailbox.next(member.email)).subject).toContain("Mot de passe modifié");
    // A later job of the same queue has run, so a second mail would have arrived.
    const witness = await registerMember();
    await mailbox.next(witness.email);
    expect((await mailbox.all()).filter(({ to }) => to.includes(member.email))).toEqual([]);
    expect(
      await database.query("select actor_id, target_id, metadata from audit_logs where action = 'job.replayed'"),
    ).toEqual([{ actor_id: staff.userId, target_id: String(id), metadata: { type: "notice" } }]);
  });

  it("keeps the job if the queue refuses it, and takes two trips otherwise", async () => {
    const staff = await registerStaff("jobs:replay");
    const id = await insertDeadJob();
    const replay = () => post(`/api/admin/dead-jobs/${id}/replay`, undefined, { token: staff.token });
    const jobs = captureJobs();
    jobs.push = () => {
      throw new Error("the queue is away");
    };
    expect((await replay()).status).toBe(503);
    expect(await database.query("select id from dead_jobs where id = $1", [id])).toHaveLength(1);
    captureJobs();
    expect(await database.tripsOf(replay)).toBe(2);
    expect(await database.query("select id from dead_jobs where id = $1", [id])).toEqual([]);
  });
});
