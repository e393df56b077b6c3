import { expect, it } from "vitest";
import { raceWalks } from "../../scripts/races/walks.ts";
import { createWorld } from "./world.ts";

it("short walks of three clients and an administrator break no promise", async () => {
  expect(await raceWalks(await createWorld(), { walks: 3, maxActs: 10 })).toBeGreaterThan(0);
});
