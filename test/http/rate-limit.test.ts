import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasRoom } from "../../src/http/rate-limit.ts";
import { createPlatform, SYSTEM_CLIENT } from "../../src/platform/index.ts";
import { database, get, post, registerMember, request, type Answer } from "../support/service.ts";

const bindings = env as unknown as Record<string, unknown>;
const { KV, LIMIT_10, LIMIT_300 } = env;

/** At least this long until the minute, and so the hour, ends: a new window would forget earlier requests. */
const MARGIN_MS = 20_000;

beforeEach(async () => {
  bindings["RATE_LIMIT_SCALE"] = "1";
  const left = 60_000 - (Date.now() % 60_000);
  if (left < MARGIN_MS) await new Promise((resolve) => setTimeout(resolve, left + 50));
}, 60_000);

afterEach(() => {
  Object.assign(bindings, { RATE_LIMIT_SCALE: "1000000", KV, LIMIT_10, LIMIT_300 });
});

/** Uses a mail's link from `ip`, the cheapest limited route; null for a request without an address from Cloudflare. */
function ask(ip: string | null, headers: Record<string, string> = {}): Promise<Answer> {
  const from = ip === null ? undefined : { "CF-Connecting-IP": ip };
  return post(
    "/api/auth/deny-login",
    { token: "junk" },
    { headers: { ...(from ?? { "CF-Connecting-IP": "" }), ...headers } },
  );
}
function logIn(ip: string): Promise<Answer> {
  const credentials = { email: "nobody@example.test", password: "wrong password" };
  return post("/api/auth/login", credentials, { headers: { "CF-Connecting-IP": ip } });
}
const refusedOf = (answers: Answer[]) => answers.filter(({ body }) => body.code === "rate_limited").length;

/** KV as shared with another isolate: `fault` runs before the real one. */
function wrapKv(fault: Partial<Record<"get" | "put", (...input: any[]) => unknown>>): void {
  bindings["KV"] = {
    get: (...input: [never]) => (fault.get ? fault.get(...input) : KV.get(...input)),
    put: (...input: [never, never]) => (fault.put ? fault.put(...input) : KV.put(...input)),
  };
}

describe("the limits of a client", () => {
  it("are in the headers of every answer, counted down, and end in 429 with Retry-After", async () => {
    const answers: Answer[] = [];
    for (let i = 0; i < 11; i++) answers.push(await logIn("192.0.2.10"));
    const [first] = answers;
    expect(first!.headers.get("RateLimit-Policy")).toBe('"login";q=10;w=60, "login-hourly";q=100;w=3600');
    expect(first!.headers.get("RateLimit")).toMatch(/^"login";r=9;t=\d+, "login-hourly";r=99;t=\d+$/);
    expect(answers[9]!.headers.get("RateLimit")).toMatch(/^"login";r=0;t=\d+, "login-hourly";r=90;t=\d+$/);
    const refused = answers[10]!;
    expect(refused.body).toMatchObject({ status: 429, code: "rate_limited" });
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("Retry-After"))).toBeLessThanOrEqual(60);
    expect(refused.headers.get("RateLimit")).toMatch(/^"login";r=0;t=\d+$/);
  });

  it("apply before any database query", async () => {
    for (let i = 0; i < 10; i++) await ask("192.0.2.11");
    expect(await database.tripsOf(() => ask("192.0.2.11"))).toBe(0);
  });

  it("hold however many requests come at once", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask("192.0.2.12")));
    expect(refusedOf(answers)).toBe(30);
  });

  it("are separate for other clients and other classes", async () => {
    for (let i = 0; i < 10; i++) await ask("192.0.2.13");
    expect(refusedOf([await ask("192.0.2.14")])).toBe(0);
    expect((await get("/health", { headers: { "CF-Connecting-IP": "192.0.2.13" } })).status).toBe(200);
  });

  it("count the /64 of an IPv6 address: 1,000 addresses in one are one client", async () => {
    bindings["RATE_LIMIT_SCALE"] = "0.1";
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        request("GET", "/health", { headers: { "CF-Connecting-IP": `2001:db8:0:1:${i.toString(16)}::${i + 1}` } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(30);
    const other = await get("/health", { headers: { "CF-Connecting-IP": "2001:db8:0:2::1" } });
    expect(other.status).toBe(200);
  });

  it("recognise an IPv4 address written as IPv6, and an IPv6 address in any spelling", async () => {
    for (let i = 0; i < 10; i++) await ask("192.0.2.15");
    for (const same of ["::ffff:192.0.2.15", "::FFFF:c000:20f", "0:0:0:0:0:ffff:c000:020f"]) {
      expect(refusedOf([await ask(same)]), same).toBe(1);
    }
    for (let i = 0; i < 10; i++) await ask("2001:db8::1");
    for (const same of ["2001:0db8:0000:0000:ffff:ffff:ffff:ffff", "2001:DB8::2"]) {
      expect(refusedOf([await ask(same)]), same).toBe(1);
    }
  });

  it("count requests without an address as one client, and ignore headers that any caller can set", async () => {
    const spoofed = (i: number) => ({
      "X-Forwarded-For": `198.51.100.${i}`,
      "X-Real-IP": `198.51.100.${i}`,
      "True-Client-IP": `198.51.100.${i}`,
      Forwarded: `for=198.51.100.${i}`,
    });
    const unnamed: Answer[] = [];
    for (let i = 0; i < 12; i++) unnamed.push(await ask(i % 2 ? null : "no address", spoofed(i)));
    expect(refusedOf(unnamed)).toBe(2);
    const named: Answer[] = [];
    for (let i = 0; i < 12; i++) named.push(await ask("192.0.2.16", spoofed(i)));
    expect(refusedOf(named)).toBe(2);
  });

  it("scale with RATE_LIMIT_SCALE", async () => {
    bindings["RATE_LIMIT_SCALE"] = "2";
    const answers = await Promise.all(Array.from({ length: 25 }, () => ask("192.0.2.17")));
    expect(refusedOf(answers)).toBe(5);
    expect(answers[0]!.headers.get("RateLimit-Policy")).toBe('"link";q=20;w=60, "link-hourly";q=120;w=3600');
  });
});

describe("the limits of an hour", () => {
  /** So that the hour's limit is reached before the minute's. */
  const unlimitedBurst = () => (bindings["LIMIT_10"] = { limit: async () => ({ success: true }) });

  it("hold across minutes", async () => {
    unlimitedBurst();
    const answers = await Promise.all(Array.from({ length: 80 }, () => ask("192.0.2.20")));
    expect(refusedOf(answers)).toBe(20);
    const refused = answers.find(({ body }) => body.code === "rate_limited")!;
    expect(refused.headers.get("RateLimit")).toMatch(/"link-hourly";r=0;t=\d+$/);
  });

  it("count the previous hour by the part of it that is still in the window", async () => {
    unlimitedBurst();
    const puts: [string, string][] = [];
    wrapKv({ put: async (key: string, value: string) => puts.push([key, value]) });
    await ask("192.0.2.21");
    const [key] = puts[0]!;
    const index = Number(key.split(":").at(-1));
    await KV.put(key.replace(/\d+$/, String(index - 1)), "1000000");
    expect(refusedOf([await ask("192.0.2.21")])).toBe(1);
    expect(key).not.toContain("192.0.2.21");
  });

  it("limit a client even if KV answers with data a minute old", async () => {
    unlimitedBurst();
    wrapKv({ get: async (keys: string[]) => new Map(keys.map((key) => [key, null])) });
    const answers = await Promise.all(Array.from({ length: 70 }, () => ask("192.0.2.22")));
    expect(refusedOf(answers)).toBe(10);
  });

  it("include the counts of other isolates as soon as KV shows them", async () => {
    unlimitedBurst();
    let seen: number | null = null;
    wrapKv({ get: async (keys: string[]) => new Map(keys.map((key, i) => [key, i === 0 ? seen : null])) });
    expect(refusedOf([await ask("192.0.2.23")])).toBe(0);
    seen = 60;
    expect(refusedOf([await ask("192.0.2.23")])).toBe(1);
  });

  it("count a write that KV refuses as over the limit", async () => {
    unlimitedBurst();
    wrapKv({ put: () => Promise.reject(new Error("KV PUT failed: 429 Too Many Requests")) });
    const refused = await ask("192.0.2.24");
    expect(refused.body).toMatchObject({ status: 429, code: "rate_limited" });
    expect(refused.headers.get("Retry-After")).toBe("1");
  });
});

describe("a limiter that fails", () => {
  const broken = () => Promise.reject(new Error("KV GET failed: 500 Internal Server Error"));
  const hanging = () => new Promise(() => {});

  for (const [fault, act] of Object.entries({ fails: broken, hangs: hanging })) {
    it(`closes the credential routes when the store ${fault}, without a database query`, async () => {
      wrapKv({ get: act, put: act });
      let answered: Answer;
      const trips = await database.tripsOf(async () => {
        answered = await ask("192.0.2.30");
      });
      expect(answered!.body).toMatchObject({ status: 503, code: "service_unavailable" });
      expect(answered!.headers.get("Retry-After")).toBe("5");
      expect(trips).toBe(0);
    });

    it(`closes the credential routes, and no others, when the binding ${fault}`, async () => {
      bindings["LIMIT_10"] = { limit: act };
      bindings["LIMIT_300"] = { limit: act };
      expect((await ask("192.0.2.31")).status).toBe(503);
      expect((await get("/health")).status).toBe(200);
    });
  }

  it("lets sessions work while KV is away", async () => {
    bindings["RATE_LIMIT_SCALE"] = "1000000";
    const member = await registerMember();
    bindings["RATE_LIMIT_SCALE"] = "1";
    wrapKv({ get: broken, put: broken });
    expect((await get("/api/users/me", { token: member.token })).status).toBe(200);
    expect((await post("/api/auth/refresh", { refreshToken: member.refreshToken })).status).toBe(200);
  });
});

describe("the mail limit of an address", () => {
  const outcome = (email: string) => {
    const platform = createPlatform(env, { waitUntil: () => {} }, SYSTEM_CLIENT);
    return hasRoom(platform, "mail", email).catch((error: { code: string }) => error.code);
  };

  it("is one request a minute, from any client", async () => {
    expect(await outcome("ada@example.test")).toBe(true);
    expect(await outcome("ada@example.test")).toBe(false);
    expect(await outcome("grace@example.test")).toBe(true);
  });

  it.each(["forgot-password", "verify-email/resend"])(
    "is used up on %s without a word, for a known and an unknown address alike",
    async (path) => {
      bindings["RATE_LIMIT_SCALE"] = "1000000";
      const known = await registerMember();
      bindings["RATE_LIMIT_SCALE"] = "1";
      for (const email of [known.email, `unknown-${path.length}@example.test`]) {
        const sent: unknown[] = [];
        const JOBS = { send: async (message: unknown) => void sent.push(message) } as never;
        const options = {
          headers: { "CF-Connecting-IP": `203.0.113.${email.length + path.length}` },
          vars: { JOBS, RATE_LIMIT_SCALE: "1" },
        };
        const first = await post(`/api/auth/${path}`, { email }, options);
        const again = await post(`/api/auth/${path}`, { email: email.toUpperCase() }, options);
        expect([first.status, again.status, again.text]).toEqual([202, 202, first.text]);
        expect(sent).toHaveLength(1);
      }
    },
  );

  it("is ten an hour, and no address is stored", async () => {
    const keys: string[] = [];
    wrapKv({
      get: async (key: string | string[]) => (Array.isArray(key) ? KV.get(key, "json") : null),
      put: async (key: string, value: string, options: object) => {
        keys.push(key);
        await KV.put(key, value, options);
      },
    });
    const outcomes: unknown[] = [];
    for (let i = 0; i < 11; i++) outcomes.push(await outcome("hourly@example.test"));
    expect(outcomes).toEqual([...Array(10).fill(true), false]);
    expect(keys.join()).not.toContain("hourly@example.test");
  });

  it("refuses while the store fails", async () => {
    wrapKv({ get: () => Promise.reject(new Error("down")) });
    expect(await outcome("down@example.test")).toBe("service_unavailable");
  });
});
