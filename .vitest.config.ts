/** Two kinds of test: inside the Workers runtime (the service, through its front door), and in Node (scripts, several Workers). */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { ensurePages } from "./scripts/web/build.ts";
import { testBindings } from "./test/support/bindings.ts";
import { cheapHashes } from "./test/support/hashes/plugin.ts";
import { keepFilesInMemory } from "./test/support/memory.ts";
import { LongestFirst } from "./test/support/order.ts";
import { rowMarks } from "./test/support/rows/marks.ts";

/**
 * Bundled once and kept, since every test file loads its modules anew, and theirs would be hundreds, one by one. Not
 * Hono: a subpath that is missing here would be a second copy beside the bundled one.
 */
const BUNDLED = [
  "@neondatabase/serverless",
  "bcryptjs",
  "drizzle-orm",
  "drizzle-orm/casing",
  "fast-check",
  "jose",
  "oauth4webapi",
  "otpauth/bare",
  "zod",
  "zod/mini",
];

const IN_NODE = [
  "test/docs/**/*.test.ts",
  "test/oracles/**/*.test.ts",
  "test/scripts/**/*.test.ts",
  "test/system/**/*.test.ts",
];

/** Set by `npm run test:whole`: nothing is left out (test/support/sample.ts). */
const whole = process.env["TEST_WHOLE"] === "1";
const provide = { whole };
/** Not in `npm run mutants`, where the code changes after the marks' places were found. */
const marked = process.env["ROW_MARKS"] !== "off";

/** What `expect.poll` waits for may take as long as the machine likes; for `vi.waitFor` there is test/support/patience.ts. */
const PATIENT = { poll: { timeout: 20_000 } };

keepFilesInMemory();
// Else each runtime asks a server of Cloudflare's where it is.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
// The Worker serves them, so they must be there before a runtime reads wrangler.toml; after the first time this takes nothing.
await ensurePages();

export default defineConfig({
  test: {
    // What passed need not be read; a failing test shows its log.
    silent: "passed-only",
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [
          ...(marked ? [rowMarks()] : []),
          ...(whole ? [] : [cheapHashes()]),
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: testBindings(inject<string>("endpointUrl"), inject<string>("mailboxUrl")),
              // A job runs as soon as it is sent, where production waits for a second to fill a batch; one that fails goes
              // to the dead-letter queue at once, since retries wait longer than a test does.
              queueConsumers: {
                "auth-api-jobs": {
                  maxBatchSize: 10,
                  maxBatchTimeout: 0,
                  maxRetries: 0,
                  deadLetterQueue: "auth-api-jobs-dead",
                },
                "auth-api-jobs-dead": { maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 3 },
              },
            },
          })),
        ],
        test: {
          name: "workers",
          provide,
          include: ["test/**/*.test.ts"],
          exclude: IN_NODE,
          globalSetup: ["test/support/global-setup.ts"],
          // Starting a runtime takes longer than most files do, so they take turns in a few; the first of these makes
          // each begin as in one of its own.
          isolate: false,
          setupFiles: [
            "test/support/fresh-start.ts",
            "test/support/patience.ts",
            "test/support/service.ts",
            "test/support/leak-scan.ts",
            "test/support/locks/check.ts",
            "test/support/rows/check.ts",
          ],
          sequence: { setupFiles: "list" },
          expect: PATIENT,
          testTimeout: 30_000,
          // A file waits for its database half of the time: four at once, also on two cores (the default there is one).
          maxWorkers: 4,
          deps: { optimizer: { ssr: { enabled: true, include: BUNDLED } } },
        },
      },
      {
        test: {
          name: "node",
          provide,
          include: IN_NODE,
          globalSetup: ["test/support/outside-setup.ts"],
          // They share what takes long to load and to start: Wrangler, Playwright, the browser.
          isolate: false,
          setupFiles: ["test/support/fresh-process.ts", "test/support/patience.ts"],
          expect: PATIENT,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 4,
        },
      },
    ],
  },
});
