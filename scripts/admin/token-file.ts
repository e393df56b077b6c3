/** Keeps the administrator's tokens between two commands: a file for each service that only its owner can read. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { StoredTokens, TokenStore } from "../../src/client/index.ts";
import { LOCAL_FOLDER } from "../database/url.ts";
import { takeLock } from "../process/file-lock.ts";

/** For the command that has the lock: longer than a request may take. */
const LOCK_MS = 30_000;
const POLL_MS = 20;

export function createTokenFile(url: string, folder: string = path.join(LOCAL_FOLDER, "admin")): TokenStore {
  const file = path.join(folder, `${new URL(url).host.replace(":", "_")}.json`);
  const lockFile = `${file}.lock`;
  return {
    async lock(work) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const deadline = Date.now() + LOCK_MS;
      let release = takeLock(lockFile);
      for (; !release; release = takeLock(lockFile)) {
        if (Date.now() > deadline) throw new Error(`another command keeps ${lockFile}`);
        await sleep(POLL_MS);
      }
      try {
        return await work();
      } finally {
        release();
      }
    },
    read() {
      try {
        return JSON.parse(readFileSync(file, "utf8")) as StoredTokens;
      } catch {
        return undefined;
      }
    },
    write(tokens) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // Aside, then in one step: a command that is stopped here must not lose the session.
      const aside = `${file}.${process.pid}`;
      try {
        writeFileSync(aside, JSON.stringify(tokens), { mode: 0o600, flag: "wx" });
        renameSync(aside, file);
      } finally {
        rmSync(aside, { force: true });
      }
    },
  };
}
