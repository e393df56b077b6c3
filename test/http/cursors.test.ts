/** Anyone can write a cursor: whatever is in it, a list answers or refuses it, and never fails. */
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { app } from "../../src/app.ts";
import { readRoutes } from "../../src/contract/openapi.ts";
import { get, type Member } from "../support/service.ts";
import { insertWebhook, registerAdmin } from "../support/staff.ts";

const lists = readRoutes(app.routes)
  .filter(({ traits }) =>
    traits.some(
      ({ input }) =>
        input?.target === "query" &&
        "cursor" in (z.toJSONSchema(input.schema, { io: "input", unrepresentable: "any" }).properties ?? {}),
    ),
  )
  .map(({ path }) => path);

/** Both sides of each limit of PostgreSQL's integers, and of the integers that a double holds exactly. */
const NUMBERS = [2 ** 15, 2 ** 31, 3e9, 2 ** 53, 2 ** 63].flatMap((end) => [end - 1, end, end + 1, -end, -end - 1]);
const POSITIONS = [...NUMBERS, 0, -1, 0.5].flatMap((number) => [[number], ["a", number], [String(number)]]);
const cursorOf = (position: unknown[]) => Buffer.from(JSON.stringify(position)).toString("base64url");

let admin: Member;
let webhookId: string;
beforeAll(async () => {
  [admin, webhookId] = await Promise.all([registerAdmin(), insertWebhook()]);
});

describe("A forged cursor", () => {
  it("has lists to try", () => expect(lists.length).toBeGreaterThan(7));

  it.each(lists)("at %s", async (path) => {
    const failed = [];
    const list = path.replace("webhooks/:id", `webhooks/${webhookId}`);
    for (const position of POSITIONS) {
      const { status, body } = await get(`${list}?cursor=${cursorOf(position)}`, { token: admin.token });
      if (status !== 200 && body.code !== "invalid_cursor") failed.push([position, status]);
    }
    expect(failed).toEqual([]);
  });
});
