/**
 * A sample of `npm run races`: the pairs that once broke a promise, at every point. Each act alone is tried where its trips
 * are counted, in test/performance/every-route.test.ts.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { racePair, tryOut } from "../../scripts/races/pairs.ts";
import { parseSchedule } from "../../scripts/races/schedule.ts";
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
      if (verdict.failures.length > 0) broken.push(verdict);
    }
    expect(broken).toEqual([]);
    expect(tried).toBeGreaterThan(1);
  });

  it("every point is tried, or ends as one that is", async () => {
    const pair = "reauthenticate x refresh";
    const [first, second] = parseSchedule(pair);
    const tried = new Set<string>();
    for await (const { answers, waited } of racePair(world, {
      first: first!.act,
      second: second!.act,
      shared: false,
    }))
      tried.add(`${answers}, ${waited ? "waited" : "did not wait"}`);
    for (let trip = 0, trips = 1; trip < trips; trip++) {
      for (let statement = 0, statements = 0; statement <= statements; statement++) {
        const { outcome, answers, waited } = await tryOut(world, [{ ...first!, point: { trip, statement } }, second!]);
        const [{ trips: made, wasHeld }] = outcome.done as [(typeof outcome.done)[0]];
        expect(wasHeld, pair).toBe(true);
        expect(tried, `${pair} @${trip}/${statement}`).toContain(`${answers}, ${waited ? "waited" : "did not wait"}`);
        [trips, statements] = [made.length, made[trip]!.statements];
      }
    }
  });
});
