/**
 * The load loop of every benchmark: keep-alive connections that each send their next request when the last is answered.
 * It speaks HTTP/1.1 on plain sockets: Node's own client takes longer than the server takes for a small request, so it
 * would measure itself.
 */
import { connect, type Socket } from "node:net";

export interface HttpRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Sent as a form, instead of a body. */
  form?: URLSearchParams;
}

export interface Route {
  name: string;
  url: URL;
  /** The next request of connection number `connection`. */
  next: (connection: number) => HttpRequest | Promise<HttpRequest>;
  /** The requests that make one act; its time and its rate are those of the act. One, unless told. */
  requests?: number;
  /** Called with each answer, for a route whose next request depends on it. */
  onAnswer?: (connection: number, body: string, head: string) => void;
  /** Counts any answer as one, and gets its status; without it only 2xx and 3xx are. */
  onStatus?: (status: number) => void;
}

export interface Load {
  requestsPerSecond: number;
  /** Of every request, or act. */
  milliseconds: number[];
}

/**
 * @param options `signal` ends it early, each connection after its next answer.
 * @throws Error on any answer that is neither 2xx nor 3xx, unless the route takes every status.
 */
export async function load(
  route: Route,
  { seconds, connections, signal }: { seconds: number; connections: number; signal?: AbortSignal },
): Promise<Load> {
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const isOver = () => performance.now() >= endsAt || signal?.aborted === true;
  const milliseconds: number[] = [];
  await Promise.all(Array.from({ length: connections }, (_, at) => keepAsking(route, at, isOver, milliseconds)));
  return { requestsPerSecond: (milliseconds.length / (performance.now() - startedAt)) * 1000, milliseconds };
}

function keepAsking(route: Route, connection: number, isOver: () => boolean, milliseconds: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: route.url.hostname, port: Number(route.url.port), noDelay: true });
    let sentAt = 0;
    let received = "";
    let answers = 0;
    let spent = 0;
    const write = (request: HttpRequest) => {
      sentAt = performance.now();
      writeRequest(socket, route.url.host, request);
    };
    const send = () => {
      const request = route.next(connection);
      if (request instanceof Promise) request.then(write, (error: unknown) => fail(String(error)));
      else write(request);
    };
    const fail = (reason: string) => {
      socket.destroy();
      reject(new Error(`${route.name}: ${reason}`));
    };
    socket.on("connect", send);
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => fail("the connection was closed"));
    // One character per byte, so that lengths match those in the headers.
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      received += chunk;
      const body = readAnswer(received);
      if (body === undefined) return;
      spent += performance.now() - sentAt;
      if (route.onStatus) route.onStatus(Number(received.split(" ", 2)[1]));
      else if (!/^HTTP\/1\.1 [23]/.test(received)) return fail(received.slice(0, 600));
      const head = received.slice(0, received.indexOf("\r\n\r\n"));
      received = "";
      route.onAnswer?.(connection, body, head);
      if (++answers % (route.requests ?? 1) > 0) return send();
      milliseconds.push(spent);
      spent = 0;
      if (!isOver()) return send();
      resolve();
      socket.destroy();
    });
  });
}

function writeRequest(socket: Socket, host: string, { method, path, headers = {}, body, form }: HttpRequest): void {
  const text = form?.toString() ?? (body === undefined ? "" : JSON.stringify(body));
  const lines = [`${method} ${path} HTTP/1.1`];
  const all = {
    Host: host,
    ...((form ?? body) !== undefined && {
      "Content-Type": form ? "application/x-www-form-urlencoded" : "application/json",
      "Content-Length": String(Buffer.byteLength(text)),
    }),
    ...headers,
  };
  for (const [name, value] of Object.entries(all)) lines.push(`${name}: ${value}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n${text}`);
}

/** The body, once it is complete. */
function readAnswer(received: string): string | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = received.slice(0, end);
  const body = received.slice(end + 4);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return body.length < Number(length) ? undefined : body;
  if (/^transfer-encoding: chunked/im.test(head)) return body.endsWith("0\r\n\r\n") ? readChunks(body) : undefined;
  return body;
}

function readChunks(body: string): string {
  let text = "";
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf("\r\n", at);
    const bytes = Number.parseInt(body.slice(at, lineEnd), 16);
    if (!(bytes > 0)) break;
    text += body.slice(lineEnd + 2, lineEnd + 2 + bytes);
    at = lineEnd + 4 + bytes;
  }
  return text;
}
