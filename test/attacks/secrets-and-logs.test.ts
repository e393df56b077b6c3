/**
 * docs/security.md, "Secrets and logs" and "Data": what somebody who reads the database, KV, a Durable Object or the
 * logs can find.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { findLeaks } from "../support/leak-scan.ts";
import { enrolTotp, totpCode } from "../support/second-factor.ts";
import { database, mailbox, PASSWORD, post, registerMember, request, type Member } from "../support/service.ts";
import { connectLive, hubOf } from "../support/sockets.ts";
import { logged } from "../support/stores.ts";

describe("The scan after every test file", () => {
  const undo: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0)) await step();
    expect(await findLeaks()).toEqual([]);
  });

  /** Every kind of secret that a client ever has, in a form in which it could be stored. */
  const KINDS: Record<string, (member: Member) => Promise<string>> = {
    "a password": async () => PASSWORD,
    "an access token": async ({ token }) => token,
    "a refresh token, in hexadecimal": async ({ refreshToken }) =>
      Array.from(new TextEncoder().encode(refreshToken), (byte) => byte.toString(16).padStart(2, "0")).join(""),
    "a device token, in base64": async (member) => btoa((await post("/api/auth/login", member)).body.deviceToken),
    "an authenticator's secret": async (member) => (await enrolTotp(member)).secret,
    "a recovery code": async (member) => (await enrolTotp(member)).recoveryCodes[3]!,
    "a code of six digits": async (member) => `votre code : ${await usedCode(member)}.`,
    "a ticket": async ({ token }) => (await post("/api/users/me/ws-ticket", undefined, { token })).body.ticket,
    AUTH_SECRET: async () => env.AUTH_SECRET,
    "the private signing key": async () => JSON.parse(env.JWT_KEYS).keys[0].d,
    "the mail provider's key": async () => mailbox.key,
  };

  async function usedCode(member: Member): Promise<string> {
    const code = await totpCode((await enrolTotp(member)).secret);
    await post("/api/security/reauthenticate", { method: "totp", code }, { token: member.token });
    return code;
  }

  it.each(Object.entries(KINDS))("finds %s in a column", async (_, secretOf) => {
    const member = await registerMember();
    const secret = await secretOf(member);
    await database.query(
      "insert into notifications (user_id, type, title, content, data) values ($1, 'x', '', '', $2)",
      [member.userId, JSON.stringify({ deep: [{ down: secret }] })],
    );
    undo.push(() => database.query("delete from notifications where type = 'x'"));
    expect(await findLeaks()).toEqual([expect.stringMatching(/^notifications\.data holds: /)]);
  });

  it("finds one in a key, a value and the metadata of KV", async () => {
    const { refreshToken } = await registerMember();
    await env.KV.put(`planted:${refreshToken}`, JSON.stringify({ refreshToken }), { metadata: { refreshToken } });
    undo.push(() => env.KV.delete(`planted:${refreshToken}`));
    expect(await findLeaks()).toEqual([`KV planted:${refreshToken} holds: refreshToken of an answer`]);
  });

  it("finds one in an object's storage, in its tables, and in the attachment of a hibernating socket", async () => {
    for (const plant of [
      (state: DurableObjectState, secret: string) => state.storage.put("planted", { secret }),
      (state: DurableObjectState, secret: string) => {
        state.storage.sql.exec("create table planted (secret text)");
        state.storage.sql.exec("insert into planted values (?)", secret);
      },
      (state: DurableObjectState, secret: string) => {
        for (const socket of state.getWebSockets()) {
          socket.serializeAttachment({ ...socket.deserializeAttachment(), secret });
        }
      },
    ]) {
      const member = await registerMember();
      const socket = await connectLive(member);
      await runInDurableObject(hubOf(member), (_, state) => plant(state, member.refreshToken));
      expect(await findLeaks()).toEqual([expect.stringMatching(/^object \w+ holds: refreshToken of an answer$/)]);
      socket.close();
      await socket.closed;
      await runInDurableObject(hubOf(member), (_, state) => state.storage.deleteAll());
    }
  });

  it("finds one in the log, and the address of a person or a device there", async () => {
    const { refreshToken, email } = await registerMember();
    const before = logged.length;
    undo.push(() => logged.splice(before));
    console.log(JSON.stringify({ event: "planted", cause: `Failed query: … params: ${refreshToken}` }));
    console.warn(new Error(`no such account: ${email}`), { ip: "192.0.2.1" });
    expect((await findLeaks()).toSorted()).toEqual([
      "log holds: IP address",
      "log holds: e-mail address",
      "log holds: refreshToken of an answer",
    ]);
  });

  it("finds an address, a telephone number and a hash there that no request of the tests had", async () => {
    const before = logged.length;
    undo.push(() => logged.splice(before));
    const row = ["seeded@example.test", "+33600000042", "$2b$04$seeded"];
    await database.query(
      "insert into users (email, telephone, password_hash, prenom, nom) values ($1, $2, $3, 'Ada', 'Lovelace')",
      row,
    );
    console.log(JSON.stringify({ event: "planted", row }));
    expect((await findLeaks()).toSorted()).toEqual([
      "log holds: users.email",
      "log holds: users.password_hash",
      "log holds: users.telephone",
    ]);
  });
});

describe("forging a log line:", () => {
  it("with JSON in a request id, a user agent, a path, a country or a password", async () => {
    const forged = '"}\u2028{"event":"forged","userId":1';
    const before = logged.length;
    const member = await registerMember();
    await request("POST", `/api/auth/login?x=${encodeURIComponent(forged)}`, {
      body: { email: member.email, password: forged },
      headers: { "X-Request-Id": '","event":"forged', "User-Agent": '"} {"event":"forged"}' },
      country: forged,
    });
    await request("GET", `/api/users/${encodeURIComponent(forged)}`, { token: member.token });
    await request("GET", `/${encodeURIComponent(forged)}`);
    const lines = logged.slice(before).map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.filter((line) => JSON.stringify(line).includes("forged"))).toEqual([]);
  });
});
