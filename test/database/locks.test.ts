/**
 * Every act locks the account first: support/locks/check.ts checks this after every file, and these tests show that it
 * notices a breach.
 */
import { describe, expect, inject, it } from "vitest";
import { createControl } from "../../scripts/neon/control.ts";
import { breach } from "../support/locks/breaches.ts";
import { accountTables } from "../support/locks/check.ts";
import { databaseUrl, del, post, registerMember } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

const batchWith = async (pattern: RegExp) => {
  const batches = await createControl(inject("endpointUrl")).batches(databaseUrl());
  return batches.findLast((batch) => batch.some((statement) => pattern.test(statement)))!;
};

describe("The tables of an account", () => {
  it("are those of the schema that reference users", async () => {
    expect([...(await accountTables())].toSorted()).toEqual(
      expect.arrayContaining(["known_devices", "notifications", "one_time_tokens", "refresh_tokens", "users"]),
    );
  });
});

describe("A batch that breaks the lock rules is reported:", () => {
  it.each([
    ["an owner's act", async () => del("/api/auth/account", await registerMember()), /deleted_at = now\(\)/, 0],
    [
      "an act without a session",
      async () => post("/api/auth/logout", {}, await registerMember()),
      /'logout'|revoked_at = now\(\)/,
      0,
    ],
    [
      "an administrator's act",
      async () => {
        const { userId } = await registerMember();
        return post(`/api/admin/users/${userId}/logout`, undefined, await registerAdmin());
      },
      /assert_may_change_user/,
      2,
    ],
  ])("%s", async (_, act, pattern, lockAt) => {
    expect((await act()).status).toBeLessThan(300);
    const tables = await accountTables();
    const batch = await batchWith(pattern);
    expect(breach(batch, tables)).toBeUndefined();
    // Each as a change to the code would produce it: the lock missing, or after the first write.
    expect(breach(batch.toSpliced(lockAt, 1), tables)).toMatch(/without the lock/);
    expect(breach([...batch.toSpliced(lockAt, 1), batch[lockAt]!], tables)).toMatch(/not the first thing|audit log/);
    if (batch.some((statement) => statement.includes("assert_session"))) {
      const asked = batch.toSpliced(lockAt, 2, batch[lockAt + 1]!, batch[lockAt]!);
      expect(breach(asked, tables)).toMatch(/not after the lock/);
    }
    if (/audit_logs/.test(batch.at(-1)!)) {
      expect(breach([...batch, "select 1"], tables)).toMatch(/audit log/);
      expect(breach([...batch.slice(0, -1), `with audited as (${batch.at(-1)}) select 1`], tables)).toMatch(
        /audit log/,
      );
    }
  });
});
