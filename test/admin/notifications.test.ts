import { describe, expect, it } from "vitest";
import { database, get, post, registerMember, type Member } from "../support/service.ts";
import { insertBroadcast } from "../support/staff.ts";
import { connectLive, isNotification } from "../support/sockets.ts";

const PATH = "/api/admin/notifications";
const MESSAGE = { title: "Maintenance", content: "Ce soir à 22 h.\nMerci." };

async function registerAdmin(): Promise<Member> {
  const admin = await registerMember();
  await database.query(`update users set role_id = 1 where id = ${admin.userId}`);
  return admin;
}

const received = async (broadcastId: string) =>
  (
    await database.query<{ user_id: number }>(
      `select user_id from notifications where broadcast_id = '${broadcastId}' order by user_id`,
    )
  ).map((row) => row.user_id);

describe("POST /api/admin/notifications", () => {
  it("reaches the named users' open pages, and writes rows for nobody else", async () => {
    const admin = await registerAdmin();
    const [ada, eve] = [await registerMember(), await registerMember()];
    const socket = await connectLive(ada);
    const { status, body } = await post(PATH, { ...MESSAGE, userIds: [String(ada.userId)] }, { token: admin.token });
    expect(status).toBe(202);
    expect(await socket.next(isNotification)).toMatchObject({ kind: "admin_message", ...MESSAGE });
    expect(await received(body.broadcastId)).toEqual([ada.userId]);
    expect(await database.query(`select 1 from notifications where user_id = ${eve.userId}`)).toEqual([]);
    expect(
      await database.query(`select actor_id, target_id, metadata from audit_logs where action = 'notification.sent'`),
    ).toEqual([
      {
        actor_id: admin.userId,
        target_id: body.broadcastId,
        metadata: { audience: { userIds: [ada.userId] }, title: MESSAGE.title },
      },
    ]);
  });

  it("takes a user id as a text or a number", async () => {
    const { token } = await registerAdmin();
    for (const id of [1, 999_999_999, 1_000_000_000, 2_147_483_647]) {
      const [asNumber, asText] = [
        await post(PATH, { ...MESSAGE, userIds: [id] }, { token }),
        await post(PATH, { ...MESSAGE, userIds: [String(id)] }, { token }),
      ];
      expect([id, asNumber.status, asText.status]).toEqual([id, 202, 202]);
    }
  });

  it("needs the permission, as the database has it, and a fresh session", async () => {
    const member = await registerMember();
    expect((await post(PATH, { ...MESSAGE, all: true }, { token: member.token })).body.code).toBe("forbidden");
    const admin = await registerAdmin();
    await database.query(
      `update refresh_tokens set authenticated_at = now() - interval '11 min' where user_id = ${admin.userId}`,
    );
    expect((await post(PATH, { ...MESSAGE, all: true }, { token: admin.token })).body.code).toBe(
      "reauthentication_required",
    );
    expect((await post(PATH, { ...MESSAGE, all: true })).status).toBe(401);
  });

  it("requires one audience, an existing role, and texts within their limits", async () => {
    const { token } = await registerAdmin();
    const invalid = [
      MESSAGE,
      { ...MESSAGE, all: true, roleId: 1 },
      { ...MESSAGE, all: false },
      { ...MESSAGE, userIds: [] },
      { ...MESSAGE, userIds: Array(1_001).fill(1) },
      { ...MESSAGE, userIds: ["x"] },
      ...["0", "01", "+1", " 1", "1e0", "0x1", "1.0", "2147483648"].map((id) => ({ ...MESSAGE, userIds: [id] })),
      ...[0, -1, 1.5, 2_147_483_648].map((id) => ({ ...MESSAGE, userIds: [id] })),
      { ...MESSAGE, all: true, title: "x".repeat(201) },
      { ...MESSAGE, all: true, content: "x".repeat(5_001) },
      { ...MESSAGE, all: true, title: "a\nb" },
      { ...MESSAGE, all: true, content: "a\u0000b" },
    ];
    for (const body of invalid) expect((await post(PATH, body, { token })).status, JSON.stringify(body)).toBe(422);
    expect((await post(PATH, { ...MESSAGE, roleId: 999 }, { token })).status).toBe(404);
    expect(await database.query(`select 1 from audit_logs where metadata->'audience'->>'roleId' = '999'`)).toEqual([]);
  });
});

describe("GET /api/admin/notifications/:broadcastId", () => {
  const progressOf = async (id: string, token: string) => (await get(`${PATH}/${id}`, { token })).body;

  it("says that a broadcast is sent, once everybody has it", async () => {
    const admin = await registerAdmin();
    const { body } = await post(PATH, { ...MESSAGE, all: true }, { token: admin.token });
    await expect.poll(() => progressOf(body.broadcastId, admin.token)).toMatchObject({ state: "sent", share: 1 });
    expect(await received(body.broadcastId)).toContain(admin.userId);
  });

  it("says how far it has come, from the first range to the last", async () => {
    const { token } = await registerAdmin();
    const id = await insertBroadcast();
    expect(await progressOf(id, token)).toEqual({
      broadcastId: id,
      state: "waiting",
      share: 0,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const ranges = (...after: number[]) =>
      database.query(
        `insert into broadcast_ranges (broadcast_id, range, after_id, until_id)
         select $1, n - 1, after, n * 100 from unnest($2::int[]) with ordinality as r (after, n)
         on conflict (broadcast_id, range) do update set after_id = excluded.after_id`,
        [id, after],
      );
    await ranges(0, 100, 200, 300);
    expect(await progressOf(id, token)).toMatchObject({ state: "waiting", share: 0 });
    await ranges(100, 150, 200, 350);
    expect(await progressOf(id, token)).toMatchObject({ state: "sending", share: 0.5 });
    await ranges(100, 200, 300, 400);
    expect(await progressOf(id, token)).toMatchObject({ state: "sent", share: 1 });
  });

  it("knows an old one, whose ranges retention has removed, and no other", async () => {
    const { token } = await registerAdmin();
    const id = await insertBroadcast();
    // The log itself can't be changed.
    await database.query(
      `alter table audit_logs disable trigger user;
       update audit_logs set created_at = now() - interval '30 days' where target_id = '${id}';
       alter table audit_logs enable trigger user`,
    );
    expect(await progressOf(id, token)).toMatchObject({ state: "sent", share: 1 });
    expect(await progressOf(crypto.randomUUID(), token)).toMatchObject({ status: 404, code: "not_found" });
    expect(await progressOf("1", token)).toMatchObject({ status: 422, code: "validation_failed" });
  });
});
