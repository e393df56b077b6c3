/** Idle sockets: what one costs, and how long a notification takes to all of a user's. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { startRuntime } from "./runtime.ts";
import { createSigner, runSql, type Stage } from "./service.ts";
import { median } from "./statistics.ts";
import { decimal, verdict, whole, type Cell, type Table } from "./table.ts";

const BUDGET_MS = 10;
const OPENED_AT_ONCE = 50;

interface Scene {
  url: URL;
  companionUrl: URL;
  databaseUrl: string;
}

export async function sockets(stage: Stage): Promise<Table> {
  const { quick, bundles, variables, log } = stage;
  // Each takes two file descriptors of the runtime, and 20,000 a process are a usual limit.
  const [crowdSize, hubCount] = quick ? [300, 50] : [9_500, 1_000];
  const databaseUrl = await stage.createDatabase("sockets");
  const runtime = await startRuntime([
    { bundle: bundles.service, variables: variables(databaseUrl) },
    { bundle: bundles.companion },
  ]);
  try {
    const scene = { url: runtime.urls[0]!, companionUrl: runtime.urls[1]!, databaseUrl };
    const [alone, crowd, ...others] = await createMembers(scene, variables(databaseUrl), hubCount + 2);
    const rows: Cell[][] = [];
    const own = [await open(scene, alone!)];
    rows.push(["one object, 1 socket", ...(await timePublish(scene, own, 20))]);

    log(`opening ${hubCount} objects`);
    const spread = await weigh(hubCount, (at) => open(scene, others[at]!, at));
    rows.push([
      `${whole(hubCount)} objects, 1 socket each`,
      ...(await timePublish(scene, [spread.items[0]!], 20)),
      ...spread.cells,
    ]);
    for (const { socket } of spread.items) socket.close();

    log(`opening ${crowdSize} sockets on one object`);
    const crowded = await weigh(crowdSize, (at) => open(scene, crowd!, at));
    rows.push([
      `one object, ${whole(crowdSize)} sockets`,
      ...(await timePublish(scene, crowded.items, 5)),
      ...crowded.cells,
    ]);
    rows.push(["to another user meanwhile", ...(await timePublish(scene, own, 20))]);
    for (const { socket } of [...crowded.items, ...own]) socket.close();
    return {
      title: "Sockets",
      note: "Publishing, medians: until the publishing Worker hears that all is sent, and until the last client has it. Memory is what the runtime's process grew by; clients and service share the machine's cores.",
      columns: ["", "sent, ms", "arrived, ms", "budget", "", "KiB a socket", "opened in, s"],
      rows,
    };
  } finally {
    await runtime.stop();
  }
}

interface Holder {
  userId: number;
  token: string;
}

/** Accounts with a live session each, without the password hash that a registration costs. */
async function createMembers(scene: Scene, variables: Record<string, string>, count: number): Promise<Holder[]> {
  const rows = await runSql<{ userId: number; sessionId: string }>(
    scene.databaseUrl,
    `with account as (
      insert into users (email, password_hash, prenom, nom)
      select gen_random_uuid() || '@example.test', '-', 'B', 'N' from generate_series(1, $1::int) returning id
    )
    insert into refresh_tokens (user_id, session_id, token, methods, expires_at)
    select id, gen_random_uuid(), gen_random_uuid(), '{pwd}', now() + interval '1 day' from account
    returning user_id as "userId", session_id as "sessionId"`,
    [count],
  );
  const sign = await createSigner(variables);
  return Promise.all(rows.map(async (row) => ({ userId: row.userId, token: await sign(row) })));
}

interface Listener {
  userId: number;
  socket: WebSocket;
  /** Settles at the next notification. */
  next(): Promise<void>;
}

/** As a client that is no browser: it gets what is published from its opening on. */
async function open(scene: Scene, { userId, token }: Holder, at = 0): Promise<Listener> {
  const options = { protocols: ["notifications.v1"], headers: { Authorization: `Bearer ${token}` } };
  const socket = new WebSocket(new URL("/ws", scene.url).href.replace("http", "ws"), options as unknown as string[]);
  let arrived: (() => void) | undefined;
  socket.addEventListener("message", ({ data }) => {
    if ((JSON.parse(data as string) as { type: string }).type === "notification") arrived?.();
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error(`socket ${at + 1} was refused`)));
    socket.addEventListener("open", () => resolve());
  });
  return { userId, socket, next: () => new Promise((resolve) => (arrived = resolve)) };
}

/** Makes `count` of them, and says what each weighs and how long all took. */
async function weigh<Item>(
  count: number,
  make: (at: number) => Promise<Item>,
): Promise<{ items: Item[]; cells: Cell[] }> {
  const [before, startedAt] = [residentKiB(), performance.now()];
  const items: Item[] = [];
  let started = 0;
  const work = async () => {
    while (started < count) items.push(await make(started++));
  };
  await Promise.all(Array.from({ length: OPENED_AT_ONCE }, work));
  const seconds = (performance.now() - startedAt) / 1000;
  return { items, cells: [decimal((residentKiB() - before) / count), decimal(seconds)] };
}

/** All listeners are of one user. */
async function timePublish(scene: Scene, listeners: Listener[], rounds: number): Promise<Cell[]> {
  const { userId } = listeners[0]!;
  const [sent, arrived]: [number[], number[]] = [[], []];
  // The first round brings everybody up to date and is not counted.
  for (let round = 0; round <= rounds; round++) {
    await runSql(
      scene.databaseUrl,
      "insert into notifications (user_id, type, title, content) values ($1, 'admin_message', 't', 'c')",
      [userId],
    );
    const all = Promise.all(listeners.map((listener) => listener.next()));
    const startedAt = performance.now();
    await fetch(new URL(`/publish/${userId}`, scene.companionUrl), { method: "POST" });
    const sentAt = performance.now();
    await all;
    if (round === 0) continue;
    sent.push(sentAt - startedAt);
    arrived.push(performance.now() - startedAt);
  }
  const cells = [decimal(median(sent)), decimal(median(arrived))];
  if (listeners.length > 1) return [...cells, "", ""];
  return [...cells, `≤ ${BUDGET_MS}`, verdict(median(arrived) <= BUDGET_MS)];
}

/** Of the runtimes that this process has started; 0 where there is no /proc. */
function residentKiB(): number {
  let total = 0;
  for (const pid of (existsSync("/proc") ? readdirSync("/proc") : []).filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];
      if (field("Name") === "workerd" && Number(field("PPid")) === process.pid) total += Number(field("VmRSS"));
    } catch {
      // Ended meanwhile.
    }
  }
  return total;
}
