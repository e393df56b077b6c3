/**
 * How many idle sockets a hub holds, in which memory, and how long a publish takes:
 * `node scripts/bench-sockets.ts [sockets on one hub] [hubs]` (default 10000 and 1000). Everything on loopback, on a
 * throw-away database. Memory is the resident set of the runtime's process, its proxies included.
 * Each socket takes more than three of that process's file descriptors: `ulimit -n` bounds how many are possible.
 */

import { readdirSync, readFileSync } from "node:fs";
import { importKeySet, signAccessToken } from "../src/crypto/access-token.ts";
import { AUDIENCE, ISSUER, testBindings } from "../test/support/bindings.ts";
import { startLocalService, type LocalService } from "../test/support/local-service.ts";

const [onOneHub = 10_000, hubs = 1_000] = process.argv.slice(2).map(Number);
const AT_ONCE = 50;

/** Resident memory of the runtime that this process has started, in MiB. */
function residentMiB(): number {
  let kilobytes = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];
      if (field("Name") === "workerd" && descends(Number(pid))) kilobytes += Number(field("VmRSS"));
    } catch {
      // Ended meanwhile.
    }
  }
  return Math.round(kilobytes / 1024);
}

function descends(pid: number): boolean {
  for (let current = pid; current > 1;) {
    if (current === process.pid) return true;
    current = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${current}/status`, "utf8"))?.[1] ?? 0);
  }
  return false;
}

interface Member {
  userId: number;
  token: string;
}

/** Accounts with a live session each, without the password hash that a registration costs. */
async function createMembers(service: LocalService, count: number): Promise<Member[]> {
  const rows = await service.query<{ id: number; sid: string }>(`
    with account as (
      insert into users (email, password_hash, prenom, nom)
      select gen_random_uuid() || '@example.test', '-', 'B', 'N' from generate_series(1, ${count}) returning id
    )
    insert into refresh_tokens (user_id, session_id, token, methods, expires_at)
    select id, gen_random_uuid(), gen_random_uuid(), '{pwd}', now() + interval '1 day' from account
    returning user_id as id, session_id as sid`);
  const keySet = await importKeySet(testBindings("", "")["JWT_KEYS"]!);
  return Promise.all(
    rows.map(async ({ id, sid }) => {
      const { token } = await signAccessToken(keySet, {
        issuer: ISSUER,
        audience: AUDIENCE,
        subject: String(id),
        sessionId: sid,
        role: 0,
        permissions: [],
        amr: ["pwd"],
        authenticatedAt: new Date(),
        ttlSeconds: 3600,
      });
      return { userId: id, token };
    }),
  );
}

interface Client {
  socket: WebSocket;
  /** Settles at the next notification. */
  next(): Promise<void>;
}

/** As a client that is no browser, and without `resume`: it gets what is published from its opening on. */
async function open(service: LocalService, token: string): Promise<Client> {
  const options = { protocols: ["notifications.v1"], headers: { Authorization: `Bearer ${token}` } };
  const socket = new WebSocket(`${service.url.replace("http", "ws")}/ws`, options as unknown as string[]);
  let arrived: (() => void) | undefined;
  socket.addEventListener("message", ({ data }) => {
    if ((JSON.parse(data as string) as { type: string }).type === "notification") arrived?.();
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error("no socket")));
    socket.addEventListener("open", () => resolve());
  });
  return { socket, next: () => new Promise((resolve) => (arrived = resolve)) };
}

/** Calls `make` for 0 … count − 1, so many at once. */
async function inParallel<Result>(count: number, make: (i: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async () => {
    while (next < count) {
      const i = next++;
      results[i] = await make(i);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const seconds = (startedAt: number) => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
const perItem = (mebibytes: number, count: number) => `${((mebibytes * 1024) / count).toFixed(1)} KiB`;
const milliseconds = (value: number) => `${value.toFixed(1)} ms`;

interface Publish {
  /** Until the hub has sent everything, as the publishing Worker sees it. */
  sent: number;
  /** Until the last client has it, through every proxy of the local runtime. */
  arrived: number;
}

async function timePublish(service: LocalService, userId: number, clients: Client[], rounds: number): Promise<string> {
  const times: Publish[] = [];
  // The first round brings everybody up to date and is not counted.
  for (let round = 0; round <= rounds; round++) {
    await service.query(`insert into notifications (user_id, type, title, content) values (${userId}, 'x', 't', 'c')`);
    const startedAt = performance.now();
    const all = Promise.all(clients.map((client) => client.next()));
    const sent = await service.publish(userId);
    await all;
    if (round > 0) times.push({ sent, arrived: performance.now() - startedAt });
  }
  const of = (field: keyof Publish) => milliseconds(median(times.map((time) => time[field])));
  return `publish: ${of("sent")} until sent, ${of("arrived")} until the last client has it (median of ${rounds})`;
}

const service = await startLocalService({ RATE_LIMIT_SCALE: "1000000", ACCESS_TOKEN_TTL: "3600" }, { publisher: true });
try {
  const [crowd, alone, ...members] = (await createMembers(service, hubs + 2)) as [Member, Member, ...Member[]];
  const single = await open(service, alone.token);
  console.log(`one hub, 1 socket: ${await timePublish(service, alone.userId, [single], 50)}`);

  let before = residentMiB();
  let startedAt = performance.now();
  const clients = await inParallel(onOneHub, () => open(service, crowd.token));
  console.log(`one hub, ${onOneHub} sockets: opened in ${seconds(startedAt)}`);
  let after = residentMiB();
  console.log(`  runtime ${before} → ${after} MiB: ${perItem(after - before, onOneHub)} a socket`);
  console.log(`  ${await timePublish(service, crowd.userId, clients, 5)}`);
  console.log(`  to the other user meanwhile, ${await timePublish(service, alone.userId, [single], 50)}`);
  await service.evictHub(crowd.userId);
  console.log(
    `  hibernated: runtime ${residentMiB()} MiB; then ${await timePublish(service, crowd.userId, clients, 1)}`,
  );
  for (const { socket } of clients) socket.close();

  before = residentMiB();
  startedAt = performance.now();
  const each = await inParallel(hubs, async (i) => ({
    ...members[i]!,
    client: await open(service, members[i]!.token),
  }));
  after = residentMiB();
  console.log(`${hubs} hubs, 1 socket each: opened in ${seconds(startedAt)}`);
  console.log(`  runtime ${before} → ${after} MiB: ${perItem(after - before, hubs)} a hub`);
  const random = each[Math.floor(hubs / 2)]!;
  console.log(`  ${await timePublish(service, random.userId, [random.client], 50)}`);
} finally {
  await service.stop();
}
process.exit(0);
