/** Runs the checks of a deployment one after the other, each to its own end, and says how each went. */

import { describeFailure } from "../process/command.ts";
import { accountChecks } from "./account.ts";
import { READ_ONLY_CHECKS } from "./checks.ts";
import type { Check, Deployment } from "./client.ts";

export interface Outcome {
  name: string;
  state: "passed" | "skipped" | "failed";
  /** What was seen, or what is wrong. */
  detail: string | undefined;
  milliseconds: number;
}

export interface SmokeOptions {
  /** Also makes, uses and deletes an account. */
  write?: boolean | undefined;
  /** Where the mail to that account goes; needed with `write` for any machine but this one. */
  mailbox?: string | undefined;
  /** What the deployment calls itself (default: the origin of `url`). */
  issuer?: string | undefined;
  /** For each request (default 10). */
  timeoutSeconds?: number | undefined;
  /** Gets each outcome as it comes. */
  report?: (outcome: Outcome) => void;
}

/** However many requests wait for their time limit, a pipeline learns of it within this. */
const TOTAL_SECONDS = 120;

/** @throws Error, one line, for an address or an option that can't be meant; a failed check is an outcome. */
export async function runSmoke(url: string, options: SmokeOptions = {}): Promise<Outcome[]> {
  const { write = false, mailbox, timeoutSeconds = 10, report = () => {} } = options;
  const origin = readOrigin(url);
  const local = isLoopback(origin);
  if (!origin.startsWith("https:") && !local) throw new Error(`${origin} is not https: nothing is sent there.`);
  if (write && mailbox === undefined && !local)
    throw new Error("--write needs --mailbox: the service writes to the account that is made.");
  if (mailbox !== undefined && !/^[^\s@]+@[^\s@]+$/.test(mailbox)) throw new Error(`Not a mailbox: ${mailbox}`);
  if (!(timeoutSeconds > 0)) throw new Error("The time limit is a number of seconds.");
  const deployment: Deployment = { origin, issuer: options.issuer ?? origin, timeoutMs: timeoutSeconds * 1000 };

  const outcomes: Outcome[] = [];
  const endsAt = performance.now() + TOTAL_SECONDS * 1000;
  const run = async (check: Check): Promise<boolean> => {
    const outcome =
      performance.now() > endsAt
        ? { name: check.name, state: "failed" as const, detail: "no time left", milliseconds: 0 }
        : await runCheck(check, deployment);
    outcomes.push(outcome);
    report(outcome);
    return outcome.state !== "failed";
  };

  for (const check of READ_ONLY_CHECKS) await run(check);
  if (write) {
    const { steps, cleanUp } = accountChecks(mailbox ?? "smoke@example.com");
    for (const step of steps) if (!(await run(step))) break;
    // Outside the time limit: nothing is to be left behind.
    const outcome = await runCheck(cleanUp, deployment);
    outcomes.push(outcome);
    report(outcome);
  }
  return outcomes;
}

async function runCheck({ name, run }: Check, deployment: Deployment): Promise<Outcome> {
  const startedAt = performance.now();
  try {
    const detail = (await run(deployment)) ?? undefined;
    const state = detail?.startsWith("skipped") ? "skipped" : "passed";
    return { name, state, detail, milliseconds: performance.now() - startedAt };
  } catch (error) {
    // fetch says only that it failed; its cause says why.
    const { cause } = error as Error;
    const detail = describeFailure(cause instanceof Error ? cause : error);
    return { name, state: "failed", detail, milliseconds: performance.now() - startedAt };
  }
}

function readOrigin(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.pathname !== "/")
    throw new Error(`Not the origin of a deployment: ${url}`);
  return parsed.origin;
}

function isLoopback(origin: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(origin).hostname);
}
