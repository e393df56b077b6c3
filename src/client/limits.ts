/** What ends a call early: the caller's signal, or a time limit. */

/** @param work is given what ends it, and a question: whether its time is over. */
export async function withinLimits<Result>(
  signal: AbortSignal | undefined,
  milliseconds: number,
  work: (control: AbortController, isOver: () => boolean) => Promise<Result>,
): Promise<Result> {
  const control = new AbortController();
  const abort = () => control.abort();
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    abort();
  }, milliseconds);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    return await work(control, () => isOver);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
