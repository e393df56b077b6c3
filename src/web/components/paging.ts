/** The way through a list that the API gives page by page: it knows the next page alone, so we keep the cursors behind. */
import { useState } from "preact/hooks";

export function usePaging() {
  const [way, setWay] = useState<(string | undefined)[]>([undefined]);
  return {
    /** Of the page that is shown; the first has none. */
    cursor: way.at(-1),
    number: way.length,
    /** For the `Pager`. */
    turn: (next: string | null) => ({
      previous: way.length > 1 ? () => setWay(way.slice(0, -1)) : null,
      next: next === null ? null : () => setWay([...way, next]),
    }),
    restart: () => setWay([undefined]),
  };
}
