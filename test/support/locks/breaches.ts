/** Which batches break the law of src/services/access/actor.ts: lock first, then ask, then act, and audit last. */

/** What is no state of an account, or is nobody else's to see yet; each with its reason. */
const EXEMPT: { what: string; is: (statements: string[]) => boolean }[] = [
  {
    what: "registration: nobody can act for an account that is not there yet",
    is: only(/^\s*with account as \(\s*insert into users/),
  },
  {
    what: "retention: rows long past their use, locked one by one and skipped where they are in use",
    is: only(/for update skip locked/),
  },
  {
    what: "a broadcast: one notification each for many, in the order of the users, each under that user's own lock",
    is: only(/insert into notifications .*broadcast_id/s),
  },
];

/** Tables that belong to an account and hold nothing that an act rests on. */
const NO_STATE = new Set([
  // What was seen; written after the answer where a login is refused.
  "login_history",
]);

/** Locks, asks and acts by itself; the audit log comes last, as it reads what the notice did. */
const ROTATION =
  /from rotate_session\(.*\), noticed as \(.*\), audited as \(\s*insert into audit_logs .*where exists \(select from noticed\)\)\s*select/s;

const LOCK = /^\s*select u\.id from users u where .* order by u\.id for no key update\s*$/s;
/** Of the session itself; what asks for more under some condition has a `from`. */
const ASSERTION = /^\s*select assert_session\((?!.*\bfrom\b)/s;
/** What may come before the lock: asking, and the lock of administration. */
const HARMLESS = [ASSERTION, /^\s*select pg_advisory_xact_lock\(hashtext\('administration'\)\)\s*$/];
const AUDIT = /insert into audit_logs/;

function only(pattern: RegExp) {
  return (statements: string[]) => statements.length === 1 && pattern.test(statements[0]!);
}

/** The tables that a statement writes. */
function written(statement: string): string[] {
  const found = statement.matchAll(/\b(?:insert into|delete from|(?<!\bfor |\bno key |\bdo )update)\s+"?(\w+)"?/gi);
  return [...found].map(([, table]) => table!);
}

/** What is wrong with a batch, in a sentence; undefined where nothing is. @param tables those that belong to an account, with `users`. */
export function breach(statements: string[], tables: ReadonlySet<string>): string | undefined {
  const plain = statements.map((statement) => statement.replaceAll(/\/\*.*?\*\//g, ""));
  if (plain.length === 1 && ROTATION.test(plain[0]!)) return undefined;
  const audits = plain.flatMap((statement, at) => (AUDIT.test(statement) ? [at] : []));
  if (audits.some((at) => at !== plain.length - 1 || !/^\s*insert into audit_logs/.test(plain[at]!)))
    return "the audit log is not written by the last statement, alone";
  const owned = (table: string) => tables.has(table) && !NO_STATE.has(table);
  const tablesWritten = new Set(plain.flatMap(written).filter(owned));
  if (tablesWritten.size === 0 || EXEMPT.some(({ is }) => is(plain))) return undefined;
  const lock = plain.findIndex((statement) => LOCK.test(statement));
  const names = [...tablesWritten].join(", ");
  if (lock === -1) return `${names}: written without the lock of the account`;
  if (!plain.slice(0, lock).every((statement) => HARMLESS.some((pattern) => pattern.test(statement))))
    return `${names}: the lock of the account is not the first thing`;
  if (plain.some((statement) => ASSERTION.test(statement)) && !ASSERTION.test(plain[lock + 1] ?? ""))
    return `${names}: the session is asked, but not after the lock`;
  return undefined;
}
