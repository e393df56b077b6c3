import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { database, del, get, post, registerMember, request, type Member } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

let admin: Member;

/** Changes the log in ways that only somebody with direct access to the database can. */
async function tamper(sql: string) {
  await database.query(
    `alter table audit_logs disable trigger user; ${sql}; alter table audit_logs enable trigger user`,
  );
}

/** Recomputes the hashes after this record, so that the chain is consistent again. */
const rehashAfter = (id: number) =>
  tamper(`do $$ declare entry audit_logs; previous text := (select hash from audit_logs where id = ${id}); begin
    for entry in select * from audit_logs where id > ${id} order by id loop
      previous := audit_log_hash(previous, entry);
      update audit_logs set hash = previous where id = entry.id;
    end loop; end $$`);

async function append(rows: number) {
  await database.query(
    `insert into audit_logs (actor_id, action, target_type, target_id, metadata, ip_address, request_id)
     select n, 'test.done', 'test', n::text, jsonb_build_object('n', n, 'texte', 'é"\\ ' || n), '192.0.2.1', 'r' || n
     from generate_series(1, ${rows}) n`,
  );
}

const verify = async (query = "") => (await get(`/api/admin/audit-logs/verify?${query}`, admin)).body;

beforeAll(async () => void (admin = await registerAdmin()));

describe("the audit log", () => {
  it("refuses update, delete and truncate", async () => {
    await append(1);
    for (const statement of ["update audit_logs set action = 'x'", "delete from audit_logs", "truncate audit_logs"])
      await expect(database.query(statement), statement).rejects.toMatchObject({ code: "AUTH9" });
  });

  it("numbers its records without a gap, despite parallel and failed writes", async () => {
    await Promise.all([
      ...Array.from({ length: 10 }, () => append(5)),
      ...Array.from({ length: 5 }, () =>
        database
          .query("begin; insert into audit_logs (action, target_type) values ('a.b', 'x'); select 1/0")
          .catch(() => undefined),
      ),
    ]);
    expect(await database.query("select max(id) - count(*) as gaps from audit_logs")).toEqual([{ gaps: "0" }]);
    expect(await verify()).toMatchObject({ intact: true, complete: true });
  });

  it("has no row for a refused act", async () => {
    const member = await registerMember();
    const before = await database.query("select count(*) from audit_logs");
    await del(`/api/admin/users/${admin.userId}`, member);
    await post("/api/admin/roles", { name: "refusé" }, admin);
    expect(await database.query("select count(*) from audit_logs")).toEqual(before);
  });
});

describe("GET /api/admin/audit-logs", () => {
  it("filters by actor, action, target and time", async () => {
    const member = await registerMember();
    const path = `/api/admin/users/${member.userId}`;
    const headers = { "X-Request-Id": "une-demande-1" };
    await request("PATCH", path, { body: { nom: "Byron" }, token: admin.token, headers });
    await del(path, admin);
    const list = async (query: string) =>
      (await get(`/api/admin/audit-logs?${query}`, admin)).body.data.map((record: any) => record.action);
    expect(await list(`target=user:${member.userId}`)).toEqual(["user.deleted", "user.updated"]);
    expect(await list(`target=user:${member.userId}&action=user.updated`)).toEqual(["user.updated"]);
    expect(await list(`target=user:${member.userId}&actor=${admin.userId}`)).toHaveLength(2);
    expect(await list(`target=user:${member.userId}&actor=${member.userId}`)).toEqual([]);
    const { body } = await get(`/api/admin/audit-logs?target=user:${member.userId}&action=user.updated`, admin);
    expect(body.data).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        actorId: String(admin.userId),
        action: "user.updated",
        targetType: "user",
        targetId: String(member.userId),
        metadata: { before: { nom: "Lovelace" }, after: { nom: "Byron" } },
        ipAddress: "192.0.2.1",
        requestId: "une-demande-1",
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        createdAt: expect.stringMatching(/Z$/),
      },
    ]);
    const { createdAt } = body.data[0];
    expect(await list(`target=user:${member.userId}&from=${createdAt}`)).toHaveLength(2);
    expect(await list(`target=user:${member.userId}&to=${createdAt}`)).toEqual([]);
    expect(await list("from=2900-01-01")).toEqual([]);
    for (const query of ["actor=x", "action='", "target=user", "target=user:a b", "from=yesterday", "to=0000-01-01"])
      expect((await get(`/api/admin/audit-logs?${query}`, admin)).status, query).toBe(422);
  });
});

describe("GET /api/admin/audit-logs/verify", () => {
  beforeEach(async () => {
    await tamper("delete from audit_logs");
    await append(50);
  });

  it("finds the whole chain intact, in one trip per step and in the number of steps asked for", async () => {
    expect(await database.tripsOf(() => verify())).toBe(1);
    expect(await verify()).toEqual({
      intact: true,
      checked: 50,
      firstBroken: null,
      anchor: expect.stringMatching(/^50:[0-9a-f]{64}$/),
      complete: true,
    });
    let step = await verify("limit=20");
    expect(step).toMatchObject({ intact: true, checked: 20, complete: false, anchor: expect.stringMatching(/^20:/) });
    step = await verify(`limit=20&anchor=${step.anchor}`);
    step = await verify(`limit=20&anchor=${step.anchor}`);
    expect(step).toMatchObject({ intact: true, checked: 10, complete: true, anchor: expect.stringMatching(/^50:/) });
    expect(await verify(`anchor=${step.anchor}`)).toMatchObject({ intact: true, checked: 0, complete: true });
  });

  it.each([
    ["actor_id", "actor_id = 1"],
    ["actor_id to null", "actor_id = null"],
    ["action", "action = 'test.undone'"],
    ["target_type", "target_type = 'role'"],
    ["target_id", "target_id = '7'"],
    ["metadata", "metadata = '{}'"],
    ["ip_address", "ip_address = '192.0.2.2'"],
    ["request_id", "request_id = 'r1'"],
    ["created_at", "created_at = created_at + interval '1 ms'"],
    ["hash", "hash = repeat('0', 64)"],
  ])("names the first record whose %s was changed", async (_column, change) => {
    await tamper(`update audit_logs set ${change} where id in (23, 40)`);
    expect(await verify()).toMatchObject({
      intact: false,
      complete: false,
      firstBroken: { id: "23", reason: "changed" },
      anchor: expect.stringMatching(/^22:/),
    });
    expect(await verify("limit=10")).toMatchObject({ intact: true });
  });

  it("names the record after one that was changed together with its own hash", async () => {
    await tamper("update audit_logs set action = 'test.undone' where id = 23");
    await tamper(
      "update audit_logs l set hash = audit_log_hash((select hash from audit_logs where id = 22), l) where id = 23",
    );
    expect(await verify()).toMatchObject({ intact: false, firstBroken: { id: "24", reason: "changed" } });
  });

  it("names the first removed record, at the start, in the middle or at the end of a step", async () => {
    await tamper("delete from audit_logs where id in (30, 31)");
    expect(await verify()).toMatchObject({ intact: false, firstBroken: { id: "30", reason: "missing" } });
    // One step ends in the gap, and one lies entirely in it.
    expect(await verify("limit=30")).toMatchObject({ intact: false, firstBroken: { id: "30", reason: "missing" } });
    const { anchor } = await verify("limit=29");
    expect(await verify(`limit=1&anchor=${anchor}`)).toMatchObject({ firstBroken: { id: "30", reason: "missing" } });
    await tamper("delete from audit_logs where id <= 2");
    expect(await verify()).toMatchObject({ intact: false, firstBroken: { id: "1", reason: "missing" }, anchor: null });
  });

  it("names a removed record even if the later hashes were recomputed", async () => {
    await tamper("delete from audit_logs where id = 30");
    await rehashAfter(29);
    expect(await verify()).toMatchObject({ intact: false, firstBroken: { id: "30", reason: "missing" } });
  });

  it("names a record that was inserted or moved", async () => {
    await tamper("update audit_logs set id = 1000 where id = 50");
    expect(await verify()).toMatchObject({ intact: false, firstBroken: { id: "50", reason: "missing" } });
    await tamper("delete from audit_logs where id = 1000");
    await tamper(
      "insert into audit_logs (id, action, target_type, hash) values (50, 'test.done', 'user', repeat('a', 64))",
    );
    expect(await verify()).toMatchObject({ intact: false, firstBroken: { id: "50", reason: "changed" } });
  });

  it("detects by an anchor kept elsewhere that the chain was rewritten with its hashes, or truncated", async () => {
    const { anchor } = await verify();
    await append(5);
    await tamper("update audit_logs set action = 'test.undone' where id = 45");
    await rehashAfter(44);
    expect(await verify()).toMatchObject({ intact: true, checked: 55 });
    expect(await verify(`anchor=${anchor}`)).toMatchObject({
      intact: false,
      firstBroken: { id: "50", reason: "rewritten" },
      anchor: null,
    });
    await tamper("delete from audit_logs where id > 48");
    expect(await verify()).toMatchObject({ intact: true, checked: 48 });
    expect(await verify(`anchor=${anchor}`)).toMatchObject({
      intact: false,
      firstBroken: { id: "50", reason: "missing" },
    });
  });

  it("accepts an empty log, and refuses an invalid anchor", async () => {
    await tamper("delete from audit_logs");
    expect(await verify()).toEqual({ intact: true, checked: 0, firstBroken: null, anchor: null, complete: true });
    for (const query of ["anchor=5", "anchor=5:xyz", "anchor=0:" + "a".repeat(64), "limit=0", "limit=50001"])
      expect((await get(`/api/admin/audit-logs/verify?${query}`, admin)).status, query).toBe(422);
  });
});
