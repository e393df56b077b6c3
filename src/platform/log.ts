/** One JSON line per event: names, numbers and ids; never an address, a token, a body or a bound parameter. */

type Field = string | number | boolean | readonly string[] | null | undefined;

/** With `error`, logs the parts of it that are safe to log (`describeFailure`). */
export function logEvent(event: string, fields: Record<string, Field>, error?: unknown): void {
  const failure = error !== undefined && describeFailure(error);
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...fields, ...failure }));
}

/** Set per isolate, from its configuration. */
let logsMessages = false;

/**
 * Also logs messages and whole stacks. They may contain addresses and bound parameters, so only on a developer's
 * machine.
 */
export function logMessages(on: boolean): void {
  logsMessages = on;
}

/** A request that failed through no fault of the caller; a failure of the configuration has its own event name. */
export function logFailure(requestId: string | null, code: string, error: unknown): void {
  const isConfiguration = error instanceof Error && error.name === CONFIGURATION_ERROR;
  if (isConfiguration) logEvent("configuration_error", { requestId, code }, error);
  else logEvent("error", { requestId, code }, error);
}

/** The only kind of error whose message is logged: we write it, and it names variables, never their values. */
const CONFIGURATION_ERROR = "ConfigurationError";

export function configurationError(message: string): Error {
  return Object.assign(new Error(`Configuration: ${message}`), { name: CONFIGURATION_ERROR });
}

/** The parts of an error that a log may contain: the chain of causes by name and code, and where it came from. */
export function describeFailure(error: unknown): {
  cause: string;
  frames?: string[];
  message?: string;
  stack?: string | undefined;
} {
  const names: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) names.push(describeCause(cause));
  return {
    cause: names.join(" < ") || "unknown",
    ...(error instanceof Error && { frames: framesOf(error) }),
    ...(logsMessages && error instanceof Error && { message: error.message, stack: error.stack }),
  };
}

function describeCause(error: Error): string {
  if (error.name === CONFIGURATION_ERROR) return error.message;
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? `${error.name}(${code})` : error.name;
}

/** In V8's format. */
const MAX_FRAMES = 10;
const FRAME = /^\s+at (?:[\w$.<>#[\] ]+ \()?((?:[^()?@]|\/@)+:\d+:\d+|<anonymous>|native)\)?$/;

/**
 * Functions and places in the code, which hold no data. The message before them does hold data, and may have lines that
 * look like frames: so the message is removed first, and the rest is read from the end for as long as the lines are
 * frames.
 */
function framesOf({ message, stack = "" }: Error): string[] {
  const at = stack.indexOf(message);
  const lines = (at < 0 ? stack : stack.slice(at + message.length)).split("\n").slice(-MAX_FRAMES);
  const last = lines.findLastIndex((line) => !/^\s+at /.test(line));
  return lines
    .slice(last + 1)
    .filter((line) => FRAME.test(line))
    .map((line) => line.trim().slice("at ".length));
}
