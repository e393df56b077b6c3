/**
 * Every list has the same shape: `?limit=&cursor=` in, `{ data, pagination }` out. Keyset pagination, so that a deep
 * page costs no more than the first.
 */
import * as z from "zod/mini";
import type { $ZodType } from "zod/v4/core";
import { AppError } from "../errors.ts";

export const PAGE_SIZE = { default: 20, max: 100 } as const;

/** A count in a query: decimal, in one form only (`5`, not `05`, `+5`, `5e0` or `0x5`). */
export function countUpTo({ max, default: preset }: { max: number; default: number }) {
  const text = z.string().check(z.regex(/^(0|[1-9]\d{0,9})$/));
  // The contract's document shows it to clients as a number.
  z.globalRegistry.add(text, { type: "integer", minimum: 1, maximum: max, default: preset });
  const count = z.pipe(z.pipe(text, z.transform(Number)), z.number().check(z.minimum(1), z.maximum(max)));
  return z._default(count, preset);
}

/** The query parameters of every list; each list extends it with its own filters. */
export const PageQuery = z.object({
  limit: countUpTo(PAGE_SIZE),
  cursor: z.optional(z.string().check(z.maxLength(500))),
});

export interface Page<Item> {
  data: Item[];
  pagination: { limit: number; nextCursor: string | null };
}

/** The sort columns' values in the last row of the previous page: the next page starts after them. */
export type Position = (string | number)[];

/** @throws AppError invalid_cursor unless we made the cursor for `shape`. */
export function readCursor<Shape extends $ZodType<Position>>(
  cursor: string | undefined,
  shape: Shape,
): z.infer<Shape> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return z.parse(shape, JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)));
  } catch (cause) {
    throw new AppError("invalid_cursor", { cause });
  }
}

function writeCursor(position: Position): string {
  const bytes = new TextEncoder().encode(JSON.stringify(position));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** Makes the page of `rows`. The query asks for `limit + 1`: an extra row means that there is a next page. */
export function toPage<Row, Item>(
  rows: Row[],
  { limit, item, position }: { limit: number; item: (row: Row) => Item; position: (row: Row) => Position },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? writeCursor(position(last)) : null;
  return { data: shown.map(item), pagination: { limit, nextCursor } };
}
