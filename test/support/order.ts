/** The order of the test files: the longest first, so that no long one is left alone at the end. */
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By the time that they take where nothing is known of an earlier run, as in continuous integration. */
const LONGEST = [
  "scripts/admin",
  "system/admin-pages",
  "system/account-pages",
  "system/sign-in",
  "scripts/dev",
  "scripts/provision",
  "scripts/local-database",
  "system/pages",
  "system/verifier",
  "system/client",
  "system/notifications-browser",
  "system/packages",
  "scripts/commands",
  "scripts/smoke",
  "system/passkeys",
  "system/conformance",
  "system/single-page-application",
  "scripts/deploy",
  "attacks/factors",
  "attacks/faults",
  "fuzz/routes",
  "attacks/floods",
  "admin/access",
  "http/rate-limit",
  "attacks/mailbox",
  "attacks/brute-force",
  "auth/verified-registration",
  "auth/refresh",
  "performance/every-route",
  "auth/login",
];

const TESTS = path.resolve(import.meta.dirname, "..");

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = LONGEST.indexOf(path.relative(TESTS, moduleId).replace(/\.test\.ts$/, ""));
      return rank < 0 ? LONGEST.length : rank;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own, which copies
    const usual = await super.sort(files);
    // By project, as each keeps its runtimes for the next file; then those of equal rank as they were.
    return usual.toSorted((a, b) => a.project.name.localeCompare(b.project.name) || rankOf(a) - rankOf(b));
  }
}
