import { env, exports } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createPlatform, SYSTEM_CLIENT } from "../../src/platform/index.ts";
import type { JobMessage } from "../../src/platform/jobs.ts";
import type { Job } from "../../src/services/events/job.ts";
import { createRevocations, MEMORY_MS } from "../../src/platform/revocations.ts";
import { readRevocation } from "../../src/services/sessions/marks.ts";
import { runJob } from "../../src/services/events/jobs.ts";
import { seeTo } from "../../src/services/events/outbox.ts";
import type { EndedSockets } from "../../src/platform/hubs.ts";
import type { Revocable, TokenVerifierBinding } from "../../src/verifier/contract.ts";
import { database, post, registerMember, sidOf } from "../support/service.ts";

/** KV as the service sees it: simulated, unless a test sets its behaviour. */
const real = env.KV;
let reads = 0;
let minutes = 0;
let onGet: () => Promise<void> = async () => {};
let onPut: () => Promise<void> = async () => {};
const kv = new Proxy(real, {
  get(target, name) {
    if (name === "get") {
      return async (...input: unknown[]) => {
        const read = () => (target.get as (...input: unknown[]) => Promise<unknown>)(...input);
        // The rate limits have keys of their own.
        if (![input[0]].flat().some((key) => String(key).startsWith("revoked:"))) return read();
        reads++;
        await onGet();
        return read();
      };
    }
    if (name === "put") {
      return async (...input: Parameters<KVNamespace["put"]>) => {
        await onPut();
        return target.put(...input);
      };
    }
    return Reflect.get(target, name);
  },
});
const refused = async () => {
  throw new Error("KV PUT failed: 429 Too Many Requests");
};

const queued: JobMessage<Job>[] = [];
const verifier = (exports as unknown as { TokenVerifier: TokenVerifierBinding }).TokenVerifier;

beforeAll(() => {
  Object.assign(env, { KV: kv, JOBS: { send: async (message: JobMessage<Job>) => void queued.push(message) } });
});

beforeEach(() => {
  // A minute later each time: what an earlier test cached or deferred has expired.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ++minutes * 60_000 });
  onGet = onPut = async () => {};
  reads = 0;
  queued.length = 0;
});

afterEach(() => vi.useRealTimers());

async function end({ sessionId, ...facts }: EndedSockets): Promise<void> {
  const platform = createPlatform(env, { waitUntil: () => {} }, SYSTEM_CLIENT);
  const ended = { ...facts, ...(sessionId !== undefined && { sessionIds: [sessionId] }) };
  const job = { type: "event", event: "session.ended", facts: ended, at: Date.now() } as const;
  await seeTo(platform, { id: crypto.randomUUID(), job });
}

describe("when KV fails", () => {
  it("a valid token is accepted, or refused with 503 if the caller prefers that", async () => {
    const { token } = await registerMember();
    onGet = refused;
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    expect(await verifier.verify(token, { ifUnknown: "refuse" })).toEqual({
      ok: false,
      code: "service_unavailable",
      status: 503,
    });
    expect((await post("/api/auth/verify-token", { token })).body.active).toBe(true);
    expect(await post("/api/auth/verify-token", { token, ifUnknown: "refuse" })).toMatchObject({
      status: 503,
      body: { code: "service_unavailable" },
    });
    expect(await verifier.verify(`${token.slice(0, -8)}AAAAAAAA`)).toMatchObject({ code: "token_invalid" });
  });

  it("it is not read for a second, then asked again", async () => {
    const { token } = await registerMember();
    onGet = refused;
    for (let i = 0; i < 10; i++) await verifier.verify(token);
    expect(reads).toBe(1);
    vi.setSystemTime(Date.now() + 1_001);
    onGet = async () => {};
    expect(await verifier.verify(token, { ifUnknown: "refuse" })).toMatchObject({ ok: true });
    expect(reads).toBe(2);
  });

  it("strict does not need it", async () => {
    const { token, refreshToken } = await registerMember();
    onGet = onPut = refused;
    expect(await verifier.verify(token, { strict: true, ifUnknown: "refuse" })).toMatchObject({ ok: true });
    await post("/api/auth/logout", { refreshToken });
    expect(await verifier.verify(token, { strict: true })).toMatchObject({ code: "session_revoked" });
  });

  it("remembered marks still count", async () => {
    const { token, refreshToken } = await registerMember();
    await post("/api/auth/logout", { refreshToken });
    await vi.waitFor(async () => expect(await verifier.verify(token)).toMatchObject({ code: "session_revoked" }));
    onGet = refused;
    vi.setSystemTime(Date.now() + MEMORY_MS + 1);
    expect(await verifier.verify(token)).toMatchObject({ code: "session_revoked" });
  });
});

describe("when KV is slow", () => {
  it("nobody waits for an answer that does not come, and only one request a second waits for the limit", async () => {
    const { token } = await registerMember();
    onGet = () => new Promise(() => {});
    for (let i = 0; i < 5; i++) expect(await verifier.verify(token)).toMatchObject({ ok: true });
    expect(reads).toBe(1);
  });
});

describe("when KV is stale", () => {
  it("a revoked token passes until KV shows the mark, and no longer than the memory after that", async () => {
    const shown = createRevocations({ kv: real, tokenTtlSeconds: 600 });
    const { token } = await registerMember();
    const verdict = await verifier.verify(token);
    if (!verdict.ok) throw new Error(verdict.code);
    await shown.write({ kind: "session", sessionId: verdict.claims.sid });
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    vi.setSystemTime(Date.now() + MEMORY_MS - 1);
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    vi.setSystemTime(Date.now() + 2);
    expect(await verifier.verify(token)).toMatchObject({ code: "session_revoked" });
    expect(await database.tripsOf(() => verifier.verify(token))).toBe(0);
  });
});

describe("when KV refuses a mark", () => {
  it("the act succeeds and the mark goes through the queue", async () => {
    const { token, refreshToken } = await registerMember();
    const verdict = await verifier.verify(token);
    if (!verdict.ok) throw new Error(verdict.code);
    const { sid } = verdict.claims;
    onPut = refused;
    expect((await post("/api/auth/logout", { refreshToken })).status).toBe(200);
    const ends = () => queued.filter(({ job }) => job.type === "event" && job.event === "session.ended");
    await vi.waitFor(() => expect(ends()).toHaveLength(1));
    expect(ends()[0]!.job).toMatchObject({ facts: { sessionIds: [sid] } });
    expect(await real.get(`revoked:s:${sid}`)).toBeNull();
    onPut = async () => {};
    await runJob(createPlatform({ ...env, KV: real }, { waitUntil: () => {} }, SYSTEM_CLIENT), ends()[0]!);
    expect(await real.get(`revoked:s:${sid}`)).toBe("1");
  });

  it("a late mark does not undo a newer one", async () => {
    const revocations = createRevocations({ kv: real, tokenTtlSeconds: 600 });
    await revocations.write({ kind: "sessions", userId: 4_001, at: 2_000 });
    await revocations.write({ kind: "sessions", userId: 4_001, at: 1_000, exceptSessionId: "a" });
    expect(await real.get("revoked:u:4001", "json")).toEqual({ kind: "sessions", userId: 4_001, at: 2_000 });
    await revocations.write({ kind: "sessions", userId: 4_001, at: 3_000, exceptSessionId: "a" });
    expect(await real.get("revoked:u:4001", "json")).toMatchObject({ at: 3_000, exceptSessionId: "a" });
  });

  it("of two acts at once, the session that one spares and the other ends has ended", async () => {
    for (const turn of ["together", "the sparing last"]) {
      const { userId, token } = await registerMember();
      const spare = { userId, exceptSessionId: sidOf({ token }) };
      await Promise.all([end({ userId }), ...(turn === "together" ? [end(spare)] : [])]);
      if (turn === "the sparing last") {
        vi.setSystemTime(Date.now() + 1);
        await end(spare);
      }
      expect({ turn, verdict: await verifier.verify(token) }).toMatchObject({ verdict: { code: "session_revoked" } });
    }
  });
});

describe("a mark", () => {
  it("lives longer than any token that it covers, and no longer than needed", async () => {
    const userId = 4_002;
    vi.useRealTimers();
    await end({ userId });
    await end({ userId, sessionId: "s-4002" });
    const { keys } = await real.list({ prefix: "revoked:" });
    for (const name of [`revoked:u:${userId}`, "revoked:s:s-4002"]) {
      const { expiration } = keys.find((key) => key.name === name)!;
      expect(expiration! - Date.now() / 1000, name).toBeGreaterThan(605);
      expect(expiration! - Date.now() / 1000, name).toBeLessThan(720);
    }
  });

  /** The act is at 1,000.500 s. */
  const at = 1_000_500;
  const jti = (ms: number) => {
    const time = ms.toString(16).padStart(12, "0");
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
  };
  const token = (fields: Partial<Revocable> & { issuedAt: number }): Revocable => ({
    sub: "1",
    role: 0,
    sid: "s",
    auth_time: Math.floor(fields.issuedAt / 1000),
    iat: Math.floor(fields.issuedAt / 1000),
    jti: jti(fields.issuedAt),
    ...fields,
  });

  it.each([
    ["issued long before", token({ issuedAt: 900_000 }), "session_revoked"],
    ["issued in the same second, before", token({ issuedAt: 1_000_400 }), "session_revoked"],
    ["issued in the same millisecond", token({ issuedAt: at }), "session_revoked"],
    ["of a login in the same second, after", token({ issuedAt: 1_000_501 }), "live"],
    ["of a login later", token({ issuedAt: 1_003_000 }), "live"],
    [
      "of a refresh that raced the act, in an older session",
      token({ issuedAt: 1_000_900, auth_time: 500 }),
      "session_revoked",
    ],
    ["of the session that is kept, issued before", token({ issuedAt: 900_000, sid: "kept" }), "live"],
    ["without a time in its jti, in the same second", token({ issuedAt: 1_000_900, jti: "x" }), "session_revoked"],
    [
      "whose jti claims another second than iat",
      token({ issuedAt: 1_000_100, jti: jti(1_009_000) }),
      "session_revoked",
    ],
  ])("on a user's sessions: a token %s", async (_, token, state) => {
    const marks = { session: false, sessions: { at, exceptSessionId: "kept" }, complete: true };
    const revocations = { read: async () => marks, write: async () => {} };
    expect(
      await readRevocation({ ...createPlatform(env, { waitUntil() {} }, SYSTEM_CLIENT), revocations }, token),
    ).toBe(state);
  });

  it.each([
    ["issued before", token({ issuedAt: 1_000_400 }), "token_stale"],
    ["of the session that another mark keeps, issued before", token({ issuedAt: 900_000, sid: "kept" }), "token_stale"],
    ["refreshed after, in the same second", token({ issuedAt: 1_000_600, auth_time: 500 }), "live"],
  ])("on a user's authority: a token %s", async (_, token, state) => {
    const marks = { session: false, authority: { at }, complete: true };
    const revocations = { read: async () => marks, write: async () => {} };
    expect(
      await readRevocation({ ...createPlatform(env, { waitUntil() {} }, SYSTEM_CLIENT), revocations }, token),
    ).toBe(state);
  });
});
