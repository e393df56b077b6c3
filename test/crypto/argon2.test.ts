import { afterEach, describe, expect, it, vi } from "vitest";
import { argon2d, argon2i, argon2id } from "@noble/hashes/argon2.js";
import { computeArgon2Tag, type Argon2Type, type Argon2Version } from "../../src/crypto/argon2.ts";

const ORACLES = { argon2d, argon2i, argon2id };
const SALT = new TextEncoder().encode("sixteen byte slt");
const SMALL = {
  salt: SALT,
  memoryKib: 64,
  timeCost: 2,
  parallelism: 1,
  tagBytes: 32,
  type: "argon2id",
  version: 19,
} as const;
const PASSWORDS = [
  "",
  "ascii",
  "é",
  "e\u0301",
  "ééééa",
  "ééééb",
  "🔐🔐🔐🔐1",
  "🔐🔐🔐🔐2",
  "\0",
  "nul\0a",
  "nul\0b",
  "x".repeat(128),
  "é".repeat(128),
  "🔐".repeat(128),
  "日本語のパスワード",
];

function computeHex(input: Parameters<typeof computeArgon2Tag>[0]): string {
  return Buffer.from(computeArgon2Tag(input)).toString("hex");
}

describe("the oracle", () => {
  it("gives RFC 9106's own vector (§5.3)", () => {
    const key = new Uint8Array(8).fill(3);
    const personalization = new Uint8Array(12).fill(4);
    const options = { m: 32, t: 3, p: 4, dkLen: 32, key, personalization };
    const tag = argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), options);
    expect(Buffer.from(tag).toString("hex")).toBe("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  });
});

describe("computeArgon2Tag", () => {
  it.each(PASSWORDS)("equals @noble/hashes for %j", (password) => {
    const expected = argon2id(password, SALT, { m: 64, t: 2, p: 1, dkLen: 32 });
    expect(computeHex({ ...SMALL, password })).toBe(Buffer.from(expected).toString("hex"));
  });

  it("gives every password in the list a tag of its own", () => {
    expect(new Set(PASSWORDS.map((password) => computeHex({ ...SMALL, password }))).size).toBe(PASSWORDS.length);
  });

  it.each<[Argon2Type, Argon2Version, number, number, number]>([
    ["argon2d", 19, 8, 1, 1],
    ["argon2d", 16, 64, 2, 1],
    ["argon2i", 16, 64, 3, 2],
    ["argon2id", 19, 100, 4, 4],
  ])("equals @noble/hashes for %s version %i with m=%i, t=%i, p=%i", (type, version, m, t, p) => {
    const expected = ORACLES[type]("pâsswörd", SALT, { m, t, p, dkLen: 24, version });
    const parameters = { memoryKib: m, timeCost: t, parallelism: p, tagBytes: 24, salt: SALT, type, version };
    expect(computeHex({ ...parameters, password: "pâsswörd" })).toBe(Buffer.from(expected).toString("hex"));
  });
});

describe("the wasm instance", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  /** Any failure drops the current instance, so that the next call creates one that the test can inspect. */
  function dropInstance(): void {
    const input = { ...SMALL, password: "x", salt: new Uint8Array(1) };
    expect(() => computeArgon2Tag(input)).toThrow("argon2: Salt is too short");
  }

  function watchInstances(): WebAssembly.Memory[] {
    const memories: WebAssembly.Memory[] = [];
    class Watched extends WebAssembly.Instance {
      constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
        super(module, imports);
        memories.push(this.exports["memory"] as WebAssembly.Memory);
      }
    }
    vi.stubGlobal("WebAssembly", { Instance: Watched });
    return memories;
  }

  it("is created once, and again after a failure", () => {
    dropInstance();
    const memories = watchInstances();
    const tag = computeHex({ ...SMALL, password: "x" });
    expect(computeHex({ ...SMALL, password: "x" })).toBe(tag);
    expect(memories).toHaveLength(1);
    dropInstance();
    expect(computeHex({ ...SMALL, password: "x" })).toBe(tag);
    expect(memories).toHaveLength(2);
  });

  it("keeps no password and no tag in its memory", () => {
    dropInstance();
    const memories = watchInstances();
    const passwords = ["a password to look for 🔐", "a password", "another password, longer than the first of them"];
    const tags = passwords.map((password) => computeArgon2Tag({ ...SMALL, password }));
    const memory = Buffer.from(memories[0]!.buffer);
    for (const password of passwords) expect(memory.includes(password), password).toBe(false);
    for (const tag of tags) expect(memory.includes(tag)).toBe(false);
  });

  it("is dropped after a hash that made it large", () => {
    dropInstance();
    const memories = watchInstances();
    const large = { ...SMALL, password: "x", memoryKib: 65_536, timeCost: 1 };
    const tag = computeHex(large);
    computeArgon2Tag({ ...SMALL, password: "x" });
    expect(memories).toHaveLength(2);
    expect(memories[1]!.buffer.byteLength).toBeLessThan(20 * 1024 * 1024);
    expect(computeHex(large)).toBe(tag);
  });

  it("frees everything that it reserves", () => {
    dropInstance();
    const memories = watchInstances();
    const password = "x".repeat(200_000);
    for (let run = 0; run < 150; run++) computeArgon2Tag({ ...SMALL, password, memoryKib: 8, timeCost: 1 });
    computeArgon2Tag({ ...SMALL, password, memoryKib: 19_456, timeCost: 1 });
    expect(memories).toHaveLength(1);
    expect(memories[0]!.buffer.byteLength).toBeLessThan(40 * 1024 * 1024);
  });
});
