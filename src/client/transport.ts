/** One request and its answer: time limit, abort, the repeat of what may be repeated, failures as errors. */
import { AuthError, type NetworkCode } from "./errors.ts";
import type { FailureCode } from "./api.ts";
import { withinLimits } from "./limits.ts";
import { surroundings } from "./platform.ts";

const FIRST_WAIT_MS = 300;
/** With the waits tripled: two repeats. */
const LONGEST_WAIT_MS = 1_000;

export interface Call {
  method: string;
  path: string;
  /** A string is sent as it is, as lines of JSON. */
  body?: unknown;
  token?: string | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  /** Carried out twice, it does no more than once. */
  repeatable?: boolean;
}

export type Send = (call: Call) => Promise<any>;

interface Settings {
  url: string;
  store?: object;
  timeoutMs?: number;
  locale?: (() => string | undefined) | string;
  fetch?: typeof globalThis.fetch;
}

export function createTransport({ url, store, timeoutMs = 15_000, locale, fetch }: Settings): Send {
  async function once({ method, path, body, token }: Call, signal: AbortSignal): Promise<unknown> {
    const language = typeof locale === "function" ? locale() : locale;
    const isLines = typeof body === "string";
    const init = {
      method,
      credentials: store ? ("omit" as const) : ("include" as const),
      signal,
      headers: {
        ...(body !== undefined && { "Content-Type": `application/${isLines ? "x-ndjson" : "json"}` }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(language && { "Accept-Language": language }),
      },
      // Undefined stays undefined: no body.
      body: isLines ? body : JSON.stringify(body),
    };
    // As a plain function: browsers' `fetch` refuses any other `this` than the page's, or none.
    const response = await (fetch ?? surroundings.fetch)(url + path, init);
    const text = await response.text();
    let answer;
    try {
      answer = JSON.parse(text) as { code?: FailureCode; message?: string; errors?: []; requestId?: string };
    } catch {
      // Not the service's.
    }
    if (response.ok && answer) return answer;
    const { code, message, errors, requestId } = answer ?? {};
    const retryAfterSeconds = Number(response.headers.get("Retry-After")) || undefined;
    throw new AuthError(code ?? "unexpected_answer", {
      status: response.status,
      message,
      errors: errors ?? [],
      requestId,
      retryAfterSeconds,
    });
  }

  return (call) =>
    withinLimits(call.signal, call.timeoutMs ?? timeoutMs, async ({ signal }, isOver) => {
      for (let wait = FIRST_WAIT_MS; ; wait *= 3) {
        try {
          return await once(call, signal);
        } catch (cause) {
          const failure = cause instanceof AuthError ? cause : new AuthError(codeOf(signal, isOver()), { cause });
          const isPassing = failure.code === "unreachable" || failure.status === 503;
          if (!call.repeatable || !isPassing || wait > LONGEST_WAIT_MS) throw failure;
          await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
        }
      }
    });
}

function codeOf({ aborted }: AbortSignal, isOver: boolean): NetworkCode {
  if (isOver) return "timeout";
  if (aborted) return "aborted";
  return surroundings.navigator?.onLine === false ? "offline" : "unreachable";
}
