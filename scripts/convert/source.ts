/** What is to be known of a system whose exports are read. */
import type { Account } from "./account.ts";

export interface Aids {
  /** From the second file. */
  hashes: Map<string, string>;
  now: number;
}

export interface Source {
  /** The providers that this service knows by `id`, as the other system calls them. */
  known: Record<string, string>;
  /** What is in the second file, by a name that `read` knows. */
  readHashes?: (chunks: AsyncIterable<string>) => Promise<Map<string, string>>;
  read: (record: Record<string, unknown>, aids: Aids) => Account;
}
