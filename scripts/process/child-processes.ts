/** Child processes that never outlive this one: each runs in its own process group, and a guard ends the group if we are killed. */

import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Resolves, never rejects, when the process has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Sends `signal` (default SIGTERM), SIGKILL to the whole group after `graceSeconds` (default 10), and waits for the end. */
  stop(signal?: NodeJS.Signals, graceSeconds?: number): Promise<void>;
}

const running = new Set<Child>();
let closed = false;

/**
 * Starts a command in a process group of its own, so that Ctrl-C in the terminal reaches only us and we end things in order.
 * @throws Error when the command can't be started, or after `stopChildren()`.
 */
export async function startChild(command: string, args: string[], options: SpawnOptions = {}): Promise<Child> {
  if (closed) throw new Error("Stopping.");
  const child = spawn(command, args, { ...options, detached: true });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  // Handlers first: a failed spawn emits its error on the next tick.
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.on("error", () => {});
  const pid = child.pid!;
  // What the leader leaves behind (wrangler's workerd after a crash, for one) holds its output open: without this it would
  // never count as ended. A process id is only free for reuse once its whole group is gone, so this can't hit a stranger.
  child.once("exit", () => signalGroup(pid, "SIGKILL"));
  const guard = startGuard(pid);
  let stopping: Promise<void> | undefined;

  const handle: Child = {
    pid,
    process: child,
    exited,
    stop(signal = "SIGTERM", graceSeconds = 10) {
      stopping ??= (async () => {
        // To the leader alone, so that it can end and reap its own children in its own order.
        child.kill(signal);
        const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceSeconds * 1000);
        await exited;
        clearTimeout(timer);
      })();
      return stopping;
    },
  };
  running.add(handle);
  void exited.then(() => {
    running.delete(handle);
    guard.kill("SIGKILL");
  });
  return handle;
}

/** Ends every child that still runs, newest first, and refuses new ones from then on. */
export async function stopChildren(): Promise<void> {
  closed = true;
  for (const child of [...running].toReversed()) await child.stop();
}

/** A shell that waits for our end of a pipe to close, which happens however we die, and then ends the group. */
function startGuard(pid: number): ChildProcess {
  const script = `exec 2>/dev/null; read _; kill -INT ${pid} -${pid}; sleep 3; kill -KILL -${pid}`;
  const guard = spawn("/bin/sh", ["-c", script], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.on("error", () => {});
  guard.stdin?.on("error", () => {});
  // The guard must not keep us alive.
  guard.unref();
  (guard.stdin as { unref?: () => void } | null)?.unref?.();
  return guard;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
