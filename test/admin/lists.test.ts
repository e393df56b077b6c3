import { beforeAll, describe, expect, it } from "vitest";
import { dataStatements } from "../../scripts/database/generate-data.ts";
import { database, get, type Member } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

const VOLUME = { users: 15_000, logins: 15_000, auditLogs: 20_000 };
/** How many rows one page may read: far fewer than any table has. */
const MOST_ROWS_READ = 1_000;

let admin: Member;

beforeAll(async () => {
  for (const statement of dataStatements(VOLUME)) await database.query(statement);
  // Enough rows that reading them all costs more than looking up the page's own.
  await database.query("insert into two_factor_methods (user_id, type) select id, 'email' from users");
  await database.query("vacuum (analyze) two_factor_methods");
  // Two with many records each, but none in common.
  await database.query(
    `insert into audit_logs (actor_id, action, target_type, target_id)
     select 60 + n % 2, case n % 2 when 0 then 'busy.even' else 'busy.odd' end, 'role', (770 + n % 2)::text
     from generate_series(1, 8000) n`,
  );
  await database.query("vacuum (analyze) audit_logs");
  admin = await registerAdmin();
}, 180_000);

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: Plan[];
}

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/**
 * Requests the page, then explains the statement that read it, run again with `params` (the last parameter is the
 * service's own limit).
 */
async function explainPage(path: string, table: string, params: unknown[]) {
  await database.tripsOf(async () => expect((await get(path, admin)).status, path).toBe(200));
  const statement = (await database.statements()).find((text) => new RegExp(`from ${table}\\b`).test(text))!;
  const [row] = await database.query<{ "QUERY PLAN": [{ Plan: Plan; "Execution Time": number }] }>(
    `explain (analyze, format json) ${statement}`,
    params,
  );
  const [{ Plan, "Execution Time": milliseconds }] = row!["QUERY PLAN"];
  const scans = nodesOf(Plan).filter((node) => /Scan/.test(node["Node Type"]) && node["Relation Name"] !== "roles");
  const read = Math.max(
    ...scans.map(
      (node) =>
        (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0)) *
        node["Actual Loops"],
    ),
  );
  const whole = scans.filter((node) => node["Node Type"].includes("Seq Scan"));
  return {
    sequential: whole.map((node) => node["Relation Name"]),
    read,
    indexes: scans.flatMap((node) => node["Index Name"] ?? []),
    milliseconds,
  };
}

const cursorOf = (...position: unknown[]) => Buffer.from(JSON.stringify(position)).toString("base64url");

describe("GET /api/admin/users", () => {
  const half = VOLUME.users / 2;
  const pages: [title: string, query: string, params: unknown[]][] = [
    ["the first page", "", [21]],
    ["a deep page", `cursor=${cursorOf(half)}`, [half, 21]],
    ["the oldest first", `sort=createdAt&cursor=${cursorOf(half)}`, [half, 21]],
    ["by address", "sort=email", [21]],
    ["by address, deep", `sort=-email&cursor=${cursorOf("linus", 5)}`, ["linus", 5, 21]],
    ["by name", "sort=nom", [21]],
    ["by name, deep", `sort=-nom&cursor=${cursorOf("Marelles", 5)}`, ["Marelles", 5, 21]],
    ["of a rare role", "role=1", [1, 21]],
    ["of a common role, deep", `role=0&cursor=${cursorOf(half)}`, [0, half, 21]],
    ["the disabled, deep", `status=disabled&cursor=${cursorOf(half)}`, [half, 21]],
    ["the deleted", "status=deleted", [21]],
    ["the active", "status=active", [21]],
    ["a search that matches one account", `q=${half}%40exam`, [`%${half}@exam%`, 21]],
    ["a search that matches all", "q=example", ["%example%", 21]],
    ["a search that matches none", "q=zzzz", ["%zzzz%", 21]],
    ["two short words that start no word", "q=qq+xy", ["% qq%", "% xy%", 21]],
  ];

  it.each(pages)("reads %s by index", async (_title, query, params) => {
    const explained = await explainPage(`/api/admin/users?${query}`, "users u", params);
    expect(explained.sequential).toEqual([]);
    expect(explained.read).toBeLessThan(MOST_ROWS_READ);
  });

  it("returns every account once, in order, for every sort", async () => {
    const [{ count }] = (await database.query(
      "select count(*)::int from users where role_id = 2 and deleted_at is null",
    )) as [any];
    for (const sort of ["createdAt", "-createdAt", "nom", "-nom", "email", "-email"]) {
      const seen: any[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const { body } = await get(`/api/users?role=2&limit=100&sort=${sort}${cursor && `&cursor=${cursor}`}`, admin);
        seen.push(...body.data);
        cursor = body.pagination.nextCursor;
      }
      expect(new Set(seen.map((user) => user.id)).size, sort).toBe(count);
      expect(seen.length, sort).toBe(count);
      const keys = seen.map((user) => (sort.endsWith("createdAt") ? Number(user.id) : user[sort.replace("-", "")]));
      const ordered = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(keys, sort).toEqual(sort.startsWith("-") ? ordered.toReversed() : ordered);
    }
  });

  it("finds by parts of names and address, in any case, and takes wildcards literally", async () => {
    await database.query(
      "insert into users (email, password_hash, prenom, nom) values ('bo.li%_x@example.test', 'none', 'Bo', 'Li')",
    );
    const find = async (q: string) =>
      (await get(`/api/admin/users?q=${encodeURIComponent(q)}`, admin)).body.data.map((user: any) => user.email);
    for (const q of ["bo li", "LI BO", "li%_x", "o.li%", "BO.LI%_X@EXAMPLE.TEST"])
      expect(await find(q), q).toEqual(["bo.li%_x@example.test"]);
    for (const q of ["bo.li_", "%%%", "bo_li", "o.li\\%"]) expect(await find(q), q).toEqual([]);
  });

  it("answers the published account plus the fields for administration, never a hash", async () => {
    const { body, text } = await get("/api/users?limit=1", admin);
    expect(Object.keys(body.data[0]).toSorted()).toEqual(
      "createdAt deletedAt email id isActive isVerified lastLoginAt locale nom permissions prenom role roleId roleName telephone twoFactorEnabled updatedAt".split(
        " ",
      ),
    );
    expect(text).not.toMatch(/hash|argon/i);
    expect(await database.tripsOf(() => get("/api/users?limit=1", admin))).toBe(1);
    expect((await get(`/api/users/${admin.userId}`, admin)).body.user).toMatchObject({ email: admin.email, roleId: 1 });
  });

  it("refuses invalid cursors and filters", async () => {
    const bad = [cursorOf("x"), cursorOf(1.5), cursorOf(2 ** 40), cursorOf(), cursorOf(1, 2), "%00", "e30"];
    for (const cursor of bad)
      expect(await get(`/api/admin/users?cursor=${cursor}`, admin), cursor).toMatchObject({ status: 400 });
    for (const cursor of [cursorOf("a\u0000", 1), cursorOf("a\ud800", 1), cursorOf("a", 2 ** 40), cursorOf(1)])
      expect((await get(`/api/admin/users?sort=nom&cursor=${cursor}`, admin)).status, cursor).toBe(400);
    for (const query of [
      "sort=password_hash",
      "role=x",
      "status=gone",
      "limit=0",
      "limit=101",
      "q=%00%01",
      `q=${"a".repeat(101)}`,
    ])
      expect((await get(`/api/admin/users?${query}`, admin)).status, query).toBe(422);
  });
});

describe("GET /api/admin/audit-logs", () => {
  const half = VOLUME.auditLogs / 2;
  const pages: [title: string, query: string, params: unknown[]][] = [
    ["the first page", "", [21]],
    ["a deep page", `cursor=${cursorOf(half)}`, [half, 21]],
    ["of an actor", "actor=7", [7, 21]],
    ["of an actor, deep", `actor=7&cursor=${cursorOf(half)}`, [7, half, 21]],
    ["of an actor without records", "actor=999999", [999_999, 21]],
    ["of an action, deep", `action=role.updated&cursor=${cursorOf(half)}`, ["role.updated", half, 21]],
    ["of a target", "target=user:7969", ["user", "7969", 21]],
    [
      "of an actor between two times",
      "actor=7&from=2020-01-01&to=2900-01-01",
      [7, "2020-01-01T00:00:00Z", "2900-01-01T00:00:00Z", 21],
    ],
    ["of a time long ago", "to=2001-01-01", ["2001-01-01T00:00:00Z", 21]],
    ["since a time in the future", "from=2900-01-01", ["2900-01-01T00:00:00Z", 21]],
    ["of an actor and an action", "actor=7&action=role.updated", [7, "role.updated", 21]],
    ["of a busy actor and an action that never meet", "actor=60&action=busy.odd", [60, "busy.odd", 21]],
    ["of a busy actor and a target that never meet", "actor=60&target=role:771", [60, "role", "771", 21]],
    [
      "of an action and a busy target that never meet",
      "action=busy.odd&target=role:770",
      ["busy.odd", "role", "770", 21],
    ],
    [
      "of an actor, an action and a target that never meet",
      "actor=60&action=busy.odd&target=role:771",
      [60, "busy.odd", "role", "771", 21],
    ],
  ];

  it.each(pages)("reads %s by index", async (_title, query, params) => {
    const explained = await explainPage(`/api/admin/audit-logs?${query}`, "audit_logs", params);
    expect(explained.sequential).toEqual([]);
    expect(explained.read).toBeLessThan(MOST_ROWS_READ);
  });

  it("returns every record once, newest first", async () => {
    const seen: number[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const path = `/api/admin/audit-logs?actor=7&limit=100${cursor && `&cursor=${cursor}`}`;
      const { body } = await get(path, admin);
      seen.push(...body.data.map((record: any) => Number(record.id)));
      cursor = body.pagination.nextCursor;
    }
    const rows = await database.query<{ id: string }>("select id from audit_logs where actor_id = 7 order by id desc");
    expect(seen).toEqual(rows.map((row) => Number(row.id)));
  });
});

describe("GET /api/security/sessions", () => {
  it("reads the live sessions of an account by index, however many have ended", async () => {
    await database.query(
      `insert into refresh_tokens (user_id, session_id, token, methods, expires_at, revoked_at)
       select $1, gen_random_uuid(), 'ended ' || n, '{pwd}', now() + interval '1 day', now() from generate_series(1, 5000) n`,
      [admin.userId],
    );
    await database.query("vacuum (analyze) refresh_tokens");
    const { sequential, read } = await explainPage("/api/security/sessions", "refresh_tokens t", [admin.userId, 21]);
    expect(sequential).toEqual([]);
    expect(read).toBeLessThan(MOST_ROWS_READ);
  });
});

describe("GET /api/admin/stats", () => {
  it("counts in one trip, and reads the days by index", async () => {
    let answer: any;
    expect(await database.tripsOf(async () => (answer = await get("/api/admin/stats", admin)))).toBe(1);
    expect(answer.status).toBe(200);
    const [expected] = await database.query<any>(
      `select (select count(*)::int from users where deleted_at is null) as users,
        (select count(*)::int from login_history where outcome = 'success' and created_at >= date_trunc('day', now() - interval '29 days')) as logins`,
    );
    expect(answer.body.totals).toMatchObject({ users: expected.users, twoFactorShare: expect.closeTo(0.2, 1) });
    expect(answer.body.days).toHaveLength(30);
    expect(answer.body.days.at(-1)).toEqual({
      date: new Date().toISOString().slice(0, 10),
      signUps: expect.any(Number),
      logins: expect.any(Number),
      failures: expect.any(Number),
    });
    expect(answer.body.days.reduce((sum: number, day: any) => sum + day.logins, 0)).toBe(expected.logins);
    const days = (await database.statements()).find((text) => /sign_ups/.test(text))!;
    const today = new Date().toISOString().slice(0, 10);
    const [row] = await database.query<any>(`explain (analyze, format json) ${days}`, Array(6).fill(today));
    const nodes = nodesOf(row["QUERY PLAN"][0].Plan).filter((node) => node["Relation Name"] !== "daily_statistics");
    expect(nodes.filter((node) => node["Node Type"].includes("Seq Scan"))).toEqual([]);
    expect(
      nodes
        .flatMap((node) => node["Index Name"] ?? [])
        .filter((name) => !name.startsWith("daily"))
        .toSorted(),
    ).toEqual(["idx_login_history_created_at_outcome", "idx_users_created_at"]);
    // Once counted, rows are not scanned again.
    expect(Math.max(...nodes.filter((node) => node["Index Name"]).map((node) => node["Actual Rows"]))).toBeLessThan(
      MOST_ROWS_READ,
    );
  });

  it("takes up to 366 days, in order", async () => {
    const days = async (query: string) => {
      const { status, body } = await get(`/api/admin/stats?${query}`, admin);
      return status === 200 ? body.days.length : status;
    };
    expect(await days("from=2024-01-01&to=2024-12-31")).toBe(366);
    expect(await days("from=2024-02-29&to=2024-02-29")).toBe(1);
    expect(await days("to=2024-03-01")).toBe(30);
    for (const query of [
      "from=2024-01-01&to=2025-01-01",
      "from=2024-01-02&to=2024-01-01",
      "from=2024-02-30",
      "from=0000-01-01&to=0000-01-02",
      "to=1970-01-02",
    ])
      expect(await days(query), query).toBe(query === "to=1970-01-02" ? 30 : 422);
  });
});
