/**
 * Random walks: three clients of one account and an administrator begin acts, are held in the middle of them and let go, in
 * an order that fast-check chooses and, where something fails, makes as short as it can.
 */
import fc from "fast-check";
import { ACTS, type Act } from "./acts.ts";
import { judge } from "./invariants.ts";
import { scheduleName, runSchedule, type Step } from "./schedule.ts";
import type { World } from "./world.ts";

export interface WalkOptions {
  walks: number;
  maxActs: number;
  seed?: number | undefined;
}

/** Acts that can meet: none needs what another excludes. */
export const STATES = [
  { totp: "off", email: "off", passkey: "off" },
  { totp: "pending", email: "off", passkey: "off" },
  { totp: "on", email: "on", passkey: "off" },
  { totp: "off", email: "on", passkey: "off" },
  { totp: "off", email: "off", passkey: "on" },
] as const;

const fits = (act: Act, state: (typeof STATES)[number]) =>
  Object.entries({ active: true, deleted: false, ...act.needs }).every(
    ([key, value]) => ({ active: true, deleted: false, ...state })[key as "totp"] === value,
  );

/** Each client has a hand of its own; an act of an administrator is nobody's, and takes any. */
const walk = (maxActs: number): fc.Arbitrary<Step[]> =>
  fc.constantFrom(...STATES).chain((state) =>
    fc.array(
      fc.record({
        act: fc.constantFrom(...ACTS.filter((act) => fits(act, state))),
        hand: fc.integer({ min: 0, max: 2 }),
        point: fc.option(
          fc.record({ trip: fc.integer({ min: 0, max: 1 }), statement: fc.integer({ min: 0, max: 6 }) }),
          {
            nil: undefined,
          },
        ),
        /** How many acts begin before it goes on. */
        patience: fc.integer({ min: 1, max: 4 }),
      }),
      { minLength: Math.min(5, maxActs), maxLength: maxActs },
    ),
  );

/** @throws Error with the shortest walk that breaks a promise, its seed, and what it broke. */
export async function raceWalks(world: World, { walks, maxActs, seed }: WalkOptions): Promise<number> {
  let acts = 0;
  await fc.assert(
    fc.asyncProperty(walk(maxActs), async (steps) => {
      acts += steps.length;
      const failures = await judge(await runSchedule(world, steps), world);
      if (failures.length > 0) throw new Error(`${scheduleName(steps)}\n  ${failures.join("\n  ")}`);
    }),
    { numRuns: walks, ...(seed !== undefined && { seed }), endOnFailure: false, includeErrorInReport: true },
  );
  return acts;
}
