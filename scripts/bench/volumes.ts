/** Acts whose work grows with what one account or one role holds. */
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { residentKiB } from "./processes.ts";
import { startRuntime } from "./runtime.ts";
import { createClient, runSql, type Client, type Stage } from "./service.ts";
import { decimal, whole, type Cell, type Table } from "./table.ts";

const LOGINS = 2_000_000;
const HOLDERS = 30_000;
const ADMINISTRATOR = 1;
const POLL_MS = 250;
const MEMORY_MS = 200;

export async function volumes(stage: Stage): Promise<Table> {
  const { quick, bundles, createDatabase, variables, log } = stage;
  const databaseUrl = await createDatabase("volumes");
  const runtime = await startRuntime([{ bundle: bundles.service, variables: variables(databaseUrl) }]);
  try {
    const client = createClient(runtime.urls[0]!, databaseUrl);
    const exported = await exportLogins(stage, client, quick ? 20_000 : LOGINS);
    const holders = quick ? 1_000 : HOLDERS;
    log(`a role with ${whole(holders)} holders`);
    const deleted = await deleteRole(stage, client, holders);
    return {
      title: "Volumes",
      note: "From the client's first byte to the last answer; `all done` includes the jobs of the queue. The runtime is its whole process, with the simulators of all bindings; the most that it was above what it was before.",
      columns: ["what", "answered, ms", "all done, s", "trips", "MB", "runtime grew, MiB", "in the second half"],
      rows: [exported, deleted],
    };
  } finally {
    await runtime.stop();
  }
}

async function exportLogins({ endpoint, log }: Stage, client: Client, logins: number): Promise<Cell[]> {
  log(`an account with ${whole(logins)} logins`);
  const { userId, token } = await client.createMember();
  await runSql(
    client.databaseUrl,
    `insert into login_history (user_id, outcome, method, ip_address, country, user_agent, created_at)
     select $1, case when n % 10 > 0 then 'success' else 'failure' end, 'pwd', '192.0.2.' || n % 250, 'FR',
       'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', now() - n * interval '1 second'
     from generate_series(1, $2::int) n`,
    [userId, logins],
  );
  await runSql(client.databaseUrl, "vacuum (analyze) login_history");
  log("its export");
  endpoint.resetTrips(client.databaseUrl);
  const startedAt = performance.now();
  const before = residentKiB();
  const resident: number[] = [];
  const watching = setInterval(() => resident.push(residentKiB() - before), MEMORY_MS);
  const url = new URL("/api/users/me/export", client.url).href;
  const { firstByteMs, bytes } = await download(url, token, startedAt).finally(() => clearInterval(watching));
  /** The most by which the runtime had grown in that part of the time. */
  const grown = (from: number, to: number) =>
    whole(Math.max(0, ...resident.slice(resident.length * from, Math.ceil(resident.length * to))) / 1024);
  return [
    `export of ${whole(logins)} logins`,
    whole(firstByteMs),
    decimal((performance.now() - startedAt) / 1000),
    endpoint.trips(client.databaseUrl),
    whole(bytes / 1_000_000),
    grown(0, 0.5),
    grown(0.5, 1),
  ];
}

/** As a slow reader would: nothing is kept. */
function download(url: string, token: string, startedAt: number): Promise<{ firstByteMs: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers: { Authorization: `Bearer ${token}` } }, (response) => {
      let firstByteMs = 0;
      let bytes = 0;
      let end = "";
      response.on("data", (chunk: Buffer) => {
        firstByteMs ||= performance.now() - startedAt;
        bytes += chunk.length;
        end = (end + chunk.subarray(-2).toString("latin1")).slice(-2);
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200 || end !== "}\n")
          reject(new Error(`The export answered ${response.statusCode} and ended with ${JSON.stringify(end)}.`));
        else resolve({ firstByteMs, bytes });
      });
    });
    asking.on("error", reject);
    asking.end();
  });
}

async function deleteRole({ endpoint }: Stage, client: Client, holders: number): Promise<Cell[]> {
  const { databaseUrl } = client;
  const admin = await client.createMember(ADMINISTRATOR);
  const [role] = await runSql<{ id: number }>(
    databaseUrl,
    `insert into roles (name, permissions) values ('holders-${holders}', '["things:do"]') returning id`,
  );
  await runSql(
    databaseUrl,
    `insert into users (email, password_hash, prenom, nom, role_id)
     select $2 || '-' || n || '@example.test', 'none', 'Ada', 'Lovelace', $2::int from generate_series(1, $1::int) n`,
    [holders, role!.id],
  );
  await runSql(databaseUrl, "vacuum (analyze) users");
  endpoint.resetTrips(databaseUrl);
  const startedAt = performance.now();
  await client.request("DELETE", `/api/admin/roles/${role!.id}?replacementId=0`, { token: admin.token });
  const answeredMs = performance.now() - startedAt;
  const left = async () =>
    (await runSql(databaseUrl, "select 1 from users where role_id = $1 limit 1", [role!.id])).length > 0;
  while (await left()) await sleep(POLL_MS);
  return [
    `deleting a role with ${whole(holders)} holders`,
    whole(answeredMs),
    decimal((performance.now() - startedAt) / 1000),
    endpoint.trips(databaseUrl),
    undefined,
  ];
}
