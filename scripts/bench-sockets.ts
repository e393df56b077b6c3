/**
 * How many idle sockets a hub holds, in which memory, and how long a publish takes:
 * `node scripts/bench-sockets.ts [sockets on one hub] [hubs]` (default 10000 and 1000). Everything on loopback, on a
 * throw-away database. Memory is the resident set of the runtime's process, publish time from the insert's commit to the
 * arrival of the last frame, as a client sees it.
 */

import { readdirSync, readFileSync } from "node:fs";
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

async function call(service: LocalService, path: string, body: unknown, token?: string): Promise<any> {
  const response = await fetch(`${service.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

interface Client {
  socket: WebSocket;
  /** Settles at the next notification. */
  next(): Promise<void>;
}

async function open(service: LocalService, token: string): Promise<Client> {
  const { ticket } = await call(service, "/api/users/me/ws-ticket", {}, token);
  const socket = new WebSocket(`${service.url.replace("http", "ws")}/ws`, ["notifications.v1", `ticket.${ticket}`]);
  let arrived: (() => void) | undefined;
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error("no socket")));
    socket.addEventListener("open", () => socket.send('{"type":"resume"}'));
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(data as string) as { type: string; event?: string };
      if (frame.event === "resumed") resolve();
      if (frame.type === "notification") arrived?.();
    });
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
const milliseconds = (value: number) => `${value.toFixed(1)} ms`;

async function register(service: LocalService, i: number): Promise<{ userId: number; token: string }> {
  const account = { prenom: "B", nom: "N", email: `bench-${i}@example.test`, password: "Correct cheval pile agrafe" };
  const { user, token } = await call(service, "/api/auth/register", account);
  return { userId: Number(user.id), token };
}

/** Time of `rounds` publishes to `userId`, until every one of `clients` has it. */
async function timePublish(
  service: LocalService,
  userId: number,
  clients: Client[],
  rounds: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await service.query(`insert into notifications (user_id, type, title, content) values (${userId}, 'x', 't', 'c')`);
    const arrived = Promise.all(clients.map((client) => client.next()));
    const startedAt = performance.now();
    await service.publish(userId);
    await arrived;
    times.push(performance.now() - startedAt);
  }
  return times;
}

const service = await startLocalService({ RATE_LIMIT_SCALE: "1000000", ACCESS_TOKEN_TTL: "3600" });
try {
  const crowd = await register(service, 0);
  const alone = await register(service, 1);
  const [single] = await Promise.all([open(service, alone.token)]);
  console.log(
    `one hub, 1 socket: publish ${milliseconds(median(await timePublish(service, alone.userId, [single], 50)))} (median of 50)`,
  );

  let before = residentMiB();
  let startedAt = performance.now();
  const clients = await inParallel(onOneHub, () => open(service, crowd.token));
  console.log(`one hub, ${onOneHub} sockets: opened in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  let after = residentMiB();
  console.log(`  runtime ${before} → ${after} MiB: ${(((after - before) * 1024) / onOneHub).toFixed(1)} KiB a socket`);
  console.log(
    `  publish, until the last socket has it: ${milliseconds(median(await timePublish(service, crowd.userId, clients, 5)))} (median of 5)`,
  );
  const idle = median(await timePublish(service, alone.userId, [single], 50));
  console.log(`  publish to the other user meanwhile: ${milliseconds(idle)} (median of 50)`);
  await service.evictHub(crowd.userId).then(
    () => console.log(`  hibernated: runtime ${residentMiB()} MiB`),
    (error: Error) => console.log(`  not hibernated: ${error.message}`),
  );
  console.log(
    `  first publish after that: ${milliseconds((await timePublish(service, crowd.userId, clients, 1))[0]!)}`,
  );
  for (const { socket } of clients) socket.close();

  before = residentMiB();
  startedAt = performance.now();
  const members = await inParallel(hubs, (i) => register(service, i + 2));
  const registered = residentMiB();
  const each = await inParallel(hubs, async (i) => ({
    ...members[i]!,
    client: await open(service, members[i]!.token),
  }));
  after = residentMiB();
  console.log(
    `${hubs} hubs, 1 socket each: opened in ${((performance.now() - startedAt) / 1000).toFixed(1)} s, registrations included`,
  );
  console.log(
    `  runtime ${before} → ${registered} (registered) → ${after} MiB: ${(((after - registered) * 1024) / hubs).toFixed(1)} KiB a hub`,
  );
  const times = [];
  for (const { userId, client } of each.slice(0, 100)) times.push(...(await timePublish(service, userId, [client], 1)));
  console.log(`  publish: ${milliseconds(median(times))} (median of 100 hubs)`);
} finally {
  await service.stop();
}
process.exit(0);
