/** Idle sockets: what one costs, and how long a notification takes to reach all sockets of a user. */
import { raiseOpenFiles } from "./open-files.ts";
import { residentKiB } from "./processes.ts";
import { startRuntime } from "./runtime.ts";
import { createSigner, runSql, type Stage } from "./service.ts";
import { median } from "./statistics.ts";
import { decimal, verdict, whole, type Cell, type Table } from "./table.ts";

const BUDGET_MS = 10;
const BUDGET_SOCKETS = 10_000;
const OPENED_AT_ONCE = 50;

/** The runtime has two descriptors per accepted connection, both of one socket (`ls -l /proc/<pid>/fd`). */
const FILES_A_SOCKET = 2;
/** The runtime's other files: its own connections, and some files of each object. */
const OTHER_FILES = 1_000;

interface Scene {
  url: URL;
  companionUrl: URL;
  databaseUrl: string;
}

export async function sockets(stage: Stage): Promise<Table> {
  const { quick, bundles, variables, log } = stage;
  const [crowdSize, hubCount] = quick ? [300, 50] : [BUDGET_SOCKETS, 1_000];
  const openFiles = raiseOpenFiles(FILES_A_SOCKET * crowdSize + OTHER_FILES);
  const outside = Math.min(crowdSize, Math.floor((openFiles - OTHER_FILES) / FILES_A_SOCKET));
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
    for (const listener of spread.items) listener.close();

    log(`opening ${crowdSize} sockets on one object`);
    const held = outside < crowdSize ? [await hold(scene, crowd!, crowdSize - outside)] : [];
    const crowded = await weigh(outside, (at) => open(scene, crowd!, at));
    rows.push([
      `one object, ${whole(crowdSize)} sockets`,
      ...(await timePublish(scene, [...crowded.items, ...held], 5)),
      ...(quick ? ["", ""] : [`${whole(BUDGET_SOCKETS)} held`, verdict(true)]),
      ...crowded.cells,
    ]);
    rows.push(["to another user meanwhile", ...(await timePublish(scene, own, 20))]);
    for (const listener of [...crowded.items, ...held, ...own]) listener.close();
    return {
      title: "Sockets",
      note:
        "Publishing, medians: until the publishing Worker learns that everything is sent, and until the last client has received it. Memory is what the runtime's process grew by; clients and service share the machine's cores." +
        (held.length > 0
          ? ` Of the ${whole(crowdSize)}, ${whole(crowdSize - outside)} are another Worker's: one from outside takes ${FILES_A_SOCKET} of the ${whole(openFiles)} files that the runtime may open.`
          : ""),
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

/** Accounts with a live session each, created without the password hash that a registration costs. */
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
  /** Resolves at the next notification. */
  next(): Promise<void>;
  close(): void;
}

/** Like a client that is not a browser: it receives everything published after it opens. */
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
  return { userId, next: () => new Promise((resolve) => (arrived = resolve)), close: () => socket.close() };
}

/** Many at once, opened by another Worker in the same runtime through its service binding: those use no files. */
async function hold(scene: Scene, { userId, token }: Holder, count: number): Promise<Listener> {
  const hangUp = new AbortController();
  const { body } = await fetch(new URL(`/hold/${count}`, scene.companionUrl), {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
    signal: hangUp.signal,
  });
  const reader = body!.getReader();
  const next = async () => {
    if ((await reader.read()).done) throw new Error("the held sockets were dropped");
  };
  await next();
  return { userId, next, close: () => hangUp.abort() };
}

/** Creates `count` of them, and returns the memory of each and the time for all. */
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
  // The first round brings all sockets up to date and is not counted.
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
  if (listeners.length > 1) return cells;
  return [...cells, `≤ ${BUDGET_MS}`, verdict(median(arrived) <= BUDGET_MS)];
}
