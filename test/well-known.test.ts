import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { describe, expect, it } from "vitest";
import { AUDIENCE, ISSUER } from "./support/bindings.ts";
import { database, get, registerMember } from "./support/service.ts";

describe("GET /.well-known/oauth-authorization-server", () => {
  it("says who issues and where the keys are, and names no endpoint that does not speak OAuth", async () => {
    const { status, body, headers } = await get("/.well-known/oauth-authorization-server");
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("public, max-age=600");
    expect(body).toEqual({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: [],
    });
  });
});

describe("GET /.well-known/jwks.json", () => {
  it("has the public halves alone, and a library verifies our tokens with them", async () => {
    const { token } = await registerMember();
    const { body, headers } = await get("/.well-known/jwks.json");
    expect(headers.get("Cache-Control")).toBe("public, max-age=600");
    expect(Object.keys(body)).toEqual(["keys"]);
    for (const key of body.keys) expect(Object.keys(key).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
    const keys = createLocalJWKSet(body as JSONWebKeySet);
    const options = { issuer: ISSUER, audience: AUDIENCE, typ: "at+jwt", algorithms: ["EdDSA"] };
    expect((await jwtVerify(token, keys, options)).payload.sub).toMatch(/^\d+$/);
  });

  it("takes no trip", async () => {
    expect(await database.tripsOf(() => get("/.well-known/jwks.json"))).toBe(0);
  });
});
