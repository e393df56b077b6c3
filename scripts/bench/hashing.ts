/**
 * The password hash in the Workers runtime (wasm) against Node's own (native), with the same parameters, in
 * alternation.
 */
import { argon2Sync, randomBytes } from "node:crypto";
import { PASSWORD, type Stage } from "./service.ts";
import { startRuntime } from "./runtime.ts";
import { median } from "./statistics.ts";
import { decimal, times, verdict, type Table } from "./table.ts";

const BUDGET = 1.2;
/** As in src/crypto/password-hash.ts. */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
/** Many per request: the request's own cost is part of the Worker's time, but not of Node's. */
const HASHES_A_TURN = 16;

export async function hashing({ quick, bundles, variables }: Stage): Promise<Table> {
  const runtime = await startRuntime([
    { bundle: bundles.service, variables: variables("postgresql://none@none.invalid/none") },
    { bundle: bundles.companion },
  ]);
  const [wasm, native]: [number[], number[]] = [[], []];
  try {
    // The first round, in which both compile and grow their memory, is not counted.
    for (let turn = 0; turn <= (quick ? 3 : 20); turn++) {
      const workerTurn = await time(async () => {
        await fetch(new URL(`/hash/${HASHES_A_TURN}`, runtime.urls[1]), { method: "POST" });
      });
      const nodeTurn = await time(() => {
        for (let i = 0; i < HASHES_A_TURN; i++)
          argon2Sync("argon2id", { message: PASSWORD, nonce: randomBytes(16), ...PARAMETERS });
      });
      if (turn === 0) continue;
      wasm.push(workerTurn);
      native.push(nodeTurn);
    }
  } finally {
    await runtime.stop();
  }
  const [inWorker, inNode] = [Math.min(...wasm), Math.min(...native)];
  const ratio = inWorker / inNode;
  return {
    title: "Password hash",
    note: "argon2id, 19 MiB, two passes, one lane; in alternation. Other work on the machine only ever adds time, so the fastest turns are compared.",
    columns: ["where", "fastest, ms", "median, ms", "of native", "budget", ""],
    rows: [
      ["Node's crypto.argon2 (native)", decimal(inNode), decimal(median(native)), times(1)],
      [
        "the service's, in workerd (wasm)",
        decimal(inWorker),
        decimal(median(wasm)),
        times(ratio),
        `≤ ${times(BUDGET)}`,
        verdict(ratio <= BUDGET),
      ],
    ],
  };
}

async function time(act: () => Promise<void> | void): Promise<number> {
  const startedAt = performance.now();
  await act();
  return (performance.now() - startedAt) / HASHES_A_TURN;
}
