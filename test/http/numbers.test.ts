/**
 * A number in a query or a path has one form: everything else that JavaScript reads as a number is refused, on every
 * route that takes one.
 */
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { app } from "../../src/app.ts";
import { readRoutes } from "../../src/contract/openapi.ts";
import { request, type Member } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

/** Of the number 5. */
const OTHER_FORMS = [
  "0x5",
  "5e0",
  "+5",
  "05",
  " 5",
  "5 ",
  "5.0",
  "5.",
  "0b101",
  "0o5",
  "٥",
  "５",
  "5_0",
  "-5",
  "Infinity",
];
const NUMBERS = /^(limit|role|replacementId|actor|id)$/;

const places = readRoutes(app.routes).flatMap(({ method, path, traits }) =>
  traits.flatMap(({ input }) => {
    if (input?.target !== "query" && input?.target !== "param") return [];
    const { properties = {} } = z.toJSONSchema(input.schema, { io: "input", unrepresentable: "any" });
    const names = Object.keys(properties).filter((name) => NUMBERS.test(name));
    return names.map((name) => ({ method, path, name, inPath: input.target === "param" }));
  }),
);

let admin: Member;
beforeAll(async () => {
  admin = await registerAdmin();
});

describe("A number in another form", () => {
  it("has places to try", () => expect(places.length).toBeGreaterThan(25));

  it.each(places)("at $method $path, as $name", async ({ method, path, name, inPath }) => {
    const taken = [];
    for (const form of OTHER_FORMS) {
      const written = encodeURIComponent(form);
      const target = inPath ? path.replace(`:${name}`, written) : `${path.replaceAll(/:\w+/g, "5")}?${name}=${written}`;
      const { status, body } = await request(method, target, {
        token: admin.token,
        ...(method !== "GET" && { body: {} }),
      });
      if (status !== 422) taken.push([form, status, body.code]);
    }
    expect(taken).toEqual([]);
  });
});
