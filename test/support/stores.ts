/** Everything that the service stores, as text, by place: every column, KV key, object and log line. */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inspect } from "node:util";
import { afterEach, inject } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";

/** The real ones: some tests replace them. */
const { KV, NOTIFICATION_HUB } = env;
const control = createControl(inject("endpointUrl"));

/** The lines that the Worker logged in this test file. */
export const logged: string[] = [];

/**
 * Collects from now on, until the returned function is called. Only the lines of a test that fails go where they went
 * before: Vitest would send each to its main process, to keep it from being shown.
 */
export function recordLog(): () => void {
  const before = { ...console };
  const held: (() => void)[] = [];
  afterEach(({ task }) => {
    const lines = held.splice(0);
    if (task.result?.state === "fail") for (const write of lines) write();
  });
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    const write = console[method].bind(console);
    console[method] = (...line: unknown[]) => {
      logged.push(line.map((part) => (typeof part === "string" ? part : inspect(part))).join(" "));
      held.push(() => write(...line));
    };
  }
  return () => void Object.assign(console, before);
}

type Places = Map<string, string>;

/** The database joins each column's values: one answer of a few texts, however many rows there are. */
async function readDatabase(databaseUrl: string): Promise<Places> {
  const columns = await control.query<{ place: string; tableName: string; columnName: string }>(
    databaseUrl,
    `select relname || '.' || attname as place, oid::regclass::text as "tableName", quote_ident(attname) as "columnName"
     from pg_class join pg_attribute on attrelid = oid
     where relkind in ('r', 'p') and attnum > 0 and not attisdropped
       and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
       and atttypid::regtype::text not in ('smallint', 'integer', 'bigint', 'boolean', 'uuid', 'timestamp with time zone')`,
  );
  const texts = columns.map(
    ({ place, tableName, columnName }) =>
      `select '${place}' as place, string_agg(distinct ${columnName}::text, E'\\n') as text from ${tableName}`,
  );
  const rows = await control.query<{ place: string; text: string | null }>(databaseUrl, texts.join(" union all "));
  return new Map(rows.map(({ place, text }) => [place, text ?? ""]));
}

async function readKv(): Promise<Places> {
  const places: Places = new Map();
  let cursor: string | undefined;
  do {
    const page = await KV.list(cursor === undefined ? {} : { cursor });
    for (let i = 0; i < page.keys.length; i += 100) {
      const keys = page.keys.slice(i, i + 100);
      const values = await KV.get(keys.map(({ name }) => name));
      for (const { name, metadata } of keys) {
        places.set(`KV ${name}`, [name, values.get(name) ?? "", JSON.stringify(metadata ?? "")].join("\n"));
      }
    }
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  return places;
}

/** Storage, tables, and the attachments of hibernating sockets. */
async function readObjects(): Promise<Places> {
  const read = async (id: DurableObjectId): Promise<[string, string]> => [
    `object ${String(id)}`,
    await runInDurableObject(NOTIFICATION_HUB.get(id), async (_, state) =>
      JSON.stringify([
        [...(await state.storage.list())],
        state.storage.sql
          .exec<{ name: string }>(
            "select name from sqlite_master where type = 'table' and name not like '\\_cf\\_%' escape '\\'",
          )
          .toArray()
          .map(({ name }) => state.storage.sql.exec(`select * from "${name}"`).toArray()),
        state.getWebSockets().map((socket) => socket.deserializeAttachment()),
      ]),
    ),
  ];
  return new Map(await Promise.all((await listDurableObjectIds(NOTIFICATION_HUB)).map(read)));
}

export interface Stores {
  database: Places;
  kv: Places;
  objects: Places;
  log: Places;
}

/** @param databaseUrl with the right to read everything. */
export async function readStores(databaseUrl: string): Promise<Stores> {
  const [database, kv, objects] = await Promise.all([readDatabase(databaseUrl), readKv(), readObjects()]);
  return { database, kv, objects, log: new Map([["log", logged.join("\n")]]) };
}
