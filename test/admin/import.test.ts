import { describe, expect, it } from "vitest";
import { database, post, request, type Answer } from "../support/service.ts";
import { configure, createIssuer, newsIn, signInWith } from "../support/issuer.ts";
import { registerAdmin } from "../support/staff.ts";
import { BCRYPT, importRows, importText, OLD_PASSWORD, row } from "../support/user-import.ts";

const ARGON2 = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$0123456789012345678901234567890123456789010";

describe("POST /api/admin/users/import", () => {
  it("imports bcrypt users, who log in with their old password and have an argon2id hash afterwards", async () => {
    const admin = await registerAdmin();
    for (const [i, hash] of [BCRYPT, BCRYPT.replace("$2b$", "$2y$"), BCRYPT.replace("$2b$", "$2a$")].entries()) {
      const email = `ancien-${i}@example.test`;
      const { status, body } = await importRows([row(email, { passwordHash: hash })], admin.token);
      expect(status).toBe(200);
      expect(body.data).toEqual([{ line: 1, status: "created", id: expect.stringMatching(/^\d+$/) }]);
      expect((await post("/api/auth/login", { email, password: "autre chose" })).status).toBe(401);
      expect((await post("/api/auth/login", { email, password: OLD_PASSWORD })).status).toBe(200);
      expect(
        await database.query(
          "select password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%' as ok from users where email = $1",
          [email],
        ),
      ).toEqual([{ ok: true }]);
      expect((await post("/api/auth/login", { email, password: OLD_PASSWORD })).status).toBe(200);
    }
  });

  it("reports the result of each line", async () => {
    const admin = await registerAdmin();
    const { body } = await importRows(
      [
        row("Un@Example.test"),
        "",
        row("un@example.test", { prenom: "Second" }),
        row(admin.email),
        "{ not json",
        "[]",
        row("not an address"),
        row("deux@example.test", { passwordHash: "$2b$31$abcdefghijklmnopqrstuuGmkXt0kzIXu0V5jQxXHDfOAlvMN8o8K" }),
        row("deux@example.test", { passwordHash: "plain text" }),
        row("deux@example.test", { role: 4242 }),
        row("deux@example.test", { role: 2, passwordHash: ARGON2 }),
      ],
      admin.token,
      { "Accept-Language": "en" },
    );
    expect(body.data).toMatchObject([
      { line: 1, status: "created" },
      { line: 3, status: "exists" },
      { line: 4, status: "exists" },
      { line: 5, status: "invalid" },
      { line: 6, status: "invalid" },
      { line: 7, status: "invalid", errors: [{ pointer: "#/email", detail: "Invalid e-mail address" }] },
      { line: 8, status: "invalid", errors: [{ pointer: "#/passwordHash" }] },
      { line: 9, status: "invalid", errors: [{ pointer: "#/passwordHash" }] },
      { line: 10, status: "invalid", errors: [{ pointer: "#/role", detail: "This role does not exist" }] },
      { line: 11, status: "created" },
    ]);
    expect(await database.query("select prenom from users where email = 'un@example.test'")).toEqual([
      { prenom: "Ida" },
    ]);
    const created = body.data.filter((line: any) => line.status === "created").map((line: any) => Number(line.id));
    expect(
      await database.query("select metadata from audit_logs where action = 'users.imported' order by id desc limit 1"),
    ).toEqual([
      {
        metadata: {
          lines: 10,
          createdIds: expect.toSatisfy((ids: number[]) => ids.toSorted().join() === created.toSorted().join()),
        },
      },
    ]);
  });

  it("refuses a hash whose check costs more than bcrypt with cost 12", async () => {
    const admin = await registerAdmin();
    const bcrypt = (cost: number) => `$2b$${cost}$abcdefghijklmnopqrstuuGmkXt0kzIXu0V5jQxXHDfOAlvMN8o8K`;
    const argon2 = (passes: number) => ARGON2.replace(/m=\d+,t=\d+/, `m=65536,t=${passes}`);
    const scrypt = (lanes: number) => `$scrypt$ln=16,r=8,p=${lanes}${ARGON2.slice(ARGON2.lastIndexOf("$c2"))}`;
    const hashes = [bcrypt(12), bcrypt(13), argon2(5), argon2(6), scrypt(1), scrypt(2)];
    const { body } = await importRows(
      hashes.map((passwordHash, at) => row(`dear-${at}@example.test`, { passwordHash })),
      admin.token,
    );
    expect(body.data.map(({ status }: { status: string }) => status)).toEqual([
      "created",
      "invalid",
      "created",
      "invalid",
      "created",
      "invalid",
    ]);
  });

  it("takes identities instead of a hash or beside it, which then sign in through their provider", async () => {
    const admin = await registerAdmin();
    const idp = await createIssuer("idp");
    configure([{ id: "idp", issuer: idp.issuer, trustEmail: true }]);
    const at = (...subjects: string[]) => subjects.map((subject) => ({ provider: "idp", subject }));
    const only = { passwordHash: undefined };
    const rows = [
      row("lie@example.test", { ...only, isVerified: true, identities: at("one", "two") }),
      row("deux-voies@example.test", { identities: at("three") }),
      row("sans-voie@example.test", only),
      row("autre-service@example.test", { ...only, identities: [...at("four"), { provider: "nobody", subject: "x" }] }),
      row("vide@example.test", { ...only, identities: at("") }),
      row("en-trop@example.test", { ...only, identities: [{ provider: "idp", subject: "y", email: "z" }] }),
      row("pris@example.test", { identities: at("five", "one") }),
      row("deux-fois@example.test", { identities: at("six", "six") }),
      row("lie@example.test", { identities: at("seven") }),
    ];
    let answer!: Answer;
    const inEnglish = { "Accept-Language": "en" };
    expect(await database.tripsOf(async () => (answer = await importRows(rows, admin.token, inEnglish)))).toBe(1);
    expect(answer.status).toBe(200);
    const said = ({ data = [] }: any) =>
      data.map(({ status, errors = [] }: any) => [status, ...errors.flatMap(Object.values)].join(" "));
    const taken = "invalid #/identities This identity belongs to another account";
    expect(said(answer.body)).toEqual([
      "created",
      "created",
      "invalid #/passwordHash Required without an identity",
      "invalid #/identities/1/provider This provider is not configured",
      expect.stringContaining("invalid #/identities/0/subject"),
      expect.stringContaining("invalid #/identities/0"),
      taken,
      taken,
      "exists",
    ]);
    const stored = await database.query("select subject from identities where issuer = $1 order by id", [idp.issuer]);
    expect(stored.map(({ subject }) => subject).toSorted()).toEqual(["one", "three", "two"]);
    expect(await database.query("select id from users where email like 'pris@%' or email like 'deux-fois@%'")).toEqual(
      [],
    );
    for (const sub of ["one", "three"])
      expect(newsIn(await signInWith(idp, { claims: { sub } }))).toEqual({ signed_in: "idp" });

    const taking = { ...only, identities: at("one") };
    const again = [row("lie@example.test", taking), row("b@example.test", taking)];
    for (const [lines, outcomes] of [
      [again, ["exists", taken]],
      // Also where no other line of the file has it.
      [again.slice(1), [taken]],
    ] as const) {
      const { status, body } = await importRows([...lines], admin.token, inEnglish);
      expect([status, ...said(body)]).toEqual([200, ...outcomes]);
    }
    await database.query("update users set deleted_at = now() where email = 'lie@example.test'");
    const third = await importRows(again.slice(1), admin.token);
    expect(said(third.body)).toEqual(["created"]);
  });

  it("takes 1,000 rows in one trip, and no more", async () => {
    const admin = await registerAdmin();
    const rows = Array.from({ length: 1_000 }, (_, i) => row(`lot-${i}@example.test`));
    let answer: Answer | undefined;
    expect(await database.tripsOf(async () => (answer = await importRows(rows, admin.token)))).toBe(1);
    expect(answer!.body.data.every((line: any) => line.status === "created")).toBe(true);
    expect(await importRows([...rows, row("de-trop@example.test")], admin.token)).toMatchObject({ status: 422 });
    expect(await importText("\n\n", admin.token)).toMatchObject({ status: 422 });
  });

  it("takes only NDJSON, up to 1 MiB, which no other route does", async () => {
    const admin = await registerAdmin();
    const asJson = await importText("{}", admin.token, { "Content-Type": "application/json" });
    expect(asJson).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
    expect(asJson.headers.get("Accept")).toBe("application/x-ndjson");
    expect((await importText("x".repeat(1024 * 1024 + 1), admin.token)).status).toBe(413);
    expect((await importText("x".repeat(1024 * 1024), admin.token)).status).toBe(200);
    const elsewhere = { token: admin.token, headers: { "Content-Type": "application/x-ndjson" }, rawBody: "{}" };
    expect((await request("POST", "/api/admin/users", elsewhere)).status).toBe(415);
    const large = { token: admin.token, headers: { "Content-Type": "application/json" }, rawBody: " ".repeat(70_000) };
    expect((await request("POST", "/api/admin/users", large)).status).toBe(413);
  });
});
