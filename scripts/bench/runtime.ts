/**
 * The Workers runtime with bundles in it, each on a socket of its own: no proxy stands between a client and the
 * measured Worker.
 */
import { createRequire } from "node:module";
import path from "node:path";
import type { Miniflare } from "miniflare";
import type { Bundle } from "../check/bundle.ts";

export interface RuntimeWorker {
  /** The service, or the Worker beside it, unless told. */
  name?: string;
  bundle: Bundle;
  /** In addition to wrangler.toml, or instead of it. */
  variables?: Record<string, string>;
}

export interface RuntimeOptions {
  /**
   * Serves the pages too. In this runtime a Worker with assets stands behind a router, a Worker as well, which would be
   * measured with it.
   */
  pages?: boolean;
  /** Lets this process read the service's log lines, which takes time from what it measures. */
  readsLogs?: boolean;
  /** Gets them. */
  onLog?: (line: string) => void;
  /**
   * Collects garbage on the isolate's own thread alone. Else V8's helpers share in it, and where client and isolate keep
   * both cores busy, the isolate waits for them.
   */
  oneCollector?: boolean;
  /** Lets a debugger attach, at `miniflare.getInspectorURL()`. */
  inspected?: boolean;
  /** More queues like that of the jobs, as `JOBS_1` and so on: each runs one batch at a time, where Cloudflare runs many. */
  moreQueues?: number;
}

export interface Runtime {
  /** The address of each Worker, in the order given. */
  urls: URL[];
  /** The address of the runtime's own router, through which `wrangler dev` serves: to the first Worker, or by host. */
  routerUrl: URL;
  miniflare: Miniflare;
  stop(): Promise<void>;
}

export async function startRuntime(
  workers: RuntimeWorker[],
  {
    pages = false,
    onLog,
    readsLogs = onLog !== undefined,
    oneCollector = false,
    inspected = false,
    moreQueues = 0,
  }: RuntimeOptions = {},
): Promise<Runtime> {
  // Here, as they are large, and a command's `--help` need not wait for them.
  const { convertV4MiniflareOptions, Miniflare } = await import("miniflare");
  const { unstable_getMiniflareWorkerOptions } = await import("wrangler");
  const readOptions = (configPath: string) =>
    quietly(() => unstable_getMiniflareWorkerOptions(configPath).workerOptions);
  const names = workers.map(
    ({ name, bundle }) => name ?? (bundle.configPath.includes("companion") ? "companion" : "auth-api"),
  );
  const workerd = createRequire(import.meta.resolve("miniflare"))("workerd").default as string;
  process.env["BENCH_WORKERD"] = workerd;
  process.env["MINIFLARE_WORKERD_PATH"] = readsLogs ? workerd : path.join(import.meta.dirname, "workerd.sh");
  process.env["MINIFLARE_WORKERD_V8_FLAGS"] = oneCollector ? "--single-threaded-gc" : "";
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ message }) => onLog?.(message),
      ...(inspected && { inspectorPort: 0 }),
      workers: workers.map(({ bundle, variables }, at) => {
        const { modulesRules: _, ...options } = readOptions(bundle.configPath);
        if (!pages) delete options.assets;
        return {
          ...options,
          ...(moreQueues > 0 && queuesLike(options, moreQueues)),
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

function queuesLike({ queueProducers, queueConsumers }: { queueProducers?: any; queueConsumers?: any }, count: number) {
  const places = Array.from({ length: count }, (_, at) => at + 1);
  const named = (name: (at: number) => string, value: (at: number) => unknown) =>
    Object.fromEntries(places.map((at) => [name(at), value(at)]));
  const queue = (at: number) => `auth-api-jobs-${at}`;
  return {
    queueProducers: {
      ...queueProducers,
      ...named(
        (at) => `JOBS_${at}`,
        (at) => ({ queueName: queue(at) }),
      ),
    },
    queueConsumers: { ...queueConsumers, ...named(queue, () => queueConsumers["auth-api-jobs"]) },
  };
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
