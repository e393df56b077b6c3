/** The order of the test files: the longest first, so that no long one is left alone at the end. */
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By the time that they take where nothing is known of an earlier run, as in continuous integration. */
const LONGEST = [
  "system/account-pages",
  "system/admin-pages",
  "scripts/dev",
  "system/sign-in",
  "system/pages",
  "scripts/local-database",
  "scripts/admin",
  "system/packages",
  "system/federation",
  "system/notifications-browser",
  "system/conformance",
  "system/single-page-application",
  "system/mcp",
  "system/client",
  "scripts/smoke",
  "scripts/provision",
  "system/postman",
  "system/verifier",
  "scripts/commands",
  "system/passkeys",
  "scripts/deploy",
  "scripts/admin-account",
  "scripts/migrations",
  "admin/access",
  "attacks/floods",
  "attacks/faults",
  "jobs/webhooks",
  "websocket/delivery",
  "auth/email-code",
  "security/risk",
  "attacks/brute-force",
  "attacks/factors",
  "jobs/outbox",
  "performance/every-route",
  "admin/users",
  "auth/federated",
  "fuzz/routes",
  "http/rate-limit",
  "auth/verified-registration",
  "jobs/mail",
  "attacks/federation",
  "admin/statistics",
  "attacks/mailbox",
  "auth/refresh",
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
