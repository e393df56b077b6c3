/** The way through a list whose pages follow each other by cursors, and filters that the address keeps. */
import { useState } from "preact/hooks";

export interface Paging {
  cursor: string | undefined;
  number: number;
  /** For the Pager, with the cursor that the page has answered. */
  previous: (() => void) | null;
  next: (cursor: string | null) => (() => void) | null;
  restart: () => void;
}

export function usePaging(): Paging {
  /** The cursor of each page on the way here; the first has none. */
  const [way, setWay] = useState<(string | undefined)[]>([undefined]);
  return {
    cursor: way.at(-1),
    number: way.length,
    previous: way.length > 1 ? () => setWay(way.slice(0, -1)) : null,
    next: (cursor) => (cursor ? () => setWay([...way, cursor]) : null),
    restart: () => setWay([undefined]),
  };
}

/** In the address, so that going back to the list, or sharing it, finds them again. */
export function useFilters<Name extends string>(names: readonly Name[]) {
  const [filters, setFilters] = useState(() => {
    const asked = new URLSearchParams(location.search);
    return Object.fromEntries(names.map((name) => [name, asked.get(name) ?? ""])) as Record<Name, string>;
  });
  const change = (changed: Partial<Record<Name, string>>) => {
    const now = { ...filters, ...changed };
    const search = new URLSearchParams(Object.entries<string>(now).filter(([, value]) => value)).toString();
    history.replaceState(history.state, "", location.pathname + (search && `?${search}`));
    setFilters(now);
  };
  return [filters, change] as const;
}
