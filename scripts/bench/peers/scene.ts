/** Both services in one runtime, each with a database of its own on the same server, and people with accounts in both. */
import { startRuntime } from "../runtime.ts";
import type { Stage } from "../service.ts";
import { prepareBetterAuth, type BetterAuth } from "./better-auth.ts";
import type { Flow } from "./flows.ts";
import { createOurPeople, oursOf } from "./ours.ts";
import { PAIRS } from "./pairs.ts";
import { createTheirPeople, theirsOf } from "./theirs.ts";

export const CONNECTIONS = 16;

export interface Side {
  flow: Flow;
  databaseUrl: string;
}

export interface Scene {
  betterAuth: BetterAuth;
  pairs: { name: string; budget?: number | undefined; hashes: boolean; sides: [ours: Side, theirs: Side] }[];
  stop: () => Promise<void>;
}

export async function setScene(stage: Stage, name: string): Promise<Scene> {
  const { bundles, createDatabase, variables, log } = stage;
  const betterAuth = await prepareBetterAuth(stage);
  const ours = await createDatabase(`${name}_ours`);
  const [own, same] = [
    await createDatabase(`${name}_theirs`, betterAuth.createTables),
    await createDatabase(`${name}_theirs_same`, betterAuth.createTables),
  ];
  // With its pages, without which nobody is sent to it by an application.
  const ourVariables = { ...variables(ours), PAGES: "on" };
  const runtime = await startRuntime([
    { bundle: bundles.service, variables: ourVariables },
    betterAuth.worker("better-auth", own),
    betterAuth.worker("better-auth-same-hash", same, { sameHash: true }),
  ]);
  try {
    const [url, ownUrl, sameUrl] = runtime.urls as [URL, URL, URL];
    log(`${CONNECTIONS} accounts on either side`);
    const ourPeople = await createOurPeople({ url, databaseUrl: ours, variables: ourVariables }, CONNECTIONS);
    const ourFlows = oursOf(url, ourPeople);
    const theirFlows = theirsOf(ownUrl, await createTheirPeople(ownUrl, own, CONNECTIONS));
    const sameFlows = theirsOf(sameUrl, await createTheirPeople(sameUrl, same, CONNECTIONS));
    return {
      betterAuth,
      pairs: PAIRS.map((pair) => ({
        name: pair.name,
        budget: pair.budget,
        hashes: pair.hashes === true,
        sides: [
          { flow: ourFlows[pair.ours], databaseUrl: ours },
          pair.sameHash
            ? { flow: sameFlows[pair.theirs], databaseUrl: same }
            : { flow: theirFlows[pair.theirs], databaseUrl: own },
        ],
      })),
      stop: () => runtime.stop(),
    };
  } catch (error) {
    await runtime.stop();
    throw error;
  }
}
