/** The PostgreSQL of the run with a Neon endpoint in front, for the tests of the scripts themselves. */
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { neon, neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll } from "vitest";
import { startLocalDatabase, type LocalDatabase } from "../../scripts/database/local-database.ts";
import { createControl, type Control } from "../../scripts/neon/control.ts";
import { startNeonEndpoint, type NeonEndpoint } from "../../scripts/neon/endpoint.ts";

export interface LocalNeon {
  endpoint: NeonEndpoint;
  control: Control;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "auth-api-scripts-"));
  // For root, whose PostgreSQL runs as another user: its data then lie in there, and go with it.
  chmodSync(folder, 0o711);
  return folder;
}

/**
 * For the whole file; the fields are there once `beforeAll` has run.
 * @param alone with a PostgreSQL of its own: roles are of all databases.
 */
export function useLocalNeon({ alone = false } = {}): LocalNeon {
  const local = {} as LocalNeon;
  let own: LocalDatabase | undefined;
  beforeAll(async () => {
    if (alone) own = await startLocalDatabase({ directory: temporaryFolder(), persistent: false });
    const defaultDatabaseUrl = own?.url ?? process.env["TEST_DATABASE"]!;
    local.endpoint = await startNeonEndpoint({ defaultDatabaseUrl, control: true });
    local.control = createControl(local.endpoint.url);
  });
  afterAll(async () => {
    await local.endpoint.stop();
    await own?.stop();
  });
  return local;
}

/** A database that holds this one table, and the production driver on it. */
export async function openDatabase({ endpoint, control }: LocalNeon, table: string) {
  neonConfig.fetchEndpoint = endpoint.url;
  const url = await control.createDatabase();
  await control.query(url, `CREATE TABLE ${table}`);
  return { url, sql: neon(url) };
}
