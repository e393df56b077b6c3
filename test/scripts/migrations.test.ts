/** Migrations up, down and up again; and that a failed or a doubtful one changes nothing. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as migrateByDrizzle } from "drizzle-orm/node-postgres/migrator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { functionChanges, readFunctions } from "../../scripts/database/functions.ts";
import { MIGRATIONS_FOLDER, readMigrations } from "../../scripts/database/migration-files.ts";
import { migrate, migrationStatus, rollback } from "../../scripts/database/migrations.ts";
import { temporaryFolder, useLocalNeon } from "./local-neon.ts";

const local = useLocalNeon();
let url: string;
let folder: string;

beforeEach(async () => {
  url = await local.control.createDatabase();
  folder = temporaryFolder();
});

afterEach(() => rmSync(folder, { recursive: true }));

const query = (sql: string) => local.control.query(url, sql);

/** Everything that a migration can make: columns, indexes, constraints, triggers, functions, sequences. */
async function describeSchema(): Promise<string[]> {
  const rows = await query(`
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || coalesce(character_maximum_length::text, '')
      || ' ' || is_nullable || ' ' || coalesce(column_default, '') || ' ' || coalesce(identity_generation, '')
      || ' ' || coalesce(datetime_precision::text, '')
      -- The order of the columns; a number is never used again, so that one which comes back has another.
      || ' ' || row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position) AS line
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT tgisinternal
    UNION ALL SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'sequence ' || sequencename || ' ' || data_type || ' ' || start_value FROM pg_sequences WHERE schemaname = 'public'
    UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    ORDER BY line`);
  return rows.map(({ line }) => String(line));
}

/** Two migrations, the second of which a test may change. */
function writeFixture(
  second = "ALTER TABLE a ADD COLUMN c text;",
  secondDown: string | null = "ALTER TABLE a DROP COLUMN c;",
): void {
  const files: Record<string, string | null> = {
    "0000_a.sql": "CREATE TABLE a (b int);\n--> statement-breakpoint\nINSERT INTO a VALUES (1);",
    "down/0000_a.sql": "DROP TABLE a;",
    "0001_c.sql": second,
    "down/0001_c.sql": secondDown,
    "meta/_journal.json": JSON.stringify({
      entries: [
        { tag: "0000_a", when: 1_700_000_000_000, breakpoints: true },
        { tag: "0001_c", when: 1_700_000_000_001, breakpoints: true },
      ],
    }),
  };
  for (const sub of ["down", "meta"]) mkdirSync(path.join(folder, sub), { recursive: true });
  for (const [name, text] of Object.entries(files)) if (text !== null) writeFileSync(path.join(folder, name), text);
}

describe("the project's own migrations", () => {
  const tags = readMigrations().map(({ tag }) => tag);

  test("go up, down and up again, to the same schema and to nothing in between", async () => {
    expect(await describeSchema()).toEqual([]);
    expect(await migrate(url)).toEqual(tags);
    const before = await describeSchema();
    const seeded = await query("SELECT id, name, permissions FROM roles ORDER BY id");
    expect(await rollback(url, { all: true })).toEqual(tags.toReversed());
    expect(await describeSchema()).toEqual([]);
    await migrate(url);
    expect(await describeSchema()).toEqual(before);
    expect(await query("SELECT id, name, permissions FROM roles ORDER BY id")).toEqual(seeded);
  });

  test.each(tags)("%s alone: down and up again changes nothing", async (tag) => {
    const steps = tags.slice(tags.indexOf(tag));
    await migrate(url);
    const before = await describeSchema();
    for (const step of steps.toReversed()) expect(await rollback(url)).toEqual([step]);
    expect(await migrate(url)).toEqual(steps);
    expect(await describeSchema()).toEqual(before);
  });

  test("leave the functions and triggers that drizzle/functions has, and no others", async () => {
    const functions = readFunctions();
    const run = (statements: string[]) => query(statements.join("\n"));
    const isRule = (line: string) => /^(function|trigger) /.test(line);
    await query("CREATE EXTENSION pg_trgm SCHEMA pg_catalog");
    await migrate(url);
    const migrated = (await describeSchema()).filter(isRule);
    await run(functionChanges(functions, {}));
    expect((await describeSchema()).filter(isRule)).toEqual([]);
    await run(functionChanges({}, functions));
    expect((await describeSchema()).filter(isRule)).toEqual(migrated);
  });

  test("don't make a function anew whose file only begins with other words", () => {
    const text = "CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS $$\n  -- One.\n  SELECT 1\n$$;\n";
    const told = { one: `-- What it says.\n-- And why.\n${text}` };
    expect(functionChanges({ one: text }, told)).toEqual([]);
    expect(functionChanges(told, { one: text.replace("SELECT 1", "SELECT 2") })).toHaveLength(1);
  });

  test("drizzle-orm's migrator agrees on what is applied, both ways", async () => {
    await migrate(url);
    const recorded = await query("SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id");
    const db = drizzle(url);
    await migrateByDrizzle(db, { migrationsFolder: MIGRATIONS_FOLDER });
    expect(await query("SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id")).toEqual(recorded);
    await rollback(url, { all: true });
    await migrateByDrizzle(db, { migrationsFolder: MIGRATIONS_FOLDER });
    await db.$client.end();
    expect(await migrate(url)).toEqual([]);
    expect((await migrationStatus(url)).every(({ state }) => state === "applied")).toBe(true);
  });
});

describe("migrate", () => {
  test("applies each migration once, also when two run at the same time", async () => {
    writeFixture();
    const results = await Promise.all([1, 2, 3].map(() => migrate(url, { folder })));
    expect(results.flat().toSorted()).toEqual(["0000_a", "0001_c"]);
    expect(await query("SELECT * FROM a")).toEqual([{ b: 1, c: null }]);
  });

  test("says which statement it is at, on the way up and down", async () => {
    writeFixture();
    const said: string[] = [];
    const progress = (text: string) => void said.push(text);
    await migrate(url, { folder, progress });
    await rollback(url, { folder, progress });
    expect(said).toEqual([
      "0000_a: statement 1 of 2",
      "0000_a: statement 2 of 2",
      "0001_c: statement 1 of 1",
      "0001_c: statement 1 of 1",
    ]);
  });

  test("a migration that fails leaves nothing of itself, names the line, and those before it stay", async () => {
    writeFixture(
      "ALTER TABLE a ADD COLUMN c text;\n--> statement-breakpoint\n\nALTER TABLE a\n  ADD COLUMN d nonsense;",
    );
    await expect(migrate(url, { folder })).rejects.toThrow(/0001_c\.sql, line 5: type "nonsense" does not exist/);
    expect(await query("SELECT * FROM a")).toEqual([{ b: 1 }]);
    expect(await migrationStatus(url, { folder })).toEqual([
      { tag: "0000_a", state: "applied" },
      { tag: "0001_c", state: "pending" },
    ]);
  });

  test("an edited migration is refused and named", async () => {
    writeFixture();
    await migrate(url, { folder });
    writeFixture("ALTER TABLE a ADD COLUMN c varchar;");
    await expect(migrate(url, { folder })).rejects.toThrow("0001_c was edited after it was applied");
    expect(await migrationStatus(url, { folder })).toContainEqual({ tag: "0001_c", state: "changed" });
  });

  test("a migration without a way down is refused before anything runs", async () => {
    writeFixture(undefined, null);
    await expect(migrate(url, { folder })).rejects.toThrow("write drizzle/down/0001_c.sql");
    expect(await describeSchema()).toEqual([]);
  });

  test("a database that is ahead of the code is left alone", async () => {
    cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
    await migrate(url, { folder });
    writeFixture();
    await expect(migrate(url, { folder })).rejects.toThrow("doesn't know");
    await expect(rollback(url, { folder })).rejects.toThrow("doesn't know");
  });
});

describe("rollback", () => {
  test("takes back one at a time, and tells when there is nothing", async () => {
    writeFixture();
    await migrate(url, { folder });
    expect(await rollback(url, { folder })).toEqual(["0001_c"]);
    expect(await query("SELECT * FROM a")).toEqual([{ b: 1 }]);
    expect(await rollback(url, { folder })).toEqual(["0000_a"]);
    expect(await rollback(url, { folder })).toEqual([]);
  });

  test("a way down that fails changes nothing", async () => {
    writeFixture(undefined, "ALTER TABLE a DROP COLUMN c;\n--> statement-breakpoint\nDROP TABLE missing;");
    await migrate(url, { folder });
    await expect(rollback(url, { folder, all: true })).rejects.toThrow(/down\/0001_c\.sql, line 3: table "missing"/);
    expect(await query("SELECT * FROM a")).toEqual([{ b: 1, c: null }]);
  });

  test("a way down that is missing is named", async () => {
    writeFixture();
    await migrate(url, { folder });
    rmSync(path.join(folder, "down", "0001_c.sql"));
    await expect(rollback(url, { folder })).rejects.toThrow("write drizzle/down/0001_c.sql");
  });
});

test("every migration's file is what its journal names", () => {
  const journal = JSON.parse(readFileSync(path.join(MIGRATIONS_FOLDER, "meta", "_journal.json"), "utf8")) as {
    entries: { when: number }[];
  };
  const times = journal.entries.map(({ when }) => when);
  // drizzle-orm's migrator skips one that is older than the last applied.
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
