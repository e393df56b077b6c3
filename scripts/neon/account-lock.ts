/** Which statements of a batch come from src/services/access: they lock and check, and do nothing else. */

/** Locks accounts. */
export const ACCOUNT_LOCK = /^\s*select u\.id from users u where .* order by u\.id for no key update\s*$/s;
/** Asserts the session; a conditional assertion has a `from`. */
export const ASSERTION = /^\s*select assert_session\((?!.*\bfrom\b)/s;
/** What may come before the lock: the checks, the lock of administration, and those of identities. */
const HARMLESS = [
  ASSERTION,
  /^\s*select pg_advisory_xact_lock\(hashtext\('administration'\)\)\s*$/,
  /^\s*select pg_advisory_xact_lock\(hashtext\('identity'\), hashtext\(\$\d+\)\)\s*$/,
  /^\s*select pg_advisory_xact_lock\(hashtext\('identity'\), turn\)\s+from \(select distinct .* order by turn\) as turns\s*$/s,
];
export const isHarmless = (statement: string): boolean => HARMLESS.some((pattern) => pattern.test(statement));

/** The accounts that a batch locks before it does anything else. */
export interface FirstLock {
  statement: number;
  accounts: number[];
  /** The other tables that it asks which accounts; undefined if it also asks the accounts themselves. */
  asks?: string[];
  /** Whether the session is asserted under the lock. */
  asserted: boolean;
}

/** Looks at each statement of a batch in turn. */
export function lookForLock(): (query: string, rows: unknown[]) => FirstLock | undefined {
  let lock: FirstLock | undefined;
  let statement = -1;
  let isOver = false;
  return (query, rows) => {
    statement += 1;
    if (lock && statement === lock.statement + 1) lock.asserted = ASSERTION.test(query);
    if (isOver || lock) return undefined;
    if (!ACCOUNT_LOCK.test(query)) return void (isOver = !isHarmless(query));
    const accounts = rows.map((row) => Number(Object.values(row as object)[0]));
    lock = { statement, accounts, asserted: false };
    const condition = query.replace(/^.*? where u\.id (?=[=i])/s, "").replace(/order by u\.id[^)]*$/, "");
    if (!/\bu\.|\busers\b/.test(condition))
      lock.asks = Array.from(condition.matchAll(/\b(?:from|join) "?(\w+)/g), ([, table]) => table!);
    return lock;
  };
}
