/**
 * After every test file: none of its secrets is in the database, KV, a Durable Object or the log, and no address in KV
 * or the log (docs/security.md, "Secrets and logs").
 */
import { env } from "cloudflare:workers";
import { afterAll } from "vitest";
import { createSearch, formsOf } from "./leak-search.ts";
import {
  addressesSeen,
  codesSeen,
  MIN_LENGTH,
  noteBindings,
  noteMail,
  openlySeen,
  secretsSeen,
} from "./secrets-seen.ts";
import { databaseUrl, mailbox } from "./service.ts";
import { readStores, recordLog, type Stores } from "./stores.ts";

const stopRecording = recordLog();

/** Words of six digits, but not fractions of a second. */
const CODES = /(?<![\w.])\d{6}(?!\w)/g;

/** About people, whoever wrote it, a test's own statements included: allowed in the database, but not in logs and KV. */
const PERSONAL = ["users.email", "users.telephone", "users.password_hash"];
/** Some tests have many thousand accounts. */
const MOST = 2_000;

function personalIn(database: Map<string, string>): [value: string, place: string][] {
  return PERSONAL.flatMap((place) =>
    (database.get(place) ?? "")
      .split("\n")
      .filter((value) => value.length >= MIN_LENGTH)
      .slice(0, MOST)
      .map((value): [string, string] => [value, place]),
  );
}

/** Where something was found, never the secret itself: "users.telephone holds a link in a mail". */
export async function findLeaks(): Promise<string[]> {
  noteBindings({ ...env, DATABASE_URL: databaseUrl() });
  for (const mail of await mailbox.received()) noteMail(mail);
  return searchStores(await readStores(databaseUrl()));
}

/** A password that is also somebody's name is found as the name. */
const isOpen = (form: string) => [...openlySeen].some((value) => value.includes(form));

function searchStores({ database, kv, objects, log }: Stores): string[] {
  const search = (wanted: Map<string, string>, stores: Map<string, string>[]) => {
    const kinds = new Map([...wanted].flatMap(([secret, kind]) => [...formsOf(secret)].map((form) => [form, kind])));
    const find = createSearch(kinds.keys());
    return stores.flatMap((places) =>
      [...places].flatMap(([place, text]) => [...find(text)].map((form) => ({ place, form, kind: kinds.get(form) }))),
    );
  };
  const secrets = search(secretsSeen, [database, kv, objects, log]).filter(({ form }) => !isOpen(form));
  const addresses = search(new Map([...personalIn(database), ...addressesSeen]), [kv, log]);
  const codes = [database, kv, objects, log].flatMap((places) =>
    [...places].flatMap(([place, text]) =>
      (text.match(CODES) ?? [])
        .filter((code) => codesSeen.has(code))
        .map(() => ({ place, kind: "a code of six digits" })),
    ),
  );
  return [...new Set([...secrets, ...addresses, ...codes].map(({ place, kind }) => `${place} holds: ${kind}`))];
}

/** It reads whatever the file has made: thousands of accounts where RACE_ROUNDS asks for them. */
const LIMIT_MS = 300_000;

afterAll(async () => {
  stopRecording();
  const leaks = await findLeaks();
  if (leaks.length > 0) throw new Error(`Secrets were kept or logged:\n${leaks.join("\n")}`);
}, LIMIT_MS);
