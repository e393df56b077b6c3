/** The parts of the OpenAPI document that the page shows, and what they say of an operation. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  additionalProperties?: Schema | boolean;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  examples?: unknown[];
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
}

interface Written {
  tags: string[];
  operationId: string;
  summary: string;
  description?: string;
  deprecated?: boolean;
  security?: unknown[];
  parameters?: { name: string; in: string; description?: string; required?: boolean; schema: Schema }[];
  requestBody?: Content;
  responses: Record<string, Content & { $ref?: string }>;
}

interface Document {
  info: { version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Written>>;
  components: { schemas: Record<string, Schema> };
}

export interface Body {
  type: string;
  schema: Schema | undefined;
}

/** Who may call it: anyone, whoever is signed in, or whoever holds a permission. */
export type Audience = "anyone" | "session" | "permission";

export interface Operation extends Written {
  method: string;
  path: string;
  audience: Audience;
  permission: string | undefined;
  body: Body | undefined;
  answers: (Body & { status: string })[];
  /** The codes of its refusals, by status. */
  failures: { status: string; codes: string[] }[];
  /** What a search looks through. */
  words: string;
}

export interface Contract {
  version: string;
  /** In the order of a reader's way: getting in, the account, administration, the rest. */
  groups: { name: string; description: string; operations: Operation[] }[];
  schemas: Record<string, Schema>;
}

const ORDER = ["Authentication", "Account", "Security", "Notifications", "Administration", "Applications"];

export async function readContract(): Promise<Contract> {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const { info, tags, paths, components } = (await response.json()) as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, written]) =>
      describe(method.toUpperCase(), path, written, components.schemas),
    ),
  );
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return {
    version: info.version,
    groups: tags
      .toSorted((one, other) => rank(one.name) - rank(other.name))
      .map((tag) => ({ ...tag, operations: inOrder(operations.filter(({ tags }) => tags[0] === tag.name)) })),
    schemas: components.schemas,
  };
}

/** What is kept for older front ends comes last. */
const inOrder = (operations: Operation[]): Operation[] =>
  operations.toSorted((one, other) => Number(one.deprecated ?? false) - Number(other.deprecated ?? false));

function describe(method: string, path: string, written: Written, schemas: Contract["schemas"]): Operation {
  const permission = /Permission: `([^`]+)`/.exec(written.description ?? "")?.[1];
  const responses = Object.entries(written.responses);
  const failures = responses.flatMap(([status, { $ref }]) =>
    $ref ? [{ status, codes: nameOf($ref).split(".") }] : [],
  );
  const [body] = bodiesOf(written.requestBody);
  const { properties = {} } = body?.schema?.$ref ? (schemas[nameOf(body.schema.$ref)] ?? {}) : {};
  const names = [...(written.parameters ?? []).map(({ name }) => name), ...Object.keys(properties)];
  return {
    ...written,
    summary: written.summary.replaceAll("`", ""),
    method,
    path,
    permission,
    audience: permission ? "permission" : written.security?.length ? "session" : "anyone",
    body,
    answers: responses.flatMap(([status, response]) => {
      if (response.$ref) return [];
      const bodies = bodiesOf(response);
      return bodies.length > 0
        ? bodies.map((body) => ({ status, ...body }))
        : [{ status, type: "", schema: undefined }];
    }),
    failures,
    words: [
      method,
      path,
      written.operationId,
      written.summary,
      permission,
      ...names,
      ...failures.flatMap(({ codes }) => codes),
    ]
      .join(" ")
      .toLowerCase(),
  };
}

const bodiesOf = ({ content = {} }: Content = {}): Body[] =>
  Object.entries(content).map(([type, { schema }]) => ({ type, schema }));

/** `#/components/schemas/User` is `User`. */
export const nameOf = ($ref: string): string => $ref.split("/").at(-1)!;

/** Every word must be somewhere in what an operation says of itself. */
export const finds = ({ words }: Operation, search: string): boolean =>
  search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.includes(word));
