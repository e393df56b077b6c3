import { describe, expect, it } from "vitest";
import { database, get, logIn, post, registerMember, sidOf, type Member } from "../support/service.ts";
import { askAbout, connectLive, insertNotifications } from "../support/sockets.ts";

const PATH = "/api/users/me/notifications";

const liveSessions = async (member: Member) =>
  (
    await database.query<{ id: string }>(
      `select session_id as id from refresh_tokens where user_id = ${member.userId} and revoked_at is null`,
    )
  ).map((row) => row.id);

describe("GET /api/users/me/notifications", () => {
  it("lists newest first, page by page, with the unread count, in one trip", async () => {
    const { token, userId } = await registerMember();
    const ids = await insertNotifications({ userId }, 45);
    const shown: number[] = [];
    let path: string | null = `${PATH}?limit=20`;
    while (path) {
      let answer: Awaited<ReturnType<typeof get>>;
      const asked = path;
      expect(await database.tripsOf(async () => void (answer = await get(asked, { token })))).toBe(1);
      const { data, pagination, unread } = answer!.body;
      expect(unread).toBe(45);
      shown.push(...data.map((notification: { id: number }) => notification.id));
      path = pagination.nextCursor && `${PATH}?limit=20&cursor=${pagination.nextCursor}`;
    }
    expect(shown).toEqual(ids.toReversed());
  });

  it("answers the published form", async () => {
    const { token, userId } = await registerMember();
    const [id] = await insertNotifications({ userId });
    expect((await get(PATH, { token })).body).toEqual({
      data: [
        {
          id,
          type: "admin_message",
          title: "n° 1",
          content: "…",
          data: {},
          readAt: null,
          createdAt: expect.stringMatching(/Z$/),
        },
      ],
      pagination: { limit: 20, nextCursor: null },
      unread: 1,
    });
  });

  it("shows nobody else's, refuses an invalid cursor and an ended session", async () => {
    const [ada, eve] = [await registerMember(), await registerMember()];
    await insertNotifications(ada, 3);
    expect((await get(PATH, { token: eve.token })).body).toMatchObject({ data: [], unread: 0 });
    expect((await get(`${PATH}?cursor=x`, { token: eve.token })).body.code).toBe("invalid_cursor");
    expect((await get(`${PATH}?limit=101`, { token: eve.token })).status).toBe(422);
    await post("/api/auth/logout", { refreshToken: ada.refreshToken });
    expect((await get(PATH, { token: ada.token })).body.code).toBe("invalid_token");
  });

  it("finds its rows by index, the unread ones too", async () => {
    const statements = [
      "select id from notifications where user_id = 7 and id < 10 order by id desc limit 21",
      "select id from notifications where user_id = 7 and id > 10 order by id limit 200",
      "select count(*) from notifications where user_id = 7 and read_at is null",
    ];
    for (const statement of statements) {
      const plan = await database.query<{ "QUERY PLAN": string }>(`set enable_seqscan = off; explain ${statement}`);
      expect(plan.map((row) => row["QUERY PLAN"]).join("\n"), statement).toMatch(
        /Index (Only )?Scan|Bitmap Index Scan/,
      );
    }
  });
});

describe("POST /api/users/me/notifications/read", () => {
  it("marks the given ones, or all, in one trip, and never another user's", async () => {
    const [ada, eve] = [await registerMember(), await registerMember()];
    const ids = await insertNotifications(ada, 3);
    const foreign = await insertNotifications(eve, 1);
    const { token } = ada;
    let answer: Awaited<ReturnType<typeof post>>;
    const mark = async () => void (answer = await post(`${PATH}/read`, { ids: [ids[0], foreign[0]] }, { token }));
    expect(await database.tripsOf(mark)).toBe(1);
    expect(answer!.body).toEqual({ message: "Notifications marquées comme lues", unread: 2 });
    expect((await get(PATH, { token: eve.token })).body.unread).toBe(1);
    expect((await post(`${PATH}/read`, { all: true }, { token })).body.unread).toBe(0);
    const { body } = await get(PATH, { token });
    expect(body.data.every((notification: { readAt: unknown }) => notification.readAt !== null)).toBe(true);
  });

  it("keeps the time of the first reading", async () => {
    const { token, userId } = await registerMember();
    const ids = await insertNotifications({ userId });
    await post(`${PATH}/read`, { ids }, { token });
    const readAt = (await get(PATH, { token })).body.data[0].readAt;
    await post(`${PATH}/read`, { ids }, { token });
    expect((await get(PATH, { token })).body.data[0].readAt).toBe(readAt);
  });

  it("refuses a body with neither, or with too many ids", async () => {
    const { token } = await registerMember();
    const bodies = [
      {},
      { ids: [] },
      { ids: ["1"] },
      { ids: [0] },
      { ids: [1.5] },
      { all: false },
      { ids: Array(501).fill(1) },
    ];
    for (const body of bodies)
      expect((await post(`${PATH}/read`, body, { token })).status, JSON.stringify(body)).toBe(422);
  });
});

describe("POST /api/users/me/notifications/:id/deny and /confirm", () => {
  it("deny ends the session in question, closes its socket, audits it and starts a reset", async () => {
    const member = await registerMember();
    const thief = await logIn(member);
    const [own, stolen] = [await connectLive(member), await connectLive(thief)];
    const id = await askAbout(member, thief.token);
    let answer: Awaited<ReturnType<typeof post>>;
    const deny = async () => void (answer = await post(`${PATH}/${id}/deny`, undefined, { token: member.token }));
    expect(await database.tripsOf(deny)).toBe(1);
    expect(answer!.status).toBe(200);
    expect((await stolen.closed).code).toBe(4403);
    expect(await own.next((frame) => frame.type === "read")).toEqual({ type: "read", ids: [id], unread: 0 });
    expect(await liveSessions(member)).toEqual([sidOf(member)]);
    expect((await post("/api/auth/refresh", { refreshToken: thief.refreshToken })).status).toBe(401);
    expect(
      await database.query(
        `select action, target_type, target_id, metadata from audit_logs where actor_id = ${member.userId} and action like 'login.%'`,
      ),
    ).toEqual([
      {
        action: "login.denied",
        target_type: "user",
        target_id: String(member.userId),
        metadata: { notificationId: id },
      },
    ]);
  });

  it("confirm keeps the session", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    const id = await askAbout(member, other.token);
    expect((await post(`${PATH}/${id}/confirm`, undefined, { token: member.token })).body.message).toBe(
      "Connexion confirmée",
    );
    expect(await liveSessions(member)).toHaveLength(2);
  });

  it("counts only the first of many parallel answers", async () => {
    const member = await registerMember();
    const other = await logIn(member);
    const id = await askAbout(member, other.token);
    await database.inject({ kind: "hold", count: 20 }, { match: /update notifications/ });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        post(`${PATH}/${id}/${i % 2 ? "deny" : "confirm"}`, undefined, { token: member.token }),
      ),
    );
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, ...Array(19).fill(409)]);
    const denied = answers.findIndex((answer) => answer.status === 200) % 2 === 1;
    expect(await liveSessions(member)).toHaveLength(denied ? 1 : 2);
    expect(answers.find((answer) => answer.status === 409)!.body.code).toBe("already_answered");
  });

  it("answers 404 for another user's, another kind, and an unknown one", async () => {
    const [ada, eve] = [await registerMember(), await registerMember()];
    const hers = await askAbout(ada, ada.token);
    const [plain] = await insertNotifications(eve);
    for (const id of [hers, plain, 999_999]) {
      expect((await post(`${PATH}/${id}/deny`, undefined, { token: eve.token })).status, String(id)).toBe(404);
    }
    for (const id of ["0", "x", "1e3", "9".repeat(20)]) {
      expect((await post(`${PATH}/${id}/deny`, undefined, { token: eve.token })).status, id).toBe(422);
    }
    expect(await liveSessions(ada)).toHaveLength(1);
  });
});
