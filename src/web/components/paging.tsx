/** The way through a list that the API gives page by page: it knows the next page alone, so we keep the cursors behind. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Loaded, type Resource } from "./resource.tsx";
import { Pager } from "./table.tsx";
import { say } from "./texts.ts";

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

interface PagedProps<Answer> {
  of: Resource<Answer>;
  paging: ReturnType<typeof usePaging>;
  /** How many lines to keep room for. */
  lines: number;
  empty: ComponentChildren;
  children: (answer: Answer) => ComponentChildren;
}

/** One page of the list, and the way to the others if there are any. */
export function Paged<Answer extends { data: unknown[]; pagination: { nextCursor: string | null } }>({
  of,
  paging: { number, turn },
  lines,
  empty,
  children,
}: PagedProps<Answer>) {
  return (
    <Loaded of={of} lines={lines} isEmpty={({ data }) => data.length === 0} empty={empty}>
      {(answer) => {
        const { nextCursor } = answer.pagination;
        return (
          <>
            {children(answer)}
            {(number > 1 || nextCursor !== null) && <Pager {...turn(nextCursor)}>{say.page(number)}</Pager>}
          </>
        );
      }}
    </Loaded>
  );
}
