/** Each law of concurrency broken in a copy of the tree: a run of the races, which was made for none of them, must notice. */
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { startChild } from "../process/child-processes.ts";
import { copyTree } from "../process/copy-tree.ts";

interface Mutant {
  law: string;
  file: string;
  text: string;
  replacement: string;
}

const LOCK = "    db.execute(lockAccounts(sql`u.id = any(${sql.param(userIds)}::int[])`)),\n";
const ASSERTION = "    db.execute(assertSession(platform, actor)),\n";

const MUTANTS: Mutant[] = [
  { law: "the account is locked", file: "src/services/access/actor.ts", text: LOCK, replacement: "" },
  {
    law: "the session is asked under the lock",
    file: "src/services/access/actor.ts",
    text: LOCK + ASSERTION,
    replacement: ASSERTION + LOCK,
  },
  {
    law: "who holds a link locks the account too",
    file: "src/services/access/actor.ts",
    text: "runAct(platform, statements, [platform.db.execute(lockAccounts(whose))])",
    replacement: "runAct(platform, statements, [])",
  },
  {
    law: "a token is stamped before the trip that reads what it says",
    file: "src/services/sessions/refresh.ts",
    text: "refreshToken: successor, issuedAt });",
    replacement: "refreshToken: successor, issuedAt: new Date() });",
  },
];

export async function raceMutants(): Promise<void> {
  const copy = await copyTree();
  try {
    for (const { law, file, text, replacement } of MUTANTS) {
      const at = path.join(copy, file);
      const source = await readFile(at, "utf8");
      if (source.split(text).length !== 2) throw new Error(`${file}: not there, or not once: ${text.trim()}`);
      await writeFile(
        at,
        source.replace(text, () => replacement),
      );
      const run = await startChild(process.execPath, ["scripts/races.ts", "--until-failure", "--walks", "0"], {
        cwd: copy,
        stdio: ["ignore", "inherit", "ignore"],
      });
      const { code } = await run.exited;
      await writeFile(at, source);
      const isFound = code === 1;
      console.log(`${isFound ? "found   " : "SURVIVED"} ${law}`);
      if (!isFound) process.exitCode = 1;
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
