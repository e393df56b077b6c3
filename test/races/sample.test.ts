/**
 * A sample of `npm run races`: the pairs that once broke a promise, at every point. Each act alone is tried where its trips
 * are counted, in test/performance/every-route.test.ts.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { racePair, tryOut } from "../../scripts/races/pairs.ts";
import { parseSchedule, type Outcome, type Step } from "../../scripts/races/schedule.ts";
import type { World } from "../../scripts/races/world.ts";
import { createWorld } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

describe("two acts at once", () => {
  it.each([
    "ask-address x reset",
    "totp-on x login",
    "refresh x demote",
    "end-others x totp-on",
    "new-codes x reauthenticate-recovery",
    "refresh x reset*",
  ])("%s: every promise holds, whenever the second act comes", async (pair) => {
    const [first, second] = parseSchedule(pair);
    const broken = [];
    let tried = 0;
    for await (const verdict of racePair(world, {
      first: first!.act,
      second: second!.act,
      shared: second!.hand === 0,
    })) {
      tried += 1;
      if (verdict.failures.length > 0) broken.push(`${verdict.schedule}: ${verdict.failures.join(", ")}`);
    }
    expect(broken).toEqual([]);
    expect(tried).toBeGreaterThan(1);
  });

  it("a login by an address that its account has just got does not enter the account while it is disabled", async () => {
    const steps = parseSchedule("login-by-new-address@0/2 x confirm-address* x disable") as [Step, Step, Step];
    const [login, confirm, disable] = steps;
    const { outcome: alone } = await tryOut(world, [disable]);
    const beforeCommit = { trip: 0, statement: alone.done[0]!.trips[0]!.statements };
    const { outcome, failures } = await tryOut(world, [login, confirm, { ...disable, point: beforeCommit }]);
    expect(outcome.done[0]!.trips[0]!.firstLock).toMatchObject({ statement: 1, accounts: [] });
    expect(outcome.done.map(({ wasHeld }) => wasHeld)).toEqual([true, false, true]);
    expect(failures).toEqual([]);
  });

  // One that begins with its lock, one that checks before its lock, one that only reads in its first trip.
  it.each(["end-others x reauthenticate", "rename x change-password", "login x totp-on"])(
    "%s: every point is tried, or ends as one that is",
    async (pair) => {
      const [first, second] = parseSchedule(pair) as [Step, Step];
      const tried = new Set<string>();
      for (const [one, two] of [
        [first, second],
        [second, first],
      ] as const)
        for await (const { outcome } of racePair(world, { first: one.act, second: two.act, shared: false }))
          tried.add(endOf(outcome));
      for (let trip = 0, trips = 1; trip < trips; trip++) {
        for (let statement = 0, statements = 0; statement <= statements; statement++) {
          const { outcome } = await tryOut(world, [{ ...first, point: { trip, statement } }, second]);
          const [{ trips: made, wasHeld }] = outcome.done as [(typeof outcome.done)[0]];
          expect(wasHeld, pair).toBe(true);
          expect(tried, `${pair} @${trip}/${statement}`).toContain(endOf(outcome));
          [trips, statements] = [made.length, made[trip]!.statements];
        }
      }
    },
  );
});

/** What the acts answered and left, whichever of them was held. */
function endOf({ done, after }: Outcome): string {
  const { sessions, tokens, factors, audit, unusedCodes, user } = after;
  return JSON.stringify({
    answers: done.map(({ act, answer }) => `${act.name} ${answer.status} ${answer.body?.code}`).toSorted(),
    sessions: sessions.map(({ live, methods, generation }) => `${live} ${methods.join(" ")} ${generation}`).toSorted(),
    tokens: tokens.map(({ purpose, live, attempts }) => `${purpose} ${live} ${attempts}`).toSorted(),
    audit: audit.map(({ action }) => action),
    factors: factors.map(({ type, on, step }) => `${type.split(" ")[0]} ${on} ${step !== null}`),
    unusedCodes,
    user: [user.isActive, user.isDeleted],
  });
}
