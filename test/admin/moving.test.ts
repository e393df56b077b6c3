import { describe, expect, it } from "vitest";
import { convert, SOURCES, type Conversion } from "../../scripts/convert/convert.ts";
import { recordsOf } from "../../scripts/convert/records.ts";
import moving from "../../docs/moving.md?raw";
import auth0 from "../support/exports/auth0.ndjson?raw";
import auth0Hashes from "../support/exports/auth0-hashes.ndjson?raw";
import betterAuth from "../support/exports/better-auth.ndjson?raw";
import firebase from "../support/exports/firebase.json?raw";
import firebaseParameters from "../support/exports/firebase-parameters.txt?raw";
import supabase from "../support/exports/supabase.ndjson?raw";
import { configure, createIssuer, newsIn, signInWith } from "../support/issuer.ts";
import { database, post } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";
import { importText } from "../support/user-import.ts";

/** In pieces that end anywhere. */
async function* inPieces(text: string, size = 100) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function convertText(name: string, users: string, settings: Partial<Conversion> = {}) {
  const [lines, notes]: [string[], string[]] = [[], []];
  const source = SOURCES[name]!;
  const outcome = await convert({
    source,
    users: inPieces(users),
    providers: new Map([[source.known["google"]!, "google"]]),
    unverified: false,
    now: Date.now(),
    write: (line) => lines.push(line),
    note: (row, note) => notes.push(`${row}: ${note}`),
    ...settings,
  });
  return { ...outcome, notes, lines, accounts: lines.map((line) => JSON.parse(line)) };
}

const fromAuth0 = (settings: Partial<Conversion> = {}) =>
  convertText("auth0", auth0, { hashes: inPieces(auth0Hashes), ...settings });

const fromFirebase = (settings: Partial<Conversion> = {}) =>
  convertText("firebase", firebase, { hashes: inPieces(firebaseParameters), ...settings });

describe("accounts of another system, as it exports them", () => {
  it("from Auth0: bcrypt, social and enterprise identities", async () => {
    const providers = new Map([
      ["google-oauth2", "google"],
      ["acme-login", "acme"],
    ]);
    const { notes, accounts } = await fromAuth0({ providers });
    expect(notes).toEqual([
      "4: taken, without the identity at facebook, which --providers does not name",
      "4: taken, with the mailbox alone to sign in by",
      "5: left out: blocked there",
      "6: left out: no address",
      "7: left out: another row has this address, row 1",
    ]);
    const hash = expect.stringMatching(/^\$2b\$10\$/);
    expect(accounts).toEqual([
      {
        email: "ada@example.test",
        prenom: "Ada",
        nom: "Lovelace",
        isVerified: true,
        passwordHash: hash,
        identities: [{ provider: "google", subject: "110248495921238986420" }],
      },
      { email: "euclid@example.test", prenom: "Euclid", nom: "of Alexandria", passwordHash: hash },
      {
        email: "grace@example.test",
        prenom: "Grace",
        nom: "Hopper",
        isVerified: true,
        identities: [{ provider: "acme", subject: "00u1a2b3" }],
      },
      {
        email: "hedy@example.test",
        prenom: "Hedy",
        nom: "Lamarr",
        isVerified: true,
        passwordHash: expect.stringMatching(/^\$argon2id\$/),
      },
    ]);
    const without = await fromAuth0({ hashes: undefined, unverified: true });
    expect(without.notes.slice(0, 3)).toEqual([
      "1: taken, without the password: its hash is not in --hashes",
      "2: taken, without the password: its hash is not in --hashes",
      "2: taken, with the mailbox alone to sign in by",
    ]);
    expect(without.accounts.filter(({ isVerified }) => isVerified)).toEqual([]);
  });

  it("from Firebase: its own scrypt without the project's key, and identities", async () => {
    const { notes, accounts, lines } = await fromFirebase();
    expect(notes).toEqual([
      "2: taken, with the mailbox alone to sign in by",
      "3: left out: no address",
      "4: left out: blocked there",
    ]);
    expect(accounts).toMatchObject([
      {
        email: "user1@example.test",
        prenom: "Test",
        nom: '"User" {1}',
        isVerified: true,
        passwordHash: expect.stringMatching(/^\$firebase-scrypt\$ln=14,r=8,p=1\$42xEC\+ixf3L2lwc\$[^$=]{86}$/),
      },
      { email: "user2@example.test", prenom: "Rosalind", nom: "Franklin" },
    ]);
    expect(lines.join()).not.toMatch(/jxspr8Ki|lSrfV15c/);
    expect((await fromFirebase({ hashes: undefined })).notes[0]).toBe(
      "1: taken, without the password: the project's parameters are not in --hashes",
    );
    const otherKey = inPieces(firebaseParameters.replace("jxspr8Ki", ""));
    expect((await fromFirebase({ hashes: otherKey })).notes[0]).toBe(
      "1: taken, without the password: another key has made its hash",
    );
  });

  it("from Supabase: bcrypt and identities", async () => {
    const { notes, accounts } = await convertText("supabase", supabase);
    expect(notes).toEqual(["3: left out: no address", "4: left out: blocked there"]);
    expect(accounts).toMatchObject([
      { email: "katherine@example.test", prenom: "Katherine", nom: "Johnson", isVerified: true },
      { email: "dorothy@example.test", identities: [{ provider: "google", subject: "110248495921238986422" }] },
    ]);
    expect(accounts[1]).not.toHaveProperty("passwordHash");
  });

  it("from Better Auth: its scrypt, hashes of a function of one's own, and identities", async () => {
    const { notes, accounts } = await convertText("better-auth", betterAuth);
    expect(notes).toEqual(["3: left out: blocked there", "4: taken, with the mailbox alone to sign in by"]);
    expect(accounts).toMatchObject([
      {
        email: "margaret@example.test",
        isVerified: true,
        passwordHash: expect.stringMatching(/^\$scrypt\$ln=14,r=16,p=1\$[^$=]{43}\$[^$=]{86}$/),
      },
      { email: "annie@example.test", passwordHash: expect.stringMatching(/^\$2b\$10\$/) },
      { email: "back@example.test" },
    ]);
  });

  it("sign in here as they did there", async () => {
    const google = await createIssuer("google");
    configure([{ id: "google", issuer: google.issuer }]);
    const all = [
      await fromAuth0(),
      await fromFirebase(),
      await convertText("supabase", supabase),
      await convertText("better-auth", betterAuth),
    ].flatMap(({ lines }) => lines);
    const { token } = await registerAdmin();
    const { body } = await importText(all.join("\n"), token);
    expect(body.data.map(({ status }: { status: string }) => status)).toEqual(all.map(() => "created"));

    const logIn = async (name: string, password: string) =>
      (await post("/api/auth/login", { email: `${name}@example.test`, password })).status;
    const passwords = {
      ada: "old password at Auth0",
      user1: "user1password",
      margaret: "old password at Better Auth",
    };
    for (const [name, password] of Object.entries(passwords)) expect(await logIn(name, password), name).toBe(200);
    expect(await logIn("hedy", "user1password")).toBe(401);
    const names = Object.keys(passwords).map((name) => `${name}@example.test`);
    const kinds = "select distinct left(password_hash, 12) as kind from users where email = any($1)";
    expect(await database.query(kinds, [names])).toEqual([{ kind: "$argon2id$v=" }]);
    for (const last of [0, 1, 2, 3]) {
      const claims = { sub: `11024849592123898642${last}` };
      expect(newsIn(await signInWith(google, { claims }))).toEqual({ signed_in: "google" });
    }
  });
});

describe("the queries of docs/moving.md", () => {
  const [supabaseQuery, betterAuthQuery] = [...moving.matchAll(/<<'SQL'\n([\s\S]*?)\n *SQL/g)].map(
    ([, query]) => query!,
  );
  const outcomeOf = async (query: string) =>
    (await database.query<{ line: object }>(`select line from (${query}) as lines (line)`))
      .map(({ line }) => JSON.stringify(line))
      .join("\n");

  it("export Supabase's tables", async () => {
    await database.query("create schema auth");
    await database.query(`create table auth.users (
      id uuid, email varchar(255), encrypted_password varchar(255), email_confirmed_at timestamptz,
      banned_until timestamptz, deleted_at timestamptz, raw_user_meta_data jsonb, created_at timestamptz)`);
    await database.query("create table auth.identities (user_id uuid, provider text, provider_id text)");
    await database.query(
      `insert into auth.users select r.* from
      jsonb_populate_recordset(null::auth.users, $1::jsonb) as r`,
      [
        JSON.stringify(
          supabase
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line)),
        ),
      ],
    );
    await database.query(
      "insert into auth.identities select id, 'google', '110248495921238986422' from auth.users where email like 'dorothy@%'",
    );
    const converted = await convertText("supabase", await outcomeOf(supabaseQuery!));
    expect(converted).toEqual(await convertText("supabase", supabase));
  });

  it.each([
    ["in camel case", (name: string) => name, (query: string) => query],
    [
      "in snake case",
      (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      (query: string) => query.replace('a."userId"', "a.user_id"),
    ],
  ])("export Better Auth's tables, with columns %s", async (_, named, written) => {
    const columns = (...names: string[]) => names.map((name) => `"${named(name)}" text`).join(", ");
    await database.query(`create table "user" (id text, name text, email text, "${named("emailVerified")}" boolean,
      banned boolean, "${named("banExpires")}" timestamptz)`);
    await database.query(
      `create table account (${columns("userId", "providerId", "accountId", "password", "idToken")})`,
    );
    for (const line of betterAuth.trim().split("\n")) {
      const { id, name, email, emailVerified, banned, banExpires, accounts } = JSON.parse(line);
      await database.query(`insert into "user" values ($1, $2, $3, $4, $5, $6)`, [
        id,
        name,
        email,
        emailVerified,
        banned,
        banExpires,
      ]);
      for (const { providerId, accountId, password } of accounts ?? [])
        await database.query("insert into account values ($1, $2, $3, $4, 'a token')", [
          id,
          providerId,
          accountId,
          password,
        ]);
    }
    const text = await outcomeOf(written(betterAuthQuery!));
    expect(text).not.toContain("a token");
    const known = ({ notes, accounts }: Awaited<ReturnType<typeof convertText>>) => ({
      notes,
      accounts: accounts.map((account) => ({ ...account, passwordHash: undefined })),
    });
    expect(known(await convertText("better-auth", text))).toEqual(known(await convertText("better-auth", betterAuth)));
    await database.query(`drop table "user", account`);
  });
});

describe("rows of an export", () => {
  const rowsOf = async (text: string, size?: number) => {
    const rows = [];
    for await (const row of recordsOf(inPieces(text, size))) rows.push(row);
    return rows;
  };

  it("are read alike from lines, from an array and from under “users”, wherever the pieces of the file end", async () => {
    const rows = [{ a: 'a "quoted" \\ {brace' }, { users: [{ b: "}]" }] }, {}];
    const lines = rows.map((row) => JSON.stringify(row)).join("\r\n");
    const texts = [
      lines,
      `\uFEFF${lines}\n`,
      JSON.stringify(rows),
      JSON.stringify(rows, null, 2),
      JSON.stringify({ users: rows }),
      `{"users": [\n${rows.map((row) => JSON.stringify(row, null, 2)).join(",\n")}]}`,
    ];
    for (const text of texts)
      for (const size of [1, 7, 64, 1000]) expect(await rowsOf(text, size), `${size}: ${text}`).toEqual(rows);
    expect(await rowsOf("")).toEqual([]);
    expect(await rowsOf('{"users": []}')).toEqual([]);
  });

  it.each([
    ['{"a":1}\n{"a":', "the export ends in the middle of row 2"],
    ['{"a":1}\n{"a":secret}', "row 2 is not JSON"],
    ["email,name\n", "row 1 is not JSON"],
  ])("that are broken are named, and not shown: %j", async (text, message) => {
    await expect(rowsOf(text)).rejects.toThrow(new Error(message));
  });
});
