/** The runtime's memory: what the process holds, and what the service's heap holds once its garbage is collected. */
import type { Runtime } from "../bench/runtime.ts";
import { residentKiB } from "../bench/processes.ts";

export interface Memory {
  residentMiB: number;
  heapMiB: number;
}

export async function measureMemory({ miniflare, urls }: Runtime): Promise<Memory> {
  // The debugger of an isolate without work is not served.
  const work = setInterval(() => void fetch(new URL("/health", urls[0])).catch(() => {}), 100);
  try {
    const heap = await heapBytes(await miniflare.getInspectorURL());
    return { residentMiB: residentKiB() / 1024, heapMiB: heap / 1024 / 1024 };
  } finally {
    clearInterval(work);
  }
}

/** Over Chrome's protocol, on a connection of its own. */
async function heapBytes(url: URL): Promise<number> {
  const listed = await fetch(new URL("/json", url.href.replace("ws", "http")));
  const targets = await listed.json<{ id: string; webSocketDebuggerUrl: string }[]>();
  const target = targets.find(({ id }) => id.endsWith("auth-api"))!;
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("No debugger answers.")));
  });
  let asked = 0;
  const ask = (method: string) =>
    new Promise<{ usedSize: number }>((resolve) => {
      const id = ++asked;
      socket.addEventListener("message", ({ data }) => {
        const answer = JSON.parse(data as string) as { id?: number; result: { usedSize: number } };
        if (answer.id === id) resolve(answer.result);
      });
      socket.send(JSON.stringify({ id, method }));
    });
  try {
    await ask("HeapProfiler.collectGarbage");
    return (await ask("Runtime.getHeapUsage")).usedSize;
  } finally {
    socket.close();
  }
}
