/** Free ports on this machine. */

import { randomInt } from "node:crypto";
import { connect, createServer } from "node:net";

/**
 * A port on loopback that nobody listens on, nor on the one after it. Below those that systems give to clients, any of
 * which may take it a moment later; and by chance, as two that ask at the same time must not be told the same.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

/** Whether we could listen on `port` of loopback, and nobody answers there (on some systems both can be true). */
export async function isFree(port: number): Promise<boolean> {
  const answers = await Promise.all(["127.0.0.1", "::1"].map((host) => isAnswered(port, host)));
  if (answers.includes(true)) return false;
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function isAnswered(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
  });
}
