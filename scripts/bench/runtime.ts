/**
 * The Workers runtime with bundles in it, each on a socket of its own: no proxy stands between a client and the
 * measured Worker.
 */
import type { Miniflare } from "miniflare";
import type { Bundle } from "../check/bundle.ts";

export interface RuntimeWorker {
  bundle: Bundle;
  /** In addition to wrangler.toml, or instead of it. */
  variables?: Record<string, string>;
}

export interface Runtime {
  /** The address of each Worker, in the order given. */
  urls: URL[];
  /** The address of the runtime's own router, through which `wrangler dev` serves: to the first Worker, or by host. */
  routerUrl: URL;
  miniflare: Miniflare;
  stop(): Promise<void>;
}

/**
 * @param pages serves the pages too. In this runtime a Worker with assets stands behind a router, a Worker as well, which
 * would be measured with it.
 */
export async function startRuntime(workers: RuntimeWorker[], { pages = false } = {}): Promise<Runtime> {
  // Here, as they are large, and a command's `--help` need not wait for them.
  const { convertV4MiniflareOptions, Miniflare } = await import("miniflare");
  const { unstable_getMiniflareWorkerOptions } = await import("wrangler");
  const readOptions = (configPath: string) =>
    quietly(() => unstable_getMiniflareWorkerOptions(configPath).workerOptions);
  const names = workers.map(({ bundle }) => (bundle.configPath.includes("companion") ? "companion" : "auth-api"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      // The log lines are made and written, as in production, but not read here.
      handleStructuredLogs: () => {},
      workers: workers.map(({ bundle, variables }, at) => {
        const { modulesRules: _, ...options } = readOptions(bundle.configPath);
        if (!pages) delete options.assets;
        return {
          ...options,
          name: names[at]!,
          // The router goes by host; requests with another host go to the first Worker.
          ...(at > 0 && { routes: [`${names[at]}.example/*`] }),
          modules: bundle.modules,
          modulesRoot: bundle.folder,
          bindings: { ...(options.bindings as object), PAGES: pages ? "on" : "off", ...variables },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        };
      }),
    }),
  );
  const routerUrl = await miniflare.ready;
  const urls = await Promise.all(names.map((name) => miniflare.unsafeGetDirectURL(name)));
  return { urls, routerUrl, miniflare, stop: () => miniflare.dispose() };
}

/** The secrets come from `variables`; Wrangler doesn't know that and would warn that they are missing. */
function quietly<Result>(read: () => Result): Result {
  const { warn, log } = console;
  console.warn = console.log = () => {};
  try {
    return read();
  } finally {
    Object.assign(console, { warn, log });
  }
}
