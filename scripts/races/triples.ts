/** Three acts at once: the first held, the second held while the first is, the third whole; then they go on in their order. */
import { ACTS } from "./acts.ts";
import { tryOut, type Verdict } from "./pairs.ts";
import type { Point, Step } from "./schedule.ts";
import type { World } from "./world.ts";

const TRIPLES = [
  // They meet in every account, and each of them ends, opens or renews a session.
  ["refresh", "login", "reset"],
  // What an application has hangs on a session and on a consent.
  ["refresh-grant", "end-others", "withdraw-consent"],
];

export function allTriples(): Step["act"][][] {
  return TRIPLES.flatMap((names) => {
    const acts = names.map((name) => ACTS.find((act) => act.name === name)!);
    return acts.flatMap((first) =>
      acts
        .filter((act) => act !== first)
        .map((second) => [first, second, acts.find((act) => act !== first && act !== second)!]),
    );
  });
}

export async function* raceTriple(world: World, acts: Step["act"][]): AsyncGenerator<Verdict> {
  const steps = (points: (Point | undefined)[]): Step[] =>
    acts.map((act, hand) => ({ act, hand, point: points[hand] }));
  const [firsts, seconds] = [await pointsOf(world, acts[0]!), await pointsOf(world, acts[1]!)];
  for (const first of firsts) {
    for (const second of seconds) {
      const { outcome: _, ...verdict } = await tryOut(world, steps([first, second]));
      yield verdict;
    }
  }
}

/** Of each trip: before it begins, with its first lock, and with all. */
async function pointsOf(world: World, act: Step["act"]): Promise<Point[]> {
  const { outcome } = await tryOut(world, [{ act, hand: 0 }]);
  return outcome.done[0]!.trips.flatMap(({ statements }, trip) =>
    [...new Set([0, 1, statements])].map((statement) => ({ trip, statement })),
  );
}
