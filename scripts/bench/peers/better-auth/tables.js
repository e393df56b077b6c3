/** The tables that Better Auth says it needs: for Drizzle's adapter, and as the statements that create them. */
import { getAuthTables } from "better-auth/db";
import { boolean, integer, json, pgTable, text, timestamp } from "drizzle-orm/pg-core";

const TYPES = {
  string: { column: (name) => text(name), sql: "text" },
  number: { column: (name) => integer(name), sql: "integer" },
  boolean: { column: (name) => boolean(name), sql: "boolean" },
  date: { column: (name) => timestamp(name), sql: "timestamp" },
  json: { column: (name) => json(name), sql: "json" },
  "string[]": { column: (name) => text(name).array(), sql: "text[]" },
};

const typeOf = ({ type }) => TYPES[type] ?? TYPES.string;
const columnsOf = ({ fields }) =>
  Object.entries(fields).map(([name, field]) => ({ name: field.fieldName ?? name, field }));

export function drizzleTables(options) {
  return Object.fromEntries(
    Object.values(getAuthTables(options)).map((table) => {
      const columns = columnsOf(table).map(({ name, field }) => {
        const column = typeOf(field).column(name);
        return [name, field.required === false ? column : column.notNull()];
      });
      return [
        table.modelName,
        pgTable(table.modelName, { id: text("id").primaryKey(), ...Object.fromEntries(columns) }),
      ];
    }),
  );
}

export function createStatements(options) {
  const tables = Object.values(getAuthTables(options)).toSorted((a, b) => (a.order ?? 99) - (b.order ?? 99));
  return [
    ...tables.map((table) => {
      const columns = columnsOf(table).map(
        ({ name, field }) =>
          `"${name}" ${typeOf(field).sql}${field.required === false ? "" : " not null"}${field.unique ? " unique" : ""}`,
      );
      return `create table "${table.modelName}" ("id" text primary key, ${columns.join(", ")})`;
    }),
    ...tables.flatMap((table) =>
      columnsOf(table).flatMap(({ name, field }) => [
        ...(field.references
          ? [
              `alter table "${table.modelName}" add foreign key ("${name}") references "${field.references.model}" ("${field.references.field}") on delete cascade`,
            ]
          : []),
        ...(field.index ? [`create index on "${table.modelName}" ("${name}")`] : []),
      ]),
    ),
  ];
}
