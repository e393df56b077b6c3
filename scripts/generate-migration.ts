/**
 * `npm run db:generate -- --name what_it_does`: writes the migration for the changes in src/db/schema.ts and
 * drizzle/functions. With `--again` it regenerates the last migration, which must be unreleased, from the current
 * schema.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  BY_HAND,
  COPIED,
  functionChanges,
  joinStatements,
  readFunctions,
  recordedFunctions,
  recordFunctions,
} from "./database/functions.ts";
import { MIGRATIONS_FOLDER } from "./database/migration-files.ts";
import { runCommand } from "./process/command.ts";

const HELP = `Usage: npm run db:generate -- --name what_it_does
       npm run db:generate -- --again    regenerates the last migration, which must be unreleased`;
const JOURNAL = path.join(MIGRATIONS_FOLDER, "meta", "_journal.json");

interface Journal {
  entries: { idx: number; tag: string }[];
}

const readJournal = () => JSON.parse(readFileSync(JOURNAL, "utf8")) as Journal;
const upFile = (tag: string) => path.join(MIGRATIONS_FOLDER, `${tag}.sql`);
const downFile = (tag: string) => path.join(MIGRATIONS_FOLDER, "down", `${tag}.sql`);
const numberOf = (tag: string) => tag.slice(0, 4);
const readIfThere = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");

await runCommand("db:generate", async () => {
  const { values } = parseArgs({
    options: { name: { type: "string" }, again: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(HELP);
  const last = readJournal().entries.at(-1)!;
  const name = values.again ? last.tag.slice("0000_".length) : values.name;
  if (!name) throw new Error(`name what it does:\n${HELP}`);
  const byHand = values.again ? takeBack(last.tag) : "";
  const before = readJournal().entries.at(-1)!;
  const old = recordedFunctions(MIGRATIONS_FOLDER, numberOf(before.tag));
  const functions = readFunctions();
  generate(name);
  let made = readJournal().entries.at(-1)!;
  const changes = functionChanges(old, functions);
  if (made.idx === before.idx) {
    if (changes.length === 0 && byHand === "") return console.log("Nothing has changed.");
    generate(name, "--custom");
    made = readJournal().entries.at(-1)!;
    writeFileSync(upFile(made.tag), "");
  }
  const tables = readFileSync(upFile(made.tag), "utf8").trim();
  writeFileSync(upFile(made.tag), `${joinStatements([tables, ...changes, byHand].filter(Boolean))}\n`);
  recordFunctions(MIGRATIONS_FOLDER, numberOf(made.tag), functions);
  writeWayDown(made.tag, functionChanges(functions, old));
  console.log(`Wrote drizzle/${made.tag}.sql; its way down, drizzle/down/${made.tag}.sql, needs the tables by hand.`);
});

function generate(name: string, ...more: string[]): void {
  execFileSync("drizzle-kit", ["generate", "--name", name, ...more], { stdio: ["inherit", "ignore", "inherit"] });
}

/** Removes the migration, and returns its hand-written part. */
function takeBack(tag: string): string {
  const [, byHand] = readFileSync(upFile(tag), "utf8").split(BY_HAND);
  const journal = readJournal();
  journal.entries.pop();
  writeFileSync(JOURNAL, `${JSON.stringify(journal, null, 2)}\n`);
  rmSync(upFile(tag));
  rmSync(path.join(MIGRATIONS_FOLDER, "meta", `${numberOf(tag)}_snapshot.json`), { force: true });
  rmSync(path.join(MIGRATIONS_FOLDER, "functions", "recorded", `${numberOf(tag)}.json`), { force: true });
  return byHand === undefined ? "" : `${BY_HAND}${byHand}`.trim();
}

/** Only the functions' part: statements that restore tables can't be derived from a schema. */
function writeWayDown(tag: string, changes: string[]): void {
  const [written = ""] = readIfThere(downFile(tag)).split(COPIED);
  const copied = changes.length > 0 ? `${COPIED}\n${joinStatements(changes)}` : "";
  const statements = [written.trim().replace(/\n?--> statement-breakpoint$/, ""), copied].filter(Boolean);
  writeFileSync(downFile(tag), `${joinStatements(statements)}\n`);
}
