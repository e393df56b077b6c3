/** The part of a long enumeration that `npm test` runs. `npm run test:whole` runs all of it, as the nightly build does. */
import { inject, it } from "vitest";

/** Cases are tried from another place each time, so that one that none of the traits tells apart is not always the first. */
const STRIDE = 17;

/** Few cases that together have every trait of the whole list, in its order, and always the same ones. */
export function sampleOf<Case>(cases: readonly Case[], traitsOf: (one: Case) => string[]): Case[] {
  if (inject("whole")) return [...cases];
  return chooseFew(cases, traitsOf);
}

export function chooseFew<Case>(cases: readonly Case[], traitsOf: (one: Case) => string[]): Case[] {
  const traits = cases.map(traitsOf);
  const missing = new Set(traits.flat());
  const chosen = new Set<number>();
  while (missing.size > 0) {
    let best = 0;
    let most = 0;
    for (let step = 0; step < cases.length; step++) {
      const at = (step + chosen.size * STRIDE) % cases.length;
      const brings = traits[at]!.filter((trait) => missing.has(trait)).length;
      if (brings > most) [best, most] = [at, brings];
    }
    chosen.add(best);
    for (const trait of traits[best]!) missing.delete(trait);
  }
  return cases.filter((_, at) => chosen.has(at));
}

/**
 * `it` for a file that goes many ways through the same pages, each of them seconds in Chromium: `npm test` goes those
 * with these titles. What the service promises there has its tests among the requests.
 */
export const ofMany =
  (titles: string[]) =>
  (title: string, run: () => Promise<void>, timeout?: number): void =>
    it.runIf(inject("whole") || titles.includes(title))(title, run, timeout);

declare module "vitest" {
  interface ProvidedContext {
    /** Whether every case runs, as with `npm run test:whole`. */
    whole: boolean;
  }
}
