/** `npm run convert`: makes a file for the import of another system's export. */
import { closeSync, createReadStream, existsSync, openSync, rmSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { createGunzip } from "node:zlib";
import { convert, SOURCES } from "./convert/convert.ts";
import type { Source } from "./convert/source.ts";
import { runCommand } from "./process/command.ts";
import { printable } from "./process/terminal.ts";

const HELP = `Usage: npm run convert -- <${Object.keys(SOURCES).join("|")}> <export> [options]

Makes a file for \`npm run admin -- users import\` of what another system exports (docs/moving.md). What can't be taken is
counted, and listed by row beside the file; nothing is sent anywhere.

  --out <file>         (default: users.ndjson); the list is <file>.log
  --providers <ids>    whose identities to take: the ids of FEDERATION, separated by commas. With <id>=<name> where the
                       other system has a name of its own for it; without it, none is taken
  --hashes <file>      auth0: the export of password hashes; firebase: the password hash parameters of the console
  --unverified         no address counts as proven, whatever the export says
  --help               prints this

An export may be gzipped.`;

/** @throws Error */
function readProviders(list: string, { known }: Source): Map<string, string> {
  return new Map(
    list.split(",").map((entry) => {
      const [id = "", name = known[id]] = entry.trim().split("=");
      if (!name) throw new Error(`--providers: what is "${id}" called there? Write ${id || "<id>"}=<name>`);
      return [name, id];
    }),
  );
}

function textOf(file: string): AsyncIterable<string> {
  if (!existsSync(file)) throw new Error(`${file} does not exist`);
  const bytes = createReadStream(file);
  const plain = file.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes;
  return plain.setEncoding("utf8");
}

await runCommand("convert", async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string", default: "users.ndjson" },
      providers: { type: "string" },
      hashes: { type: "string" },
      unverified: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  const [name = "", file, ...more] = positionals;
  const source = SOURCES[name];
  if (values.help || positionals.length === 0) {
    console.log(HELP);
    if (!values.help) process.exitCode = 1;
    return;
  }
  if (!source || file === undefined || more.length > 0)
    throw new Error(`usage: npm run convert -- <${Object.keys(SOURCES).join("|")}> <export>`);
  if (values.hashes !== undefined && !source.readHashes) throw new Error(`--hashes does not belong to ${name}`);
  const providers = values.providers === undefined ? new Map() : readProviders(values.providers, source);
  const users = textOf(file);
  const hashes = values.hashes === undefined ? undefined : textOf(values.hashes);

  const places = [values.out, `${values.out}.log`];
  const existing = places.find((place) => existsSync(place));
  if (existing !== undefined) throw new Error(`${existing} exists already: remove it, or choose another with --out`);
  // Readable by you alone.
  const [out, log] = places.map((place) => openSync(place, "wx", 0o600)) as [number, number];
  const outcome = await convert({
    source,
    users,
    hashes,
    providers,
    unverified: values.unverified,
    now: Date.now(),
    write: (line) => writeSync(out, `${line}\n`),
    note: (row, text) => writeSync(log, `row ${row}: ${text}\n`),
  }).catch((error: unknown) => {
    for (const place of places) rmSync(place);
    throw error;
  });
  for (const file of [out, log]) closeSync(file);
  console.log(`${outcome.written} of ${outcome.rows} accounts are in ${values.out}.`);
  for (const [note, count] of outcome.counts) console.log(`  ${count} ${printable(note)}`);
  if (outcome.counts.size > 0) console.log(`By row: ${values.out}.log`);
  console.log(`Next: npm run admin -- users import ${values.out}`);
});
