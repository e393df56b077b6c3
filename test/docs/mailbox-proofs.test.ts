import { expect, test } from "vitest";
import { sources } from "../support/documentation.ts";

test("the files that prove a mailbox are those whose flows test/attacks/mailbox.test.ts tries", () => {
  const proving = [...sources()].filter(([, text]) => /\bis_verified = (true|case)\b/.test(text)).map(([path]) => path);
  expect(proving.map((path) => path.replace(/^src\/services\/(.*)\.ts$/, "$1")).toSorted()).toEqual([
    "accounts/email-change",
    "accounts/email-verification",
    "accounts/password-reset",
    "administration/user-change",
    "login/login-code",
  ]);
});
