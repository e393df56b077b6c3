/** The HTTP side of the local Neon endpoint: bodies in, JSON and database errors out. */

import type { IncomingMessage, ServerResponse } from "node:http";
import pg from "pg";

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const ERROR_FIELDS = [
  "code",
  "severity",
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "where",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const;

/** A database error with every field that PostgreSQL gives; anything else with its message. */
export function describeError(error: Error): Record<string, unknown> {
  const answer: Record<string, unknown> = { message: error.message || String(error) };
  if (error instanceof pg.DatabaseError) for (const field of ERROR_FIELDS) answer[field] = error[field] ?? null;
  return answer;
}

export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The whole body, unless the client left or sent too much. */
export async function readBody(request: IncomingMessage): Promise<Buffer | "aborted" | "too large"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) return "too large";
      chunks.push(chunk);
    }
  } catch {
    return "aborted";
  }
  return request.complete ? Buffer.concat(chunks) : "aborted";
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, JSON.stringify(body));
}

export function send(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
