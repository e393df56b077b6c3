/** Keeps the administrator's tokens between two commands: a file for each service that only its owner can read. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { StoredTokens, TokenStore } from "../../src/client/index.ts";
import { LOCAL_FOLDER } from "../database/url.ts";

/** For the command that has the lock: longer than a request may take. */
const LOCK_MS = 30_000;
const POLL_MS = 20;

export function createTokenFile(url: string, folder: string = path.join(LOCAL_FOLDER, "admin")): TokenStore {
  const file = path.join(folder, `${new URL(url).host.replace(":", "_")}.json`);
  const lockFile = `${file}.lock`;
  /** Of a command that was killed. */
  const isAbandoned = () => {
    try {
      process.kill(Number(readFileSync(lockFile, "utf8")), 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ESRCH";
    }
  };
  const takeLock = () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      // Linked in one step, with its owner's number in it.
      const own = `${lockFile}.${process.pid}`;
      writeFileSync(own, String(process.pid), { mode: 0o600 });
      try {
        linkSync(own, lockFile);
      } finally {
        rmSync(own, { force: true });
      }
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  };
  return {
    async lock(work) {
      for (const deadline = Date.now() + LOCK_MS; !takeLock(); await sleep(POLL_MS)) {
        if (Date.now() > deadline) throw new Error(`another command keeps ${lockFile}`);
        if (isAbandoned()) rmSync(lockFile, { force: true });
      }
      try {
        return await work();
      } finally {
        rmSync(lockFile, { force: true });
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
