/** docs/auth-api.md, "Jobs": a message to many, however often and in whatever order the queue delivers. */
import { beforeAll, describe, expect, it } from "vitest";
import { deliver, type Message } from "../support/jobs.ts";
import { database, post } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

const MESSAGE = { title: "Maintenance", content: "Ce soir à 22 h." };
const USERS_A_JOB = 2_000;

/** Two ranges of 10,000 ids: one with more accounts than a job does, and one with few; some in the role 2. */
beforeAll(async () => {
  await database.query(
    `insert into users (id, email, password_hash, prenom, nom, role_id, is_active, deleted_at) overriding system value
     select id, 'bulk-' || id || '@example.test', '-', 'B', 'N', case when id % 3 = 0 then 2 else 0 end, id % 10 <> 0,
       case when id % 10 = 1 then now() end
     from (select generate_series(1001, 4000) as id union select generate_series(10001, 25000, 50)) ids`,
  );
});

/** Numbers that look like chance, and are the same each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** A queue that keeps what it takes, and refuses one message in `refusesOneIn`. */
function queue(random: () => number, refusesOneIn: number) {
  const waiting: Message[] = [];
  const taken: string[] = [];
  const refused = new Set<string>();
  const send = async (message: Message) => {
    // What is refused is refused at the second try as well.
    if (refused.delete(message.id)) throw new Error("refused");
    if (random() * refusesOneIn < 1) {
      refused.add(message.id);
      throw new Error("refused");
    }
    taken.push(message.id);
    waiting.push(message);
  };
  return { waiting, taken, send };
}

/** Delivers until nothing is left: some at a time, in any order, each twice, side by side or one after the other. */
async function deliverAll({ waiting, send }: ReturnType<typeof queue>, random: () => number): Promise<number> {
  let deliveries = 0;
  let later: Message[] = [];
  // What a delivery leaves behind it is delivered a second time at some later point.
  const again: Message[] = [];
  const takeAny = (from: Message[]) => from.splice(Math.floor(random() * from.length), 1);
  while (waiting.length + again.length + later.length > 0) {
    if (waiting.length + again.length === 0) {
      // The delay of a retry has passed.
      await database.query("update broadcast_ranges set updated_at = updated_at - interval '1 minute'");
      waiting.push(...later.splice(0));
    }
    const first = takeAny(waiting);
    if (random() < 0.5) again.push(...first);
    const some = [...first, ...(random() < 0.5 ? first : []), ...takeAny(again)];
    later.push(...(await deliver(some, { bindings: { JOBS: { send } } })).again);
    deliveries += some.length;
    expect(deliveries).toBeLessThan(500);
  }
  return deliveries;
}

describe("a broadcast,", () => {
  const audiences = [
    { audience: { all: true }, where: "true" },
    { audience: { roleId: 2 }, where: "role_id = 2" },
    { audience: { userIds: [1001, 1002, 1003, 1011, 24_951] }, where: "id in (1001, 1002, 1003, 1011, 24951)" },
  ];
  const ways = [
    { way: "every job twice and in any order", refusesOneIn: Infinity },
    { way: "with a queue that refuses every third job as well", refusesOneIn: 3 },
  ];
  const rounds = [1, 2, 3].flatMap((seed) =>
    audiences.flatMap((one) => ways.map((way) => ({ ...one, ...way, seed, to: Object.keys(one.audience)[0] }))),
  );

  it.each(rounds)("to $to, $way ($seed), reaches each once by a bounded number of jobs", async (round) => {
    const random = chance(round.seed);
    const jobs = queue(random, round.refusesOneIn);
    const admin = await registerAdmin();
    const first: Message[] = [];
    const { body } = await post(
      "/api/admin/notifications",
      { ...MESSAGE, ...round.audience },
      { token: admin.token, vars: { JOBS: { send: async (message: Message) => void first.push(message) } as never } },
    );
    jobs.waiting.push(...first.filter(({ job }) => job.type === "event" && job.event === "notification.sent"));
    expect(jobs.waiting).toHaveLength(1);
    const wanted = await database.query<{ id: number }>(
      `select id from users where is_active and deleted_at is null and ${round.where} order by id`,
    );

    await deliverAll(jobs, random);
    const told = await database.query<{ id: number }>(
      "select user_id as id from notifications where broadcast_id = $1 order by user_id",
      [body.broadcastId],
    );
    expect(told).toEqual(wanted);
    // No job twice: a chain that forked would have sent one of its jobs once more.
    expect(new Set(jobs.taken).size).toBe(jobs.taken.length);
    const ranges = "userIds" in round.audience ? 1 : 2;
    expect(jobs.taken.length).toBeGreaterThanOrEqual(ranges);
    expect(jobs.taken.length).toBeLessThanOrEqual(ranges + Math.floor(wanted.length / USERS_A_JOB));
    for (const id of jobs.taken) expect(id).toMatch(new RegExp(`^${body.broadcastId}:\\d+:\\d+$`));
  });
});
