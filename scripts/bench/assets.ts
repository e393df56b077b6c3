/** What the pages cost the API: its rate with them as static assets of the same Worker, and without. */
import { load, type Load } from "./load.ts";
import { startRuntime } from "./runtime.ts";
import { createClient, type Stage } from "./service.ts";
import { median, medianRatio } from "./statistics.ts";
import { percent, verdict, whole, type Table } from "./table.ts";

const CONNECTIONS = 16;
const BUDGET = 0.6;

export async function assets(stage: Stage): Promise<Table> {
  const { quick, bundles, variables, log } = stage;
  const databaseUrl = await stage.createDatabase("assets");
  const workers = [{ bundle: bundles.service, variables: variables(databaseUrl) }, { bundle: bundles.companion }];
  const runtimes = [await startRuntime(workers), await startRuntime(workers, { pages: true })];
  try {
    const routes = await Promise.all(
      runtimes.map(async ({ urls: [url, companion] }) => {
        const { token } = await createClient(url!, databaseUrl).createMember();
        const route = (name: string, to: URL, path: string) => ({
          name,
          url: to,
          next: () => ({ method: "POST", path, body: { token } }),
        });
        return { bare: route("bare", companion!, "/bare"), verify: route("verify", url!, "/api/auth/verify-token") };
      }),
    );
    const measured = routes.map(() => ({ bare: [] as number[], verify: [] as number[] }));
    const rateOf = (sample: Load) => sample.requestsPerSecond;
    for (let round = 0; round <= (quick ? 1 : 16); round++) {
      log(`round ${round}`);
      for (const [at, route] of routes.entries())
        for (const name of ["bare", "verify"] as const) {
          const rate = rateOf(await load(route[name], { seconds: 0.3, connections: CONNECTIONS }));
          // In the first round everything is still being compiled.
          if (round > 0) measured[at]![name].push(rate);
        }
    }
    return {
      title: "With the pages as assets",
      note: "The same Workers with and without static assets, on sockets of their own. With assets, wrangler's runtime puts a router in front of both.",
      columns: ["assets", "bare Hono, /s", "verify-token, /s", "of bare", "budget", ""],
      rows: measured.map(({ bare, verify }, at) => {
        const share = medianRatio(verify, bare);
        const row = [at === 0 ? "none" : "on both", whole(median(bare)), whole(median(verify)), percent(share)];
        return at === 0 ? row : [...row, `≥ ${percent(BUDGET)}`, verdict(share >= BUDGET)];
      }),
    };
  } finally {
    for (const runtime of runtimes) await runtime.stop();
  }
}
