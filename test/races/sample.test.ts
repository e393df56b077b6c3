/**
 * A sample of `npm run races`: the pairs that once broke a promise, at every point. Each act alone is tried where its trips
 * are counted, in test/performance/every-route.test.ts.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { racePair } from "../../scripts/races/pairs.ts";
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
});
