/** Acts a second on either side, with the database next door and 20 ms away. */
import type { Load } from "../load.ts";
import type { Stage } from "../service.ts";
import { median, medianRatio, quantile } from "../statistics.ts";
import { decimal, times, verdict, whole, type Table } from "../table.ts";
import { CONNECTIONS, setScene } from "./scene.ts";

const FAR_MS = 20;

export async function peerRates(stage: Stage): Promise<Table> {
  const { quick, endpoint, log } = stage;
  const { betterAuth, pairs, stop } = await setScene(stage, "peer_rates");
  const measured = pairs.map(() => ({ near: [[], []] as [Load[], Load[]], far: [[], []] as [Load[], Load[]] }));
  try {
    for (let round = 0; round <= (quick ? 1 : 6); round++) {
      log(`round ${round}`);
      // A median needs fewer turns where the distance of the database is most of it.
      for (const at of round > 0 && round < 3 ? (["near", "far"] as const) : (["near"] as const)) {
        for (const [index, { hashes, sides }] of pairs.entries()) {
          for (const [side, { flow, databaseUrl }] of sides.entries()) {
            if (at === "far")
              endpoint.injectFault({ kind: "delay", ms: FAR_MS }, { database: databaseUrl, times: Infinity });
            const sample = await flow.run({ seconds: hashes ? 0.8 : 0.4, connections: CONNECTIONS });
            endpoint.clearFaults(databaseUrl);
            // In the first round everything is still being compiled.
            if (round > 0) measured[index]![at][side]!.push(sample);
          }
        }
      }
    }
  } finally {
    await stop();
  }
  const ratesOf = (samples: Load[]) => samples.map((sample) => sample.requestsPerSecond);
  const waitsOf = (samples: Load[], share: number) =>
    decimal(
      quantile(
        samples.flatMap((sample) => sample.milliseconds),
        share,
      ),
    );
  return {
    title: "Beside Better Auth: acts a second",
    note: `Better Auth ${betterAuth.version}, in the same process, in slices that take turns: ${CONNECTIONS} connections, each sending its next request as soon as the last is answered. "×" is the median of the ratios of neighbouring slices. Milliseconds are those of the whole act, passkey and authorization of two requests; p50 once more with the database ${FAR_MS} ms away.`,
    columns: [
      "act",
      "ours, /s",
      "theirs, /s",
      "×",
      "budget",
      "",
      "p50 ms, ours",
      "theirs",
      "p99 ms, ours",
      "theirs",
      `p50 at +${FAR_MS} ms, ours`,
      "theirs",
    ],
    rows: pairs.map(({ name, budget }, index) => {
      const { near, far } = measured[index]!;
      const [ours, theirs] = near.map(ratesOf) as [number[], number[]];
      const ratio = medianRatio(ours, theirs);
      return [
        name,
        whole(median(ours)),
        whole(median(theirs)),
        times(ratio),
        budget === undefined ? undefined : `≥ ${budget} ×`,
        budget === undefined ? undefined : verdict(ratio >= budget),
        ...near.map((samples) => waitsOf(samples, 0.5)),
        ...near.map((samples) => waitsOf(samples, 0.99)),
        ...far.map((samples) => waitsOf(samples, 0.5)),
      ];
    }),
  };
}
