import { describe, expect, it } from "vitest";
import { expectProblem } from "../support/contract.ts";
import { database, get, PASSWORD, post, put, registerMember } from "../support/service.ts";

const register = (fields: Record<string, unknown>) =>
  post("/api/auth/register", {
    prenom: "Ada",
    nom: "Lovelace",
    email: "fields@example.test",
    password: PASSWORD,
    ...fields,
  });

const WRONG_TYPES = { array: ["x"], object: { $gt: "" }, number: 7, boolean: true, null: null };

let addresses = 0;
const freshAddress = () => `champ-${++addresses}@example.test`;

describe("prenom and nom", () => {
  it.each([
    ["a NUL", "Ada\u0000"],
    ["a line break", "Ada\r\nBcc: everyone@example.test"],
    ["an escape", "\u001b[2JAda"],
    ["a C1 control", "Ada\u0085"],
    ["a line separator", "Ada\u2028Lovelace"],
    ["nothing but zero width", "\u200b\u2060\u200d"],
    ["nothing but blank letters", "\u3164\u115f\u2800"],
    ["nothing but soft hyphens and marks", "\u00ad\u0301"],
    ["a text direction override", "Ada \u202Enimda"],
    ["an isolate of text direction", "Ada \u2067nimda\u2069"],
  ])("are refused with %s", async (_, name) => {
    for (const field of ["prenom", "nom"]) {
      const answer = await register({ [field]: name });
      expectProblem(answer, "validation_failed", [{ pointer: `#/${field}`, detail: "Caractères interdits" }]);
    }
  });

  it("are refused with half a surrogate pair", async () => {
    for (const half of ['"\\ud83d"', '"Ada\\udc00"']) {
      const rawBody = JSON.stringify({ nom: "L", email: "half@example.test", password: PASSWORD }).replace(
        "{",
        `{"prenom":${half},`,
      );
      const answer = await post("/api/auth/register", undefined, {
        rawBody,
        headers: { "Content-Type": "application/json" },
      });
      expectProblem(answer, "validation_failed", [{ pointer: "#/prenom", detail: "Caractères interdits" }]);
    }
  });

  it("have 1 to 100 characters once trimmed", async () => {
    const tooShort = { pointer: "#/nom", detail: "Trop court ou trop petit (minimum 1)" };
    const tooLong = { pointer: "#/nom", detail: "Trop long ou trop grand (maximum 100)" };
    expectProblem(await register({ nom: "" }), "validation_failed", [tooShort]);
    expectProblem(await register({ nom: " \t\u00a0\n" }), "validation_failed", [tooShort]);
    expectProblem(await register({ nom: "é".repeat(101) }), "validation_failed", [tooLong]);
    const longest = await registerMember({ nom: ` ${"é".repeat(100)} `, prenom: "  Zoe\u0301  " });
    expect(longest.user).toMatchObject({ nom: "é".repeat(100), prenom: "Zoé" });
  });

  it("keep what people are called: apostrophes, markup, quotes and SQL are plain text", async () => {
    for (const nom of ["O'Brien", "'); drop table users; --", "<b>Nom</b>", "$1", "{{7*7}}", "李", "د\u200cر", "👩‍👩‍👧"]) {
      const member = await registerMember({ nom });
      expect((await get("/api/auth/profile", { token: member.token })).body.user.nom, nom).toBe(nom);
    }
  });
});

describe("email", () => {
  it.each([
    ["case", "JEAN.Case@EXAMPLE.Test", "jean.case@example.test"],
    ["spaces around it", "\t jean.space@example.test \r\n", "jean.space@example.test"],
    ["full-width letters", "ｊｅａｎ.wide＠ｅｘａｍｐｌｅ.test", "jean.wide@example.test"],
    ["a letter that becomes a capital only when normalised", "ℂlaire@example.test", "claire@example.test"],
    ["an international domain", "jean@Bücher.example", "jean@xn--bcher-kva.example"],
    ["an international domain, encoded", "jean2@XN--BCHER-KVA.example", "jean2@xn--bcher-kva.example"],
    ["an ideographic full stop", "jean3@例え。example", "jean3@xn--r8jz45g.example"],
    ["a tag and the other permitted characters", "a.b+c_d-e'f@example.test", "a.b+c_d-e'f@example.test"],
  ])("is made canonical: %s", async (_, given, canonical) => {
    const { status, body } = await register({ email: given });
    expect([status, body.user?.email]).toEqual([201, canonical]);
    const login = await post("/api/auth/login", { email: canonical, password: PASSWORD });
    expect(login.body.user.id).toBe(body.user.id);
    expect((await post("/api/auth/login", { email: given, password: PASSWORD })).body.user.id).toBe(body.user.id);
  });

  it.each([
    "",
    " ",
    "plain",
    "@example.test",
    "jean@",
    "a@b",
    "jean@localhost",
    "jean@example.test.",
    "jean@.example.test",
    "jean@example..test",
    "jean@-example.test",
    "jean@example-.test",
    "jean@exa_mple.test",
    "jean@127.0.0.1",
    "jean@0x7f.1",
    "jean@2130706433",
    "jean@[127.0.0.1]",
    "jean@[IPv6:::1]",
    "jean@example.test:8080",
    "jean@example.test/path",
    "jean@example.test?x=1",
    "jean@example.test#x",
    "jean@user:pass@example.test",
    "jean@exa%6dple.test",
    ".jean@example.test",
    "jean.@example.test",
    "je..an@example.test",
    '"jean paul"@example.test',
    '"jean"@example.test',
    "jean paul@example.test",
    "Jean <jean@example.test>",
    "<jean@example.test>",
    "jean@example.test (Jean)",
    "jean@example.test,paul@example.test",
    "jean@example.test;paul@example.test",
    "jean@example.test paul@example.test",
    "jean@example.test\r\nBcc: paul@example.test",
    "jean\r\n@example.test",
    "jean\u0000@example.test",
    "jean@example\u0000.test",
    "jean\u200b@example.test",
    "jean@evil.test\u0000@example.test",
    "mailto:jean@example.test",
    `${"a".repeat(65)}@example.test`,
    `${"a".repeat(64)}@${`${"b".repeat(60)}.`.repeat(3)}${"c".repeat(10)}.test`,
    `jean@${"b".repeat(64)}.test`,
  ])("is refused: %j", async (email) => {
    const answer = await register({ email });
    expectProblem(answer, "validation_failed", [{ pointer: "#/email", detail: "Adresse email invalide" }]);
    const login = await post("/api/auth/login", { email, password: PASSWORD });
    expectProblem(login, "validation_failed", [{ pointer: "#/email", detail: "Adresse email invalide" }]);
  });

  it("has at most 254 characters, counted in canonical form", async () => {
    const local = "a".repeat(64);
    const domain = (length: number) => `${`${"b".repeat(60)}.`.repeat(3)}${"c".repeat(length - 3 * 61 - 5)}.test`;
    expect((await register({ email: `${local}@${domain(189)}` })).status).toBe(201);
    expect((await register({ email: `${local}@${domain(190)}` })).status).toBe(422);
    expect((await register({ email: `${"x".repeat(2_000)}@example.test` })).status).toBe(422);
    // Full-width letters shrink, and an international domain grows.
    expect((await register({ email: `${"ａ".repeat(63)}b@${domain(189)}` })).status).toBe(201);
    expect((await register({ email: `jean@${"é".repeat(63)}.test` })).status).toBe(422);
  });
});

describe("password", () => {
  // Different enough from each other and from known passwords.
  const base = "zQ4v!Kd8 éÅßw漢字🔑-Tu7_Gx2#Lm9@Rb5$Hn3%Yf6^Jc1&Pw0*";
  const characters = (length: number) => [...base.repeat(3)].slice(0, length).join("");

  it.each([
    [7, "#/password", "Le mot de passe doit contenir au moins 8 caractères"],
    [129, "#/password", "Le mot de passe doit contenir au plus 128 caractères"],
  ])("of %i characters is refused, counted by code points after normalisation", async (length, pointer, detail) => {
    expectProblem(await register({ password: characters(length) }), "validation_failed", [{ pointer, detail }]);
    expectProblem(await register({ password: "🔐".repeat(length) }), "validation_failed", [{ pointer, detail }]);
    // Two code points each until composed.
    expectProblem(await register({ password: "e\u0301".repeat(length) }), "validation_failed", [{ pointer, detail }]);
  });

  it("of 8 and of 128 characters is accepted, and no other password opens the account", async () => {
    for (const password of [
      characters(8),
      characters(128),
      "🐎🔋📎🧷🪡🧵🪢🧶",
      ` ${characters(6)} `,
      "e\u0301ZQ4v!Kd8".repeat(12),
    ]) {
      const email = freshAddress();
      expect((await register({ email, password })).status, `${password.length} units`).toBe(201);
      expect((await post("/api/auth/login", { email, password })).status, `${password.length} units`).toBe(200);
      const points = [...password];
      const others = [
        points.slice(0, -1).join(""),
        points.slice(1).join(""),
        `${password}\u0000`,
        `${password} `,
        `${points.slice(0, -1).join("")}x`,
      ];
      for (const other of others) {
        expect([other, (await post("/api/auth/login", { email, password: other })).status]).toEqual([other, 401]);
        await database.query("delete from login_throttles");
      }
    }
  });

  it("matches in another Unicode form", async () => {
    const email = freshAddress();
    await register({ email, password: "Zoe\u0301 ﬁxes Ａngström" });
    expect((await post("/api/auth/login", { email, password: "Zo\u00e9 fixes Angström" })).status).toBe(200);
    expect((await post("/api/auth/login", { email, password: "zo\u00e9 fixes angström" })).status).toBe(401);
  });

  it("is never truncated: the last of 128 characters counts, with one byte or four", async () => {
    const start = characters(127);
    for (const [last, other] of [
      ["a", "b"],
      ["🙂", "🙃"],
    ] as const) {
      const email = freshAddress();
      expect((await register({ email, password: start + last })).status, last).toBe(201);
      expect((await post("/api/auth/login", { email, password: start + other })).status, last).toBe(401);
      expect((await post("/api/auth/login", { email, password: start })).status, last).toBe(401);
      expect((await post("/api/auth/login", { email, password: start + last })).status, last).toBe(200);
    }
  });

  it("may contain any character except half of one", async () => {
    const rawBody = JSON.stringify({ prenom: "A", nom: "L", email: freshAddress() }).replace(
      "{",
      '{"password":"Zq4v!Kd8 \\ud83d",',
    );
    const answer = await post("/api/auth/register", undefined, {
      rawBody,
      headers: { "Content-Type": "application/json" },
    });
    expectProblem(answer, "validation_failed", [{ pointer: "#/password", detail: "Caractères interdits" }]);
    expect((await register({ email: freshAddress(), password: "Zq4v\u0000Kd8\u0007\u200b" })).status).toBe(201);
  });
});

describe("every field", () => {
  it.each(Object.entries(WRONG_TYPES))("is refused as %s, with a pointer", async (_, value) => {
    for (const field of ["prenom", "nom", "email", "password"]) {
      const answer = await register({ [field]: value });
      expectProblem(answer, "validation_failed", [{ pointer: `#/${field}`, detail: "Type invalide" }]);
    }
    for (const field of ["email", "password"]) {
      const answer = await post("/api/auth/login", { email: "a@example.test", password: PASSWORD, [field]: value });
      expectProblem(answer, "validation_failed", [{ pointer: `#/${field}`, detail: "Type invalide" }]);
    }
    expect((await register({ email: freshAddress(), transport: value })).status).toBe(422);
  });

  it("that is missing is named, together with all others", async () => {
    const required = (field: string) => ({ pointer: `#/${field}`, detail: "Champ obligatoire" });
    expectProblem(
      await post("/api/auth/register", {}),
      "validation_failed",
      ["prenom", "nom", "email", "password"].map(required),
    );
    expectProblem(await post("/api/auth/login", {}), "validation_failed", ["email", "password"].map(required));
    const { token } = await registerMember();
    expectProblem(
      await put("/api/auth/change-password", {}, { token }),
      "validation_failed",
      ["currentPassword", "newPassword"].map(required),
    );
    expectProblem(await post("/api/auth/verify-token", {}), "validation_failed", [required("token")]);
  });

  it.each([[[]], ["text"], [null], [7], [true]])("must be in an object: %j is a 422", async (body) => {
    const { token } = await registerMember();
    for (const answer of [
      await post("/api/auth/register", body),
      await post("/api/auth/login", body),
      await post("/api/auth/refresh", body),
      await put("/api/auth/profile", body, { token }),
      await put("/api/auth/change-password", body, { token }),
      await post("/api/auth/verify-token", body),
    ]) {
      expectProblem(answer, "validation_failed", [{ pointer: "#", detail: "Type invalide" }]);
    }
  });

  it("leaves no account behind when refused", async () => {
    expect(await database.query("select 1 from users where email = 'fields@example.test'")).toEqual([]);
  });
});
