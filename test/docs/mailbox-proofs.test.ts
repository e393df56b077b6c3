import { expect, test } from "vitest";
import { sources } from "../support/documentation.ts";

test("the files that prove a mailbox are those whose flows test/attacks/mailbox.test.ts tries", () => {
  const proving = [...sources()].filter(([, text]) => text.includes("is_verified = true")).map(([path]) => path);
  expect(proving.map((path) => path.replace(/^src\/services\/accounts\/(.*)\.ts$/, "$1")).toSorted()).toEqual([
    "email-change",
    "email-verification",
    "password-reset",
  ]);
});
