/** A body's fields, one a line, with those of the bodies inside it. */
import { nameOf, type Schema } from "./contract.ts";
import { say } from "./texts.ts";

interface FieldsProps {
  schema: Schema;
  schemas: Record<string, Schema>;
  /** The bodies around it: one that contains itself is named, not shown again. */
  around?: string[];
}

export function Fields({ schema, schemas, around = [] }: FieldsProps) {
  const inner = around.concat(schema.$ref ? nameOf(schema.$ref) : []);
  const shown = resolve(schema, schemas);
  const forms = shown.anyOf ?? shown.oneOf;
  if (forms && !shown.properties)
    return (
      <>
        {forms.map((form, at) => (
          <div key={at} class="form">
            {at > 0 && <p class="small soft">{say.or}</p>}
            <Fields schema={form} schemas={schemas} around={inner} />
          </div>
        ))}
      </>
    );
  if (!shown.properties) return <p class="small">{<Type schema={shown} />}</p>;
  const required = shown.required ?? [];
  return (
    <ul class="fields">
      {Object.entries(shown.properties).map(([name, field]) => {
        const inside = innerOf(field, schemas);
        const isAround = inside?.$ref !== undefined && inner.includes(nameOf(inside.$ref));
        return (
          <li key={name}>
            <p>
              <code class="name">{name}</code>
              {!required.includes(name) && <span class="soft">?</span>} <Type schema={field} />
            </p>
            {inside && !isAround && <Fields schema={inside} schemas={schemas} around={inner} />}
          </li>
        );
      })}
    </ul>
  );
}

const resolve = (schema: Schema, schemas: Record<string, Schema>): Schema =>
  schema.$ref ? (schemas[nameOf(schema.$ref)] ?? {}) : schema;

/** The body inside a field or a list, if there is one with fields. */
function innerOf(field: Schema, schemas: Record<string, Schema>): Schema | undefined {
  const within = field.items ?? field.anyOf?.find((form) => form.$ref ?? form.properties) ?? field;
  return resolve(within, schemas).properties ? within : undefined;
}

export function Type({ schema }: { schema: Schema }) {
  const limits = describeLimits(schema);
  return (
    <span class="type">
      {nameType(schema)}
      {limits && <span class="soft"> {limits}</span>}
    </span>
  );
}

function nameType(schema: Schema): string {
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" | ");
  if (schema.items) return `${nameType(schema.items)}[]`;
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return [...new Set(forms.map(nameType))].join(" | ");
  return [schema.type ?? "any"].flat().join(" | ");
}

/** What JavaScript can count to is no limit that anybody chose. */
const isChosen = (limit: number | undefined) => limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;

function describeLimits(schema: Schema): string {
  const range = (least: number | undefined, most: number | undefined, unit = "") => {
    const [from, to] = [least, most].map((limit) => (isChosen(limit) ? limit : undefined));
    if (from === undefined) return to === undefined ? "" : `≤ ${to}${unit}`;
    return to === undefined ? `≥ ${from}${unit}` : `${from}–${to}${unit}`;
  };
  return [
    schema.format,
    range(schema.minimum, schema.maximum),
    range(schema.minLength, schema.maxLength, ` ${say.characters}`),
    range(schema.minItems, schema.maxItems, ` ${say.items}`),
    schema.pattern && `/${schema.pattern}/`,
    schema.default !== undefined && `= ${JSON.stringify(schema.default)}`,
  ]
    .filter(Boolean)
    .join(", ");
}
