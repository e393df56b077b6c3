/** One JSON line an event: names, numbers and ids; never an address, a token, a body or a bound parameter. */

type Field = string | number | boolean | readonly string[] | null | undefined;

/** With `error`, what may be said of it (`describeFailure`). */
export function logEvent(event: string, fields: Record<string, Field>, error?: unknown): void {
  const failure = error !== undefined && describeFailure(error);
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...fields, ...failure }));
}

/** Of this isolate, as its configuration says. */
let logsMessages = false;

/** Messages and whole stacks too: they may hold addresses and bound parameters, so on a developer's machine alone. */
export function logMessages(on: boolean): void {
  logsMessages = on;
}

/** A request that failed through no fault of its caller's; one that failed by its configuration is found by that name. */
export function logFailure(requestId: string | null, code: string, error: unknown): void {
  const isConfiguration = error instanceof Error && error.name === CONFIGURATION_ERROR;
  if (isConfiguration) logEvent("configuration_error", { requestId, code }, error);
  else logEvent("error", { requestId, code }, error);
}

/** The one kind of error whose message is logged: it is ours, and names variables, never their values. */
const CONFIGURATION_ERROR = "ConfigurationError";

export function configurationError(message: string): Error {
  return Object.assign(new Error(`Configuration: ${message}`), { name: CONFIGURATION_ERROR });
}

/** What a log may say of an error: the chain of causes by name and code, and where it came from. */
export function describeFailure(error: unknown): {
  cause: string;
  frames?: string[];
  message?: string;
  stack?: string | undefined;
} {
  const names: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) names.push(nameOf(cause));
  return {
    cause: names.join(" < ") || "unknown",
    ...(error instanceof Error && { frames: framesOf(error) }),
    ...(logsMessages && error instanceof Error && { message: error.message, stack: error.stack }),
  };
}

function nameOf(error: Error): string {
  if (error.name === CONFIGURATION_ERROR) return error.message;
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? `${error.name}(${code})` : error.name;
}

/** As V8 keeps them. */
const MAX_FRAMES = 10;
const FRAME = /^\s+at (?:[\w$.<>#[\] ]+ \()?((?:[^()?@]|\/@)+:\d+:\d+|<anonymous>|native)\)?$/;

/**
 * Functions and places in the code, which hold no data. The message before them does, and may have lines that look like
 * frames: so it goes first, and what is left is read from its end, as far as there are frames.
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
