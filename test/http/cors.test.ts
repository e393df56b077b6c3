import { describe, expect, it } from "vitest";
import { ALLOWED_ORIGIN } from "../support/bindings.ts";
import { get, post, registerMember, request } from "../support/service.ts";
import { logged } from "../support/stores.ts";

const fromOrigin = (origin: string) => get("/health", { headers: { Origin: origin } });

const preflight = (origin: string, path = "/api/auth/profile", headers: Record<string, string> = {}) =>
  request("OPTIONS", path, {
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": "PUT",
      "Access-Control-Request-Headers": "authorization,content-type",
      ...headers,
    },
  });

const FOREIGN = [
  "https://evil.example",
  "null",
  "*",
  "",
  `${ALLOWED_ORIGIN}.evil.example`,
  `${ALLOWED_ORIGIN}evil.example`,
  ALLOWED_ORIGIN.replace("https:", "http:"),
  `${ALLOWED_ORIGIN}:443`,
  `${ALLOWED_ORIGIN}/`,
  ALLOWED_ORIGIN.toUpperCase(),
  "https://example.test",
  "https://x.app.example.test",
  "https://evil.example/?app.example.test",
  `https://evil.example,${ALLOWED_ORIGIN}`,
];

describe("CORS", () => {
  it("echoes exactly the allowed origin, with credentials and Vary: Origin", async () => {
    const { token } = await registerMember();
    for (const answer of [
      await fromOrigin(ALLOWED_ORIGIN),
      await get("/api/auth/profile", { token, headers: { Origin: ALLOWED_ORIGIN } }),
      await get("/api/auth/profile", { headers: { Origin: ALLOWED_ORIGIN } }),
      await get("/nowhere", { headers: { Origin: ALLOWED_ORIGIN } }),
      await get("/api/auth/login", { headers: { Origin: ALLOWED_ORIGIN } }),
      await post("/api/auth/login", {}, { headers: { Origin: ALLOWED_ORIGIN } }),
      await request("POST", "/api/auth/login", {
        headers: { Origin: ALLOWED_ORIGIN, "Content-Type": "application/json" },
        rawBody: "x".repeat(70_000),
      }),
    ]) {
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(ALLOWED_ORIGIN);
      expect(answer.headers.get("Access-Control-Allow-Credentials")).toBe("true");
      expect(answer.headers.get("Vary")).toMatch(/\bOrigin\b/i);
      expect(
        answer.headers
          .get("Access-Control-Expose-Headers")
          ?.split(",")
          .map((name) => name.trim()),
      ).toEqual(expect.arrayContaining(["X-Request-Id", "Retry-After"]));
    }
  });

  it.each(FOREIGN)("grants nothing to %j", async (origin) => {
    const [answer, asked] = [await fromOrigin(origin), await preflight(origin)];
    for (const { headers } of [answer, asked]) {
      expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
    }
  });

  it("names an origin that is missing in the log, in development only", async () => {
    const named = async (origin: string, ISSUER: string) => {
      const { body, headers } = await get("/nowhere", { headers: { Origin: origin }, vars: { ISSUER } });
      expect(body.code).toBe("not_found");
      const own = logged.filter((line) => line.includes(headers.get("X-Request-Id")!));
      return own.some((line) => line.includes('"origin_not_allowed"') && line.includes(`"origin":"${origin}"`));
    };
    const [development, production] = ["http://localhost:3001", "https://auth.example.com"];
    expect(await named("http://localhost:5173", development)).toBe(true);
    expect(await named("http://localhost:5173", production)).toBe(false);
    for (const origin of [ALLOWED_ORIGIN, development]) expect(await named(origin, development)).toBe(false);
  });

  it("sends Vary: Origin to foreign origins too, so that no cache serves them another's answer", async () => {
    for (const origin of ["https://evil.example", ALLOWED_ORIGIN]) {
      expect((await fromOrigin(origin)).headers.get("Vary"), JSON.stringify(origin)).toMatch(/\bOrigin\b/i);
      expect(
        (await get("/.well-known/jwks.json", { headers: { Origin: origin } })).headers.get("Vary"),
        JSON.stringify(origin),
      ).toMatch(/\bOrigin\b/i);
    }
    expect((await get("/.well-known/jwks.json")).headers.get("Vary")).toMatch(/\bOrigin\b/i);
  });

  it("answers the preflight of an allowed origin without reading a session", async () => {
    for (const path of ["/api/auth/profile", "/api/auth/login", "/api/users/me"]) {
      const { status, text, headers } = await preflight(ALLOWED_ORIGIN, path);
      expect([status, text], path).toEqual([204, ""]);
      expect(headers.get("Access-Control-Allow-Origin"), path).toBe(ALLOWED_ORIGIN);
      expect(headers.get("Access-Control-Allow-Credentials"), path).toBe("true");
      expect(headers.get("Access-Control-Allow-Methods")?.split(",").toSorted(), path).toEqual([
        "DELETE",
        "GET",
        "PATCH",
        "POST",
        "PUT",
      ]);
      expect(headers.get("Access-Control-Allow-Headers")?.toLowerCase().split(","), path).toEqual(
        expect.arrayContaining(["authorization", "content-type"]),
      );
      expect(headers.get("Access-Control-Max-Age"), path).toBe("600");
      expect(headers.get("X-Content-Type-Options"), path).toBe("nosniff");
    }
  });

  it("never combines the wildcard with credentials", async () => {
    for (const origin of [...FOREIGN, ALLOWED_ORIGIN]) {
      expect((await fromOrigin(origin)).headers.get("Access-Control-Allow-Origin")).not.toBe("*");
    }
  });
});
