/** What a hostile or careless client may send: valid inputs, almost valid ones, and junk. */
import fc from "fast-check";
import type { RouteTraits } from "../../src/contract/openapi.ts";
import { PASSWORD } from "../support/service.ts";

export interface Input {
  actor: "nobody" | "forger" | "member" | "admin";
  /** Changed claims in the forger's token, which our own key signs. */
  claims: Record<string, unknown>;
  path: string;
  query: string;
  rawBody: string | Uint8Array<ArrayBuffer> | undefined;
  headers: Record<string, string>;
}

export interface Schema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Texts that trip up parsers, databases and careless code. */
const NASTY_TEXTS = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "\udc00x",
  "\u202egnp.exe",
  "\ufeff",
  "ﬀ".repeat(60),
  "é".normalize("NFD"),
  "İ@EXAMPLE.test",
  "' or 1=1 --",
  "$1::int",
  "%00",
  "../../etc/passwd",
  "__proto__",
  "constructor",
  "[object Object]",
  "1e999",
  "-0",
  "NaN",
  "2147483648",
  "9223372036854775808",
  "00000000-0000-0000-0000-000000000000",
  "9999-12-31T23:59:59.999Z",
  "0000-01-01",
  "+275760-09-13",
  "a".repeat(300),
  "a".repeat(10_000),
  "💥".repeat(200),
];
const nastyText = fc.oneof(
  // Texts that PostgreSQL refuses, more often than the rest.
  fc.constantFrom("a\0b", "a\ud800"),
  fc.constantFrom(...NASTY_TEXTS),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);
const nastyNumber = fc.constantFrom(0, -0, -1, 0.5, 1e-7, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, -1e308, 5e-324);
const nested = fc.integer({ min: 1, max: 2_000 }).map((depth) => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = i % 2 ? [value] : { a: value };
  return value;
});
const nasty: fc.Arbitrary<unknown> = fc.oneof(
  nastyText,
  nastyNumber,
  nested,
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { toString: null }, { length: -1 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(nastyText, { maxLength: 120 }),
);

/** Around the limits of `smallint`, `integer`, `bigint` and of the integers that a double holds exactly. */
const WIDTHS = [2 ** 15, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63].flatMap((end) => [end - 1, end, -end, -end - 1]);
const anyWidth = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(...WIDTHS, 3e9, 0.5, -1));

/**
 * Encoded like the service's own cursors: a value in it is out of bounds, of another type or superfluous, but the form
 * is always right.
 */
const forgedCursor = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(anyWidth) },
    { weight: 3, arbitrary: fc.tuple(nastyText, anyWidth) },
    { weight: 1, arbitrary: fc.array(fc.oneof(anyWidth, nastyText, fc.constant(null)), { maxLength: 3 }) },
  )
  .map((position) => Buffer.from(JSON.stringify(position)).toString("base64url"));

/**
 * Values that find something, or nearly; `{{…}}` stands for the last value that the service returned under that name.
 */
const KNOWN: Record<string, fc.Arbitrary<unknown>> = {
  email: fc.constantFrom("membre-1@example.test", "MEMBRE-2@example.test ", "nouveau@example.test", "a@b.c"),
  password: fc.constantFrom(PASSWORD, "x", "Encore un autre cheval"),
  currentPassword: fc.constantFrom(PASSWORD, "x"),
  newPassword: fc.constantFrom(PASSWORD, "Encore un autre cheval", "12345678"),
  prenom: fc.constantFrom("Ada", "Zoé"),
  nom: fc.constantFrom("Lovelace", "O'Brien"),
  title: fc.constantFrom("Bonjour", "Fermeture"),
  content: fc.constantFrom("Un message\nde deux lignes"),
  description: fc.constantFrom("Un rôle", ""),
  token: fc.constantFrom("{{token}}", "{{refreshToken}}", "{{ticket}}"),
  refreshToken: fc.constantFrom("{{refreshToken}}", "{{refreshToken}}", "{{token}}"),
  twoFactorToken: fc.constantFrom("{{twoFactorToken}}", "{{token}}"),
  deviceToken: fc.constantFrom("{{deviceToken}}", "{{refreshToken}}"),
  userIds: fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), anyWidth.map(String)), { minLength: 1, maxLength: 4 }),
  ids: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
  telephone: fc.constantFrom("+33 1 23 45 67 89", null),
  code: fc.constantFrom("000000", "123456", "aaaa-bbbb-cccc"),
  permissions: fc.subarray(["*", "users:read", "users:*", "artists:write"]),
  role: fc.integer({ min: 0, max: 5 }),
  roleId: fc.integer({ min: 0, max: 5 }),
  replacementId: fc.integer({ min: 0, max: 5 }),
  id: fc.integer({ min: 0, max: 12 }),
  name: fc.constantFrom("admin", "editeur", "role-1"),
  passwordHash: fc.constantFrom("$2b$10$CwTycUXWue0Thq9StjUM0uJ8DPLKXt1RYkqf1iFWJcYk6OeqJq5yG", "$2b$31$x", "none"),
  permission: fc.constantFrom("users:read", "*"),
  action: fc.constantFrom("user.created", "role.updated"),
  target: fc.constantFrom("user:1", "role:3"),
  anchor: fc.constantFrom(`1:${"0".repeat(64)}`, `999999999999999:${"f".repeat(64)}`),
  cursor: fc.oneof({ weight: 4, arbitrary: forgedCursor }, fc.constantFrom(btoa("[1e999]"), btoa("{}"), "!")),
  from: fc.constantFrom("2026-01-01", "1970-01-01", "2026-02-30"),
  to: fc.constantFrom("2026-12-31", "9998-12-31"),
};

/** A value that fits the schema, as far as name and type tell. */
function shaped(schema: Schema, name = ""): fc.Arbitrary<unknown> {
  if (name in KNOWN) return fc.oneof({ weight: 15, arbitrary: KNOWN[name]! }, { weight: 1, arbitrary: plain(schema) });
  return plain(schema);
}

function plain(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((option) => plain(option)));
  if (schema.type === "object") return fields(schema.properties ?? {}, shaped, schema.required);
  if (schema.type === "array") return fc.array(plain(schema.items ?? {}), { maxLength: 5 });
  if (schema.type === "integer" || schema.type === "number")
    return fc.oneof(fc.integer({ min: 0, max: 50 }), nastyNumber);
  if (schema.type === "boolean") return fc.boolean();
  return fc.oneof(fc.string({ maxLength: 20 }), nastyText);
}

function fields(
  properties: Record<string, Schema>,
  value: typeof shaped,
  requiredKeys: string[] = [],
): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, value(schema, name)])),
    { requiredKeys },
  );
}

/** Raw texts that are no JSON objects. */
const RAW = [
  "",
  "{",
  "null",
  "[]",
  '"a"',
  "1e999",
  "\ufeff{}",
  "{}{}",
  '{"a":NaN}',
  "[".repeat(30_000),
  `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
  JSON.stringify({ email: "x".repeat(70_000) }),
];

function bodyOf(schema: Schema): fc.Arbitrary<string | Uint8Array<ArrayBuffer>> {
  const right = shaped(schema).map((value) => JSON.stringify(value));
  const options = [schema, ...(schema.anyOf ?? [])];
  const properties = Object.assign({}, ...options.map((option) => option.properties ?? {})) as Record<string, Schema>;
  const mutated = fc
    .tuple(
      fields(properties, shaped),
      fields(properties, () => nasty),
      fc.dictionary(nastyText, nasty, { maxKeys: 2 }),
    )
    .map((parts) => JSON.stringify(Object.assign({}, ...parts)));
  const names = Object.keys(properties);
  const oneWrong = fc
    .tuple(
      shaped(schema),
      fc.constantFrom(...(names.length > 0 ? names : ["id"])),
      fc.oneof({ weight: 3, arbitrary: nastyText }, { weight: 1, arbitrary: nasty }),
    )
    .map(([value, name, wrong]) => JSON.stringify({ ...(value as object), [name]: wrong }));
  /** A repeated key, a prototype key, a number beyond a double's range. */
  const twisted = fc
    .tuple(
      fields(properties, shaped),
      fields(properties, () => nasty),
    )
    .map((pair) => {
      const members = pair
        .flatMap((half) => Object.entries(half))
        .map(([key, value]) => `"${key}":${JSON.stringify(value)}`);
      return `{${['"__proto__":{"roleId":1,"polluted":true}', ...members, '"id":1e999', '"role":-1e999'].join(",")}}`;
    });
  const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Uint8Array.from(array));
  return fc.oneof(
    { weight: 5, arbitrary: right },
    { weight: 5, arbitrary: oneWrong },
    { weight: 3, arbitrary: mutated },
    { weight: 2, arbitrary: twisted },
    { weight: 1, arbitrary: fc.constantFrom(...RAW) },
    { weight: 1, arbitrary: bytes },
  );
}

const isHeader = (value: string) => {
  try {
    return new Headers({ a: value }).get("a") !== null;
  } catch {
    return false;
  }
};
const headerValue = fc.oneof(fc.string({ maxLength: 60 }), nastyText, fc.constant("é\u00ff,;q=9")).filter(isHeader);
/** Not `Upgrade`: a socket opened here would stay open. */
const HEADERS = [
  "Accept-Language",
  "Accept",
  "Cookie",
  "Origin",
  "User-Agent",
  "X-Request-Id",
  "CF-Connecting-IP",
  "X-Forwarded-For",
  "Content-Type",
  "Sec-WebSocket-Protocol",
  "X-HTTP-Method-Override",
];
const headers = fc.dictionary(fc.constantFrom(...HEADERS), headerValue, { maxKeys: 3 });

const CLAIMS = ["sub", "sid", "jti", "iat", "exp", "role", "permissions", "amr", "auth_time", "aud"];
const claims = fc.dictionary(fc.constantFrom(...CLAIMS), fc.oneof(anyWidth, anyWidth.map(String), nasty), {
  maxKeys: 2,
});

const encode = (text: string) => encodeURIComponent(text.toWellFormed());
const BROKEN_QUERIES = [
  "%",
  "%zz=1",
  "limit=%E0%A4%A",
  "limit=1&limit=2",
  "cursor[]=1",
  "__proto__=1",
  "&&&=",
  "limit=",
];

function queryOf(properties: Record<string, Schema>): fc.Arbitrary<string> {
  const value = (schema: Schema, name = "") => fc.oneof({ weight: 3, arbitrary: shaped(schema, name) }, nasty);
  const written = fields(properties, value).map((record) =>
    Object.entries(record)
      .map(([key, each]) => `${key}=${encode(typeof each === "string" ? each : (JSON.stringify(each) ?? ""))}`)
      .join("&")
      .slice(0, 4_000)
      .replace(/%.?$/, ""),
  );
  return fc.oneof({ weight: 5, arbitrary: written }, { weight: 1, arbitrary: fc.constantFrom(...BROKEN_QUERIES) });
}

const segment = fc
  .oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 8 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom("totp", "email", crypto.randomUUID()) },
    { weight: 2, arbitrary: anyWidth.map(String) },
    { weight: 3, arbitrary: nastyText.map((text) => encode(text).slice(0, 3_000).replace(/%.?$/, "")) },
  )
  .map((text) => (/^\.*$/.test(text) ? "x" : text));

export function inputFor(
  route: RouteTraits,
  schemas: Record<string, Schema>,
  actors: Input["actor"][],
): fc.Arbitrary<Input> {
  const parameters = route.path.match(/:\w+/g) ?? [];
  const json = route.traits.find(({ input }) => input?.target === "json")?.input;
  const oneBody = bodyOf(schemas["json"] ?? {});
  const body = json?.mediaType
    ? fc.array(oneBody, { maxLength: 4 }).map((lines) => lines.map(String).join("\n"))
    : fc.option(oneBody, { nil: undefined, freq: 8 });
  return fc
    .record({
      actor: fc.constantFrom(...actors),
      claims,
      segments: fc.tuple(...parameters.map(() => segment)),
      query: queryOf(schemas["query"]?.properties ?? {}),
      rawBody: route.method === "GET" ? fc.constant(undefined) : body,
      headers,
    })
    .map(({ segments, headers, ...rest }) => ({
      ...rest,
      path: route.path.replaceAll(/:\w+/g, () => segments.shift() ?? "1"),
      headers: { "Content-Type": json?.mediaType ?? "application/json", ...headers },
    }));
}
