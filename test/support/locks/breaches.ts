/**
 * Finds batches that break the rule of src/services/access/actor.ts: lock first, then check, then act, and audit last.
 */
import { ACCOUNT_LOCK, ASSERTION, isHarmless } from "../../../scripts/neon/account-lock.ts";

/** Tables that are not an account's state, or that nobody else can see yet; each with its reason. */
const EXEMPT: { what: string; is: (statements: string[]) => boolean }[] = [
  {
    what: "registration: nobody can act for an account that is not there yet",
    is: only(/^\s*with account as \(\s*insert into users/),
  },
  {
    what: "retention: expired rows, locked one by one and skipped where they are in use",
    is: only(/for update skip locked/),
  },
  {
    what: "a broadcast: one notification each for many users, in the order of the users, each under that user's own lock",
    is: only(/insert into notifications .*broadcast_id/s),
  },
];

/** Tables that belong to an account, but that no act relies on. */
const NO_STATE = new Set([
  // What was observed; written after the answer when a login is refused.
  "login_history",
]);

/** Locks, checks and acts by itself; the audit log comes last, as it reads the result of the notice. */
const ROTATION =
  /from rotate_session\(.*\), noticed as \(.*\), queued as \(insert into outbox .*\),\s*audited as \(\s*insert into audit_logs .*where exists \(select from noticed\)\)\s*select/s;

const AUDIT = /insert into audit_logs/;

function only(pattern: RegExp) {
  return (statements: string[]) => statements.length === 1 && pattern.test(statements[0]!);
}

/** The tables that a statement writes. */
function written(statement: string): string[] {
  const found = statement.matchAll(/\b(?:insert into|delete from|(?<!\bfor |\bno key |\bdo )update)\s+"?(\w+)"?/gi);
  return [...found].map(([, table]) => table!);
}

/**
 * What is wrong with a batch, as a sentence; undefined if nothing is. @param tables those that belong to an account,
 * including `users`.
 */
export function breach(statements: string[], tables: ReadonlySet<string>): string | undefined {
  const plain = statements.map((statement) => statement.replaceAll(/\/\*.*?\*\//g, ""));
  if (plain.length === 1 && ROTATION.test(plain[0]!)) return undefined;
  const audits = plain.flatMap((statement, at) => (AUDIT.test(statement) ? [at] : []));
  if (audits.some((at) => at !== plain.length - 1 || !/^\s*insert into audit_logs/.test(plain[at]!)))
    return "the audit log is not written by the last statement, alone";
  const owned = (table: string) => tables.has(table) && !NO_STATE.has(table);
  const tablesWritten = new Set(plain.flatMap(written).filter(owned));
  if (tablesWritten.size === 0 || EXEMPT.some(({ is }) => is(plain))) return undefined;
  const lock = plain.findIndex((statement) => ACCOUNT_LOCK.test(statement));
  const names = [...tablesWritten].join(", ");
  if (lock === -1) return `${names}: written without the lock of the account`;
  if (!plain.slice(0, lock).every(isHarmless)) return `${names}: the lock of the account is not the first thing`;
  if (plain.some((statement) => ASSERTION.test(statement)) && !ASSERTION.test(plain[lock + 1] ?? ""))
    return `${names}: the session is asked, but not after the lock`;
  return undefined;
}
