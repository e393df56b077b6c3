/**
 * An isolate's cache: bounded, evicts the oldest entry first. Values only: a promise belongs to the request that made
 * it.
 */

export interface Memory<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value, keepMs: number): void;
}

/** @param now milliseconds since 1970; tests pass their own clock. */
export function createMemory<Value>({
  maxEntries,
  now = () => Date.now(),
}: {
  maxEntries: number;
  now?: (() => number) | undefined;
}): Memory<Value> {
  const entries = new Map<string, { value: Value; until: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined || entry.until > now()) return entry?.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value, keepMs) {
      // Delete first, so that the map's order is the order of writing.
      entries.delete(key);
      if (entries.size >= maxEntries) entries.delete(entries.keys().next().value!);
      entries.set(key, { value, until: now() + keepMs });
    },
  };
}
