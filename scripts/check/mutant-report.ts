/** What a run of Vitest says about one mutant, and whether that is its death. */
import type { TestRunResult } from "vitest/node";

export interface Report {
  ran: number;
  /** As the test's output would say them. */
  failures: string[];
}

/** Failures that show a broken promise, not broken code. */
const EXPECTATION =
  /^AssertionError|outside of the contract|^Error: (?:Secrets were kept or logged|Acts that break the lock rules)/m;
export const SILENCE = /^TestTimeoutError: /m;

/** A Vitest that stays answers for every file that it has run, with what failed there for other mutants. */
export function reportOf({ testModules, unhandledErrors }: TestRunResult, file: string): Report {
  const modules = testModules.filter(({ moduleId }) => moduleId === file);
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const results = tests.map((one) => one.result()).filter(({ state }) => state === "passed" || state === "failed");
  const errors = [
    ...results.flatMap((result) => result.errors ?? []),
    ...modules.flatMap((module) => module.errors()),
    ...(unhandledErrors as Error[]),
  ];
  return { ran: results.length, failures: errors.map(({ name, message, stack }) => `${name}: ${message}\n${stack}`) };
}

/** `silences`: the attack waits in vain for what the mutant keeps from it. */
export function judge(report: Report | undefined, silences = false): "killed" | "crashed" | "SURVIVED" {
  if (!report || report.ran === 0) return "crashed";
  if (report.failures.length === 0) return "SURVIVED";
  return report.failures.some((message) => EXPECTATION.test(message) || (silences && SILENCE.test(message)))
    ? "killed"
    : "crashed";
}
