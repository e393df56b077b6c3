/** How long the slowest verifications take, beside a bare route; and what of it is this machine's rather than the service's. */
import { load, type Load } from "./load.ts";
import { startRuntime, type Runtime } from "./runtime.ts";
import { createClient, type Stage } from "./service.ts";
import { median, medianRatio, quantile } from "./statistics.ts";
import { decimal, times, verdict, whole, type Table } from "./table.ts";

const CONNECTIONS = 16;
const BUDGET = 3;
const WAYS = [
  { name: "as wrangler runs it", readsLogs: true },
  { name: "log lines read by nobody" },
  { name: "garbage collected by one thread, too", oneCollector: true, budget: BUDGET },
];

export async function verify(stage: Stage): Promise<Table> {
  const { quick, bundles, variables, log } = stage;
  const databaseUrl = await stage.createDatabase("verify");
  const workers = [{ bundle: bundles.service, variables: variables(databaseUrl) }, { bundle: bundles.companion }];
  const runtimes: Runtime[] = [];
  for (const { name: _name, budget: _budget, ...options } of WAYS) runtimes.push(await startRuntime(workers, options));
  try {
    const routes = await Promise.all(
      runtimes.map(async ({ urls: [url, companion] }) => {
        const { token } = await createClient(url!, databaseUrl).createMember();
        const next = (path: string) => () => ({ method: "POST", path, body: { token } });
        return [
          { name: "bare", url: companion!, next: next("/bare") },
          { name: "verify-token", url: url!, next: next("/api/auth/verify-token") },
        ] as const;
      }),
    );
    const measured = routes.map((): [bare: Load[], verify: Load[]] => [[], []]);
    for (let round = 0; round <= (quick ? 2 : 16); round++) {
      log(`round ${round}`);
      for (const [at, pair] of routes.entries())
        for (const [which, route] of pair.entries()) {
          const sample = await load(route, { seconds: 0.6, connections: CONNECTIONS });
          // In the first round everything is still being compiled.
          if (round > 0) measured[at]![which]!.push(sample);
        }
    }
    const ofSlices = (slices: Load[], share: number) => slices.map(({ milliseconds }) => quantile(milliseconds, share));
    return {
      title: "The slowest verifications",
      note: `${CONNECTIONS} connections, slices of 0.6 s in turn; each value is the median of the slices', each ratio that of neighbours.`,
      columns: ["runtime", "route", "/s", "p50 ms", "p95 ms", "p99 ms", "p99 of bare", "budget", ""],
      rows: measured.flatMap((pair, at) =>
        pair.map((slices, which) => {
          const { budget } = WAYS[at]!;
          const ratio = medianRatio(ofSlices(slices, 0.99), ofSlices(pair[0], 0.99));
          return [
            WAYS[at]!.name,
            which === 0 ? "bare Hono, POST" : "verify-token",
            whole(median(slices.map(({ requestsPerSecond }) => requestsPerSecond))),
            ...[0.5, 0.95, 0.99].map((share) => decimal(median(ofSlices(slices, share)))),
            ...(which === 0 ? [] : [times(ratio)]),
            ...(which === 1 && budget !== undefined ? [`≤ ${budget} ×`, verdict(ratio <= budget)] : []),
          ];
        }),
      ),
    };
  } finally {
    for (const runtime of runtimes) await runtime.stop();
  }
}
