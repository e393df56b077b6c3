import { exports } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createLocalVerifier, createVerifier } from "../../src/verifier/client/index.ts";
import type { TokenVerifierBinding, VerifierKeySet } from "../../src/verifier/contract.ts";
import { registerMember } from "../support/service.ts";

const service = (exports as unknown as { TokenVerifier: TokenVerifierBinding }).TokenVerifier;

/** A binding to the real service whose connection a test can break; a new one each time, so that nothing is cached. */
let isAway = false;
let publishes: (keySet: VerifierKeySet) => VerifierKeySet = (keySet) => keySet;
let asked = 0;
function bind(): TokenVerifierBinding {
  const throughIfPossible = <Input extends unknown[], Answer>(ask: (...input: Input) => Promise<Answer>) =>
    async function travel(...input: Input): Promise<Answer> {
      asked++;
      if (isAway) throw new Error("Network connection lost.");
      return ask(...input);
    };
  return {
    verify: throughIfPossible((token, options) => service.verify(token, options)),
    introspect: throughIfPossible((token, options) => service.introspect(token, options)),
    revocation: throughIfPossible((token) => service.revocation(token)),
    jwks: throughIfPossible(async () => publishes((await service.jwks()) as VerifierKeySet)),
  };
}

beforeEach(() => {
  isAway = false;
  publishes = (keySet) => keySet;
  asked = 0;
});

describe("createLocalVerifier", () => {
  it("answers all of many requests that arrive before the first key set", async () => {
    const { token } = await registerMember();
    const binding = bind();
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => createLocalVerifier(binding).verify(token)));
    expect(verdicts.every((verdict) => verdict.ok)).toBe(true);
  });

  it("accepts a rotated key once it may ask again, and drops one that is no longer published", async () => {
    const { token } = await registerMember();
    let clock = Date.now();
    const verifier = createLocalVerifier(bind(), { now: () => clock });
    publishes = (keySet) => ({ ...keySet, keys: [{ ...keySet.keys[0]!, kid: "older" }] });
    expect(await verifier.verify(token)).toMatchObject({ code: "token_invalid" });
    publishes = (keySet) => keySet;
    clock += 10_001;
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    publishes = (keySet) => ({ ...keySet, keys: [] });
    clock += 550_000;
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    clock += 50_001;
    const { token: fresh } = await registerMember();
    expect(await verifier.verify(fresh)).toMatchObject({ code: "token_invalid" });
  });

  it("continues with its keys while the service is away, and answers 503 when it has none", async () => {
    const { token } = await registerMember();
    let clock = Date.now();
    const binding = bind();
    const verifier = createLocalVerifier(binding, { now: () => clock });
    isAway = true;
    expect(await verifier.verify(token)).toMatchObject({ code: "service_unavailable", status: 503 });
    isAway = false;
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    isAway = true;
    clock += 6_000;
    expect(await verifier.verify(token)).toMatchObject({ ok: true });
    expect(await verifier.verify(token, { ifUnknown: "refuse" })).toMatchObject({ code: "service_unavailable" });
    expect(await verifier.verify(token, { strict: true })).toMatchObject({ code: "service_unavailable" });
  });

  it("asks an unavailable service about revocation once a second", async () => {
    const { token } = await registerMember();
    const clock = Date.now();
    const verifier = createLocalVerifier(bind(), { now: () => clock });
    await verifier.verify("a.b.c");
    isAway = true;
    asked = 0;
    for (let i = 0; i < 10; i++) await verifier.verify(token);
    expect(asked).toBe(1);
  });

  it("answers junk of any type, and never throws", async () => {
    const verifier = createLocalVerifier(bind());
    for (const junk of [undefined, null, 1, {}, [], "", "..", "x".repeat(1e5)]) {
      expect([junk, await verifier.verify(junk as string)]).toMatchObject([
        junk,
        { code: "token_malformed", status: 401 },
      ]);
    }
  });
});

describe("A binding that fails", () => {
  it.each([
    ["createVerifier", createVerifier],
    ["createLocalVerifier", createLocalVerifier],
  ])("is named in the log by %s: once, and again after it has worked", async (_, create) => {
    const { token } = await registerMember();
    const said = vi.spyOn(console, "error");
    const verifier = create(bind());
    const outage = async () => {
      isAway = true;
      for (let i = 0; i < 3; i++) await verifier.verify(token, { strict: true });
      isAway = false;
      await verifier.verify(token, { strict: true });
    };
    await outage();
    expect(said.mock.calls).toEqual([[expect.stringContaining("Network connection lost.")]]);
    await outage();
    expect(said).toHaveBeenCalledTimes(2);
    said.mockRestore();
  });
});

describe("createVerifier", () => {
  it("answers 503 when the service is away", async () => {
    const verifier = createVerifier(bind());
    isAway = true;
    expect(await verifier.verify("a.b.c")).toMatchObject({ code: "service_unavailable", status: 503 });
  });

  it("reads a Bearer token and nothing else", async () => {
    const { token } = await registerMember();
    const verifier = createVerifier(bind());
    const ask = (headers: Record<string, string>, url = "https://consumer.example/") =>
      verifier.authenticate(new Request(url, { headers }));
    expect(await ask({ Authorization: `bearer  ${token}` })).toMatchObject({ ok: true });
    for (const headers of [
      {},
      { Authorization: token },
      { Authorization: `Basic ${token}` },
      { Cookie: `token=${token}` },
    ]) {
      expect(await ask(headers as Record<string, string>), JSON.stringify(headers)).toEqual({
        ok: false,
        code: "token_missing",
        status: 401,
      });
    }
    expect(await ask({}, `https://consumer.example/?access_token=${token}`)).toMatchObject({ code: "token_missing" });
  });
});
