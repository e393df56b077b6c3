/**
 * Requests per second and waiting times, beside a bare Hono route in the same runtime, with a near and a far database.
 */
import { load, type Load, type Route } from "./load.ts";
import { startRuntime } from "./runtime.ts";
import { createPasskeyLogin, type PasskeyLogin } from "./passkeys.ts";
import { createClient, createSigner, credentialsOf, type Client, type Member, type Stage } from "./service.ts";
import { median, medianRatio, quantile } from "./statistics.ts";
import { decimal, percent, verdict, whole, type Table } from "./table.ts";

const CONNECTIONS = 16;
const DELAYS_MS = [0, 20];
const BUDGET = 0.6;
/** More than an isolate caches, so that each token is new to it. */
const NEW_TOKENS = 2_000;
const COMPANION = "companion.example";

interface MeasuredRoute extends Route {
  /** The name of the bare route that does the minimum for such a request. */
  beside?: string;
  budget?: number;
}

export async function rates(stage: Stage): Promise<Table> {
  const { quick, bundles, endpoint, variables, log } = stage;
  const databaseUrl = await stage.createDatabase("rates");
  const runtime = await startRuntime([
    { bundle: bundles.service, variables: variables(databaseUrl) },
    { bundle: bundles.companion },
  ]);
  try {
    const [url, companionUrl] = runtime.urls as [URL, URL];
    const client = createClient(url, databaseUrl);
    const members = await Promise.all(Array.from({ length: CONNECTIONS }, () => client.createMember()));
    const passkeys = await Promise.all(members.map(() => createPasskeyLogin(client, variables(databaseUrl))));
    const sign = await createSigner(variables(databaseUrl));
    const { userId } = members[0]!;
    const newTokens = await Promise.all(
      Array.from({ length: NEW_TOKENS }, () => sign({ userId, sessionId: crypto.randomUUID() })),
    );
    const routes = listRoutes({ client, companionUrl, routerUrl: runtime.routerUrl, members, passkeys, newTokens });
    const seconds = quick ? 0.3 : 0.6;
    const measured = routes.map(() => DELAYS_MS.map((): Load[] => []));
    for (let round = 0; round <= (quick ? 1 : 8); round++) {
      log(`round ${round}`);
      for (const [at, delay] of DELAYS_MS.entries()) {
        if (delay > 0) endpoint.injectFault({ kind: "delay", ms: delay }, { database: databaseUrl, times: Infinity });
        for (const [index, route] of routes.entries()) {
          const sample = await load(route, { seconds, connections: CONNECTIONS });
          // In the first round everything is still being compiled.
          if (round > 0) measured[index]![at]!.push(sample);
        }
        endpoint.clearFaults(databaseUrl);
      }
    }
    return toTable(routes, measured);
  } finally {
    await runtime.stop();
  }
}

function listRoutes(input: {
  client: Client;
  companionUrl: URL;
  routerUrl: URL;
  members: Member[];
  passkeys: PasskeyLogin[];
  newTokens: string[];
}): MeasuredRoute[] {
  const { client, companionUrl, routerUrl, members, passkeys, newTokens } = input;
  const { token } = members[0]!;
  let sent = 0;
  const verify = () => ({ method: "POST", path: "/api/auth/verify-token", body: { token } });
  const barePost = () => ({ method: "POST", path: "/bare", body: { token } });
  const get = (path: string) => () => ({ method: "GET", path, headers: { Authorization: `Bearer ${token}` } });
  const [bareGetName, barePostName, routedName] = [
    "bare Hono, GET",
    "bare Hono, POST",
    "bare Hono, POST, by wrangler's router",
  ];
  return [
    { name: bareGetName, url: companionUrl, next: get("/bare") },
    { name: barePostName, url: companionUrl, next: barePost },
    { name: "verify-token", url: client.url, next: verify, beside: barePostName },
    {
      name: "verify-token, each token new",
      url: client.url,
      next: () => ({ ...verify(), body: { token: newTokens[sent++ % newTokens.length] } }),
      beside: barePostName,
    },
    { name: routedName, url: routerUrl, next: () => ({ ...barePost(), headers: { Host: COMPANION } }) },
    { name: "verify-token, by wrangler's router", url: routerUrl, next: verify, beside: routedName, budget: BUDGET },
    { name: "another Worker's route, verified by RPC", url: companionUrl, next: get("/rpc"), beside: bareGetName },
    { name: "another Worker's route, verified there", url: companionUrl, next: get("/local"), beside: bareGetName },
    {
      name: "profile",
      url: client.url,
      next: (at) => ({
        method: "GET",
        path: "/api/users/me",
        headers: { Authorization: `Bearer ${members[at]!.token}` },
      }),
      beside: bareGetName,
    },
    {
      name: "refresh",
      url: client.url,
      next: (at) => ({ method: "POST", path: "/api/auth/refresh", body: { refreshToken: members[at]!.refreshToken } }),
      onAnswer: (at, body) => Object.assign(members[at]!, JSON.parse(body)),
      beside: barePostName,
    },
    {
      name: "login",
      url: client.url,
      next: (at) => ({ method: "POST", path: "/api/auth/login", body: credentialsOf(members[at]!) }),
      onAnswer: (at, body) => (members[at]!.refreshToken = (JSON.parse(body) as Member).refreshToken),
      beside: barePostName,
    },
    {
      name: "login with a passkey",
      url: client.url,
      next: async (at) => ({ method: "POST", path: "/api/auth/passkey", body: await passkeys[at]!() }),
      beside: barePostName,
    },
  ];
}

function toTable(routes: MeasuredRoute[], measured: Load[][][]): Table {
  const ratesOf = (index: number, at: number) => measured[index]![at]!.map((sample) => sample.requestsPerSecond);
  return {
    title: "Requests per second",
    note: `${CONNECTIONS} connections, each sending its next request as soon as the last is answered; every route in turn, in short slices. Login is bound by the password hash. "Of bare" is the share of the rate of the bare Hono route of the same kind.`,
    columns: [
      "route",
      ...DELAYS_MS.flatMap((delay) => [`/s, +${delay} ms`, "p50 ms", "p99 ms"]),
      "of bare",
      "budget",
      "",
    ],
    rows: routes.map(({ name, beside, budget }, index) => {
      const bare = routes.findIndex((route) => route.name === beside);
      const share = bare < 0 ? undefined : medianRatio(ratesOf(index, 0), ratesOf(bare, 0));
      return [
        name,
        ...DELAYS_MS.flatMap((_, at) => {
          const waits = measured[index]![at]!.flatMap((sample) => sample.milliseconds);
          return [whole(median(ratesOf(index, at))), decimal(median(waits)), decimal(quantile(waits, 0.99))];
        }),
        share === undefined ? undefined : percent(share),
        budget === undefined ? undefined : `≥ ${percent(budget)}`,
        share === undefined || budget === undefined ? undefined : verdict(share >= budget),
      ];
    }),
  };
}
