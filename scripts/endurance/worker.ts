/**
 * The service behind bindings that fail: of what it asks of KV, the queue and its hubs, a share is refused, comes late, or
 * is done and not confirmed. What it says in its log, the books of the run are made of.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import service from "../../src/index.ts";
import { createRandom } from "./random.ts";

export { NotificationHub, TokenVerifier } from "../../src/index.ts";

type Bindings = Env & {
  FAULT_SEED: string;
  /** Of the queue's messages, what is taken and lost: a service on such a queue can't keep its promises. */
  LOST_SHARE: string;
};

const KINDS = ["refused", "late", "done, not confirmed"] as const;
/** Longer than the service waits for KV. */
const LATE_MS = 1_200;

const requests = new AsyncLocalStorage<string | null>();
/** As the run says, by `/endurance/faults`. */
let share = 0;
let broken: Env | undefined;

const say = (event: string, fields: object) => console.log(JSON.stringify({ event, ...fields }));

function breakBindings(env: Bindings): Env {
  const random = createRandom(Number(env.FAULT_SEED));

  async function strike<Result>(place: string, run: () => Promise<Result>): Promise<Result> {
    if (random.share() >= share) return run();
    const kind = random.pick(KINDS);
    say("fault", { place, kind });
    if (kind === "refused") throw new Error("injected");
    if (kind === "late") await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    const result = await run();
    if (kind === "late") return result;
    throw new Error("injected");
  }

  const { KV, NOTIFICATION_HUB } = env;
  const queues = Object.entries(env).flatMap(([name, queue]) => (name.startsWith("JOBS") ? [queue as Queue] : []));
  return {
    ...env,
    KV: {
      get: (...args: Parameters<typeof KV.get>) => strike("KV", () => KV.get(...args) as Promise<unknown>),
      put: (...args: Parameters<typeof KV.put>) => strike("KV", () => KV.put(...args)),
      delete: (key: string) => strike("KV", () => KV.delete(key)),
    } as unknown as KVNamespace,
    JOBS: {
      async send(message: { id: string; job: { type: string } }) {
        await strike("queue", async () => {
          if (random.share() >= Number(env.LOST_SHARE)) await random.pick(queues).send(message);
        });
        // An event is told by its row of the outbox.
        if (message.job.type !== "event") say("queued", { requestId: requests.getStore(), ...message });
      },
    } as unknown as Queue,
    NOTIFICATION_HUB: {
      idFromName: (name: string) => NOTIFICATION_HUB.idFromName(name),
      get: (id: DurableObjectId) =>
        new Proxy(NOTIFICATION_HUB.get(id), {
          get: (stub, name) => {
            const method = (stub as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[String(name)]!;
            return (...args: unknown[]) => strike("hub", () => Reflect.apply(method, stub, args));
          },
        }),
    } as unknown as typeof NOTIFICATION_HUB,
  };
}

export default {
  async fetch(request, env, context) {
    const bindings = (broken ??= breakBindings(env));
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/endurance/faults") share = Number(searchParams.get("share"));
    else if (pathname === "/endurance/scheduled") {
      const cron = searchParams.get("cron")!;
      await service.scheduled({ cron, scheduledTime: Date.now(), noRetry() {} }, bindings, context);
    } else {
      return requests.run(request.headers.get("X-Request-Id"), () => service.fetch(request, bindings, context));
    }
    return new Response(null, { status: 204 });
  },
  queue: (batch, env, context) => service.queue(batch, (broken ??= breakBindings(env)), context),
} satisfies ExportedHandler<Bindings, never>;
