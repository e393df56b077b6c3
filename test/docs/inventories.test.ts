/**
 * The inventories of docs/security.md are complete: every key, algorithm, column and retention period in the code, and
 * no removed one.
 */
import { readdirSync } from "node:fs";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { describe, expect, test } from "vitest";
import { ADMIN_GROUPS } from "../../src/services/access/permissions.ts";
import * as schema from "../../src/db/schema.ts";
import { TWO_FACTOR_TYPES } from "../../src/db/values.ts";
import type { Grade } from "../../src/services/factors/factor.ts";
import { FACTORS, GUARD_NAMES } from "../../src/services/factors/list.ts";
import { read, sources } from "../support/documentation.ts";
import { codesIn, tableIn } from "../support/tables.ts";

const SECURITY = "docs/security.md";
const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();

describe("the inventory of keys and algorithms", () => {
  const keys = tableIn(read(SECURITY), "key", "from", "algorithm");

  test("has every use of AUTH_SECRET, and what it does", () => {
    const [, union = ""] = /export type SecretUse =([^;]+);/.exec(read("src/crypto/secrets.ts")) ?? [];
    const uses = [...union.matchAll(/"([^"]+)"/g)].map(([, use]) => use!);
    const derived = keys.filter(([, from]) => from?.startsWith("`AUTH_SECRET`") || from?.startsWith("the same"));
    expect(sorted(derived.flatMap(([key = ""]) => codesIn(key)))).toEqual(sorted(uses));
    for (const [key, , algorithm] of derived)
      expect(algorithm, key).toMatch(key === "`encryption`" ? /^AES-256-GCM/ : /^HMAC-SHA-256$/);
  });

  /** An algorithm's name in the code, and its name in the inventory. */
  const NAMES: Record<string, RegExp> = {
    Ed25519: /Ed25519/,
    EdDSA: /EdDSA/,
    HMAC: /HMAC-SHA-256/,
    HKDF: /HKDF-SHA-256/,
    "SHA-256": /SHA-256/,
    "SHA-512": /SHA-512/,
    "SHA-1": /SHA-1, |SHA-1 |SHA-1$/,
    SHA1: /HMAC-SHA-1 /,
    "AES-GCM": /AES-256-GCM/,
    "AES-CTR": /AES-CTR/,
    argon2d: /argon2d,/,
    argon2i: /argon2i,/,
    argon2id: /argon2id/,
    ECDSA: /ECDSA/,
    ES256: /ES256/,
    RS256: /RS256/,
    "RSASSA-PKCS1-v1_5": /RSASSA-PKCS1-v1_5/,
  };

  test("has every algorithm in the code", () => {
    const algorithm =
      /"(HMAC|HKDF|PBKDF2|AES-\w+|SHA-?\d+|MD5|Ed25519|X25519|EdDSA|(?:[EHPR]S)\d{3}|RSA-?[\w-]+|ECDSA|ECDH|argon2\w*|scrypt)"/g;
    const named = [...sources().values()].flatMap((text) => [...text.matchAll(algorithm)].map(([, name]) => name!));
    expect(sorted(named)).toEqual(sorted(Object.keys(NAMES)));
    const written = keys.map(([, from, algorithm]) => `${from} ${algorithm}`).join("\n");
    for (const [name, pattern] of Object.entries(NAMES)) expect(written, name).toMatch(pattern);
  });

  test("has every implementation, and all randomness comes from WebCrypto", () => {
    const text = read(SECURITY);
    const listed = codesIn(text.slice(text.indexOf("Implementations:"), text.indexOf("`Math.random`")));
    const prose = text.slice(text.indexOf("Implementations:"), text.indexOf("`Math.random`"));
    const packages = ["jose", "oauth4webapi", "bcryptjs", "otpauth", "@phi-ag/argon2", "@levischuck/tiny-cbor"];
    const imported = [...sources()].flatMap(([, code]) =>
      [...code.matchAll(/from "((?:@[\w-]+\/)?[\w-]+)[^"]*"/g)].map(([, name]) => name!),
    );
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
    const others = [
      "@hono/zod-validator",
      "@neondatabase/serverless",
      // What hashes are compared with.
      "@noble/hashes",
      "detect-browser",
      "drizzle-orm",
      "hono",
      "uqr",
      "zod",
    ];
    expect(sorted([...packages, ...others])).toEqual(sorted(Object.keys(dependencies)));
    for (const name of packages) {
      expect(imported, name).toContain(name);
      expect(prose, name).toContain(name);
    }
    expect(listed).not.toHaveLength(0);
    for (const [path, code] of sources()) {
      // In a client it spreads the waits of many, and not all clients have WebCrypto.
      const permitted = code
        .replaceAll(path.startsWith("src/client/") ? "Math.random" : /$^/g, "")
        .replace('import { scryptSync } from "node:crypto";', "");
      expect(permitted, path).not.toMatch(/Math\.random|node:crypto|createCipher/);
    }
  });
});

describe("the groups of permissions over this service", () => {
  const groupsOf = (permissions: string[]) => permissions.map((permission) => permission.split(":")[0]!);
  const groups = sorted(ADMIN_GROUPS);

  test("are the ones that routes ask for, and `*`", () => {
    const asked = [...sources()].flatMap(([path, code]) =>
      path.startsWith("src/routes/")
        ? [...code.matchAll(/requirePermission\("([^"]+)"/g)].map(([, name]) => name!)
        : [],
    );
    expect(asked.length).toBeGreaterThan(10);
    expect(sorted(["*", ...groupsOf(asked)])).toEqual(groups);
  });

  test("are all checked where the second factor of administrators is required", () => {
    const [, written = ""] = /any permission over this service \(([^)]+)\)/.exec(read(SECURITY)) ?? [];
    expect(sorted(codesIn(written).map((code) => code.replace(":…", "")))).toEqual(groups);
  });
});

describe("a second factor", () => {
  const rule = (name: string) => read(`drizzle/functions/${name}.sql`);
  const methodsWhere = (counts: (grade: Grade) => boolean) =>
    sorted(FACTORS.filter(({ grade }) => counts(grade)).flatMap(({ grade }) => grade.methods));

  test("administers and changes factors in the database as its grade says", () => {
    const [, administers = ""] = /shown && ARRAY\[([^\]]+)\]/.exec(rule("assert_session")) ?? [];
    expect(sorted([...administers.matchAll(/'(\w+)'/g)].map(([, method]) => method!))).toEqual(
      methodsWhere((grade) => grade.administers),
    );
    const [, changes = ""] = /session\.methods && ARRAY\[([^\]]+)\]/.exec(rule("assert_may_change_factors")) ?? [];
    expect(sorted([...changes.matchAll(/'(\w+)'/g)].map(([, method]) => method!))).toEqual(
      methodsWhere((grade) => grade.changesFactors),
    );
  });

  test.each([
    ["pathway", "proves", "gives", "`amr`"],
    ["way in", "`amr`"],
  ])("is in the table of ways in that begins with %s, by all that a session says of it", (...header) => {
    const rows = tableIn(read(SECURITY), ...header);
    const named = rows.flatMap((row) => codesIn(row[header.indexOf("`amr`")] ?? ""));
    expect(sorted(named)).toEqual(sorted(["pwd", "mfa", "fed", ...methodsWhere(() => true)]));
  });

  test("has its level of assurance, as every way to a session has", () => {
    const levels = tableIn(read(SECURITY), "sign-in", "level");
    const ways = tableIn(read(SECURITY), "pathway").filter(([, , gives = ""]) => gives.startsWith("a session"));
    expect(sorted(levels.map(([way]) => way!))).toEqual(sorted(ways.map(([way]) => way!)));
  });

  test("guards, where it is kept among the methods", () => {
    expect(GUARD_NAMES).toEqual(expect.arrayContaining([...TWO_FACTOR_TYPES]));
  });
});

describe("what the database raises", () => {
  const raised = readdirSync("drizzle/functions").flatMap((file) =>
    file.endsWith(".sql")
      ? [...read(`drizzle/functions/${file}`).matchAll(/ERRCODE = '(\w+)'/g)].map(([, state]) => state!)
      : [],
  );
  const [, known = ""] = /const RAISED[^{]+\{([^}]+)\}/.exec(read("src/db/rules.ts")) ?? [];

  test("has an error code in the one map, which holds no other", () => {
    expect(raised.length).toBeGreaterThan(5);
    expect(sorted([...known.matchAll(/(\w+):/g)].map(([, state]) => state!))).toEqual(sorted(raised));
  });

  test("is compared nowhere else", () => {
    for (const [path, code] of sources())
      if (path !== "src/db/rules.ts") expect(code, path).not.toMatch(/sqlState\s*===|"AUTH\w"|"23\d{3}"/);
  });
});

test("every mail leaves through the one place that counts them", () => {
  const senders = [...sources()].flatMap(([path, code]) => (/platform\.sendMail\(/.test(code) ? [path] : []));
  expect(senders).toEqual([expect.stringMatching(/services\/events\/mail-round\.ts$/)]);
});

describe("the data table", () => {
  const rows = tableIn(read(SECURITY), "table", "secret", "personal", "internal", "kept");
  const tables = Object.values<unknown>(schema).flatMap((value) => (is(value, PgTable) ? [getTableConfig(value)] : []));

  test("classifies every column of every table, and no removed one", () => {
    expect(sorted(rows.flatMap(([table = ""]) => codesIn(table)))).toEqual(sorted(tables.map(({ name }) => name)));
    for (const { name, columns } of tables) {
      const [, ...classes] = rows.find(([table]) => table === `\`${name}\``) ?? [];
      // Text in brackets explains, such as `key` "with `AUTH_SECRET`".
      const classified = classes.slice(0, 3).flatMap((cell) => codesIn(cell.replaceAll(/\([^)]*\)/g, "")));
      expect(sorted(classified), name).toEqual(sorted(columns.map((column) => column.name)));
    }
  });

  test("gives the retention period of everything that is deleted by a rule", () => {
    const rules = [
      ...read("src/services/accounts/retention.ts").matchAll(
        /table: "(\w+)", expired: sql`\w+ < now\(\) - interval '(\d+) days'`/g,
      ),
    ];
    expect(rules.length).toBeGreaterThan(5);
    for (const [, table, days] of rules)
      expect(rows.find(([name]) => name === `\`${table}\``)?.[4], table).toMatch(new RegExp(`^${days} days`));
  });
});

test("docs/privacy.md promises the same retention as the inventory of columns", () => {
  const kept = tableIn(read(SECURITY), "table", "secret", "personal", "internal", "kept").map(
    ([table, , , , period]) => [table, period],
  );
  expect(kept.length).toBeGreaterThan(10);
  expect(tableIn(read("docs/privacy.md"), "table", "kept")).toEqual(kept);
});

test("the pages of mailed links wear the tokens of the application", () => {
  const tokensIn = (text: string) =>
    new Map(
      [...text.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [
        name!,
        value!.replaceAll(/\s+/g, " ").replaceAll(/\( | \)/g, (bracket) => bracket.trim()),
      ]),
    );
  const written = read("src/pages/files/base.css");
  const tokens = tokensIn(read("src/web/style/tokens.css"));
  expect(tokensIn(written).size).toBeGreaterThan(10);
  for (const [name, value] of tokensIn(written)) expect([name, value]).toEqual([name, tokens.get(name)]);
});
