/** One run: traffic with faults for so long, then peace until nothing is under way any more, then the account. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lane } from "../races/lane.ts";
import type { NeonEndpoint } from "../neon/endpoint.ts";
import { balance, type Balance } from "./balance.ts";
import { excuseOf, readBooks, type Books, type Unseen } from "./books.ts";
import { every, renewAdministrators, subscribe, walkChain, type Walked } from "./chores.ts";
import { createDatabaseFaults } from "./database-faults.ts";
import type { Log } from "./log.ts";
import { measureMemory, type Memory } from "./memory.ts";
import { count, type Outside } from "./outside.ts";
import { createRandom } from "./random.ts";
import { drive, type Answered, type Driven } from "./traffic.ts";

export interface RunOptions {
  minutes: number;
  rate: number;
  seed: number;
  faultShare: number;
  /** Seconds until everything must have come; a job that fails waits for up to 160 between its first four tries. */
  patience: number;
  /** Outbox rows vanish, and messages of the queue too: the account must notice. */
  sabotage: boolean;
}

export interface Run extends Driven {
  answers: Answered[];
  seconds: number;
  memory: Memory[];
  faults: Map<string, number>;
  trips: number;
  balance: Balance;
  /** Mails that had not to follow after all, by why. */
  excused: Map<string, number>;
  left: Books["left"];
  audit: Walked;
}

const RECEIVERS = ["receiver-1", "receiver-2"];
const EVERY_MINUTE = "* * * * *";
const EVERY_NIGHT = "17 3 * * *";
const ROUND_MS = 3_000;
/** What was sent again has that long to arrive before it is sent once more. */
const ROUNDS_BETWEEN = 10;

export async function run(
  { world, runtime }: Lane,
  endpoint: NeonEndpoint,
  { outside, log, afterRecord }: { outside: Outside; log: Log; afterRecord: number },
  { minutes, rate, seed, faultShare, patience, sabotage }: RunOptions,
): Promise<Run> {
  const tell = (path: string) => fetch(new URL(path, runtime.urls[0]), { method: "POST" }).then(() => {});
  const schedule = (cron: string) => tell(`/endurance/scheduled?cron=${encodeURIComponent(cron)}`);
  for (const name of RECEIVERS) await subscribe(world, `${outside.url}/receivers/${name}`);

  await renewAdministrators(world);
  const answers: Answered[] = [];
  const memory = [await measureMemory(runtime)];
  const startedAt = Date.now();
  const lasts = minutes * 60_000;
  const fail = async (share: number) => {
    outside.fail(share);
    await tell(`/endurance/faults?share=${share}`);
  };
  await fail(faultShare);
  const ofDatabase = createDatabaseFaults(endpoint, createRandom(seed + 1), faultShare);
  const tasks = [
    every(60_000, () => schedule(EVERY_MINUTE)),
    every(600_000, () => schedule(EVERY_NIGHT)),
    every(1_200_000, () => renewAdministrators(world)),
    every(5_000, async () => console.error(await progress())),
    every(lasts / 8, async () => void memory.push(await measureMemory(runtime))),
    ...(sabotage
      ? [every(200, () => world.query("delete from outbox where id in (select id from outbox limit 1)", []))]
      : []),
  ];
  const driven = await drive(world, {
    random: createRandom(seed),
    rate,
    until: startedAt + lasts,
    onAct: () => ofDatabase.keepUp(),
    onAnswer: (answered) => void answers.push(answered),
  });
  const seconds = (Date.now() - startedAt) / 1_000;
  for (const task of tasks) await task.stop();
  endpoint.clearFaults();
  await fail(0);
  const settled = await settle();
  memory.push(await measureMemory(runtime));
  return {
    ...settled,
    answers,
    ...driven,
    seconds,
    memory,
    faults: new Map([...ofDatabase.counts, ...log.faults, ...outside.faults]),
    trips: endpoint.trips(),
    audit: await walkChain(world),
  };

  /** Waits are cut short, until everything is accounted for or patience ends. */
  async function settle() {
    const excused = new Map<string, string>();
    const deadline = Date.now() + patience * 1_000;
    for (let round = 0; ; round++) {
      if (round % ROUNDS_BETWEEN === 0) {
        await world.query("update outbox set next_at = now()", []);
        await world.query("update webhook_deliveries set next_at = now() where status = 'pending'", []);
        await schedule(EVERY_MINUTE);
      }
      await sleep(ROUND_MS);
      const books = await readBooks(world, afterRecord);
      const result = balance(books, { answers, ...log, ...outside }, RECEIVERS);
      await excuse(result.unseen, excused);
      const unseen = result.unseen.filter(({ key }) => !excused.has(key));
      const isOver = books.left.events + books.left.deliveries + unseen.length === 0;
      console.error(
        `  settling: ${books.left.events} events, ${books.left.deliveries} deliveries, ${unseen.length} mails to come`,
      );
      if (isOver || Date.now() > deadline) {
        const reasons = new Map<string, number>();
        for (const reason of excused.values()) count(reasons, reason);
        const lines = result.lines.map((line) =>
          line.what === "mails" ? { ...line, expected: line.seen + unseen.length } : line,
        );
        return { balance: { lines, unseen }, left: books.left, excused: reasons };
      }
    }
  }

  async function excuse(unseen: Unseen[], excused: Map<string, string>): Promise<void> {
    for (const mail of unseen) {
      const reason = excused.get(mail.key) ?? (await excuseOf(world, mail));
      if (reason) excused.set(mail.key, reason);
    }
  }

  async function progress(): Promise<string> {
    const elapsed = (Date.now() - startedAt) / 1_000;
    const refused = new Map<string, number>();
    for (const { status, code } of answers) if (status === 0 || status >= 400) count(refused, `${code}`);
    const most = [...refused].toSorted(([, one], [, two]) => two - one).slice(0, 5);
    const [found] = await world.query<{ waiting: number; blocked: number }>(
      `select (select count(*) from outbox)::int as waiting,
        (select count(*) from pg_stat_activity where wait_event_type = 'Lock')::int as blocked`,
      [],
    );
    const newest = memory.at(-1)!;
    return [
      `  ${Math.floor(elapsed)} s: ${answers.length} acts, ${(answers.length / elapsed).toFixed(1)} a second`,
      `refused ${most.map(([code, times]) => `${code} ${times}`).join(", ")}`,
      `outbox ${found!.waiting}, waiting for locks ${found!.blocked}`,
      `${newest.residentMiB.toFixed(0)} MiB, heap ${newest.heapMiB.toFixed(1)}`,
    ].join("; ");
  }
}
