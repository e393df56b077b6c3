/** What the statements of a database answered, by the mark that a test's build put into them: columns, types, nulls. */

/** A column as PostgreSQL answered it. */
export interface AnsweredColumn {
  name: string;
  /** The OID of its type. */
  type: number;
  /** Whether any row held null there. */
  holdsNull: boolean;
}

/** As the wire has it: rows as arrays or objects, by `rowAsArray`. */
interface Answer {
  fields: { name: string; dataTypeID: number }[];
  rows: unknown[];
}

const MARK = /\/\* row:(\S+) \*\//;

export interface RowRecord {
  note(database: string, query: string, answer: Answer): void;
  /** By mark; the columns of all answers together. */
  read(database: string): Record<string, AnsweredColumn[]>;
  /** The marks of all statements that were answered, in any database. */
  seen(): Set<string>;
}

export function createRowRecord(): RowRecord {
  const byDatabase = new Map<string, Map<string, AnsweredColumn[]>>();
  return {
    note(database, query, { fields, rows }) {
      const mark = MARK.exec(query)?.[1];
      if (mark === undefined) return;
      const marks = byDatabase.get(database) ?? new Map<string, AnsweredColumn[]>();
      byDatabase.set(database, marks);
      const columns =
        marks.get(mark) ?? fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID, holdsNull: false }));
      marks.set(mark, columns);
      for (const row of rows) {
        const values = Array.isArray(row) ? row : fields.map(({ name }) => (row as Record<string, unknown>)[name]);
        for (const [at, column] of columns.entries()) column.holdsNull ||= values[at] === null;
      }
    },
    read: (database) => Object.fromEntries(byDatabase.get(database) ?? []),
    seen: () => new Set([...byDatabase.values()].flatMap((marks) => [...marks.keys()])),
  };
}
