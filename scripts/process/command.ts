/** What every command of this folder shares: a failure is one line on stderr and exit code 1, and children end with us. */

import { stopChildren } from "./child-processes.ts";

/** Runs a command to its end. */
export async function runCommand(name: string, run: () => Promise<void>): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void stopChildren().then(() => process.exit(130)));
  }
  try {
    await run();
  } catch (error) {
    console.error(`${name}: ${describeFailure(error)}`);
    await stopChildren();
    process.exitCode = 1;
  }
}

/** One line that says what went wrong. */
export function describeFailure(error: unknown): string {
  const { message, code, errors } = error as Error & { code?: string; errors?: Error[] };
  // A refused connection is an AggregateError without a message of its own.
  const text = message || errors?.[0]?.message || code || String(error);
  return text.split("\n")[0]!;
}
