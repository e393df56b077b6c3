import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { hashAtFullCost } from "../support/hashes/cheap.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import { captureJobs } from "../support/second-factor.ts";
import { database, get, mailbox, NEW_PASSWORD, PASSWORD, post, registerMember } from "../support/service.ts";

// The work of two answers is compared.
hashAtFullCost();

const VERIFIED = { vars: { REGISTRATION: "verified" }, headers: { "X-Request-Id": "same-request" } };

let addresses = 0;
let email: string;
beforeEach(() => {
  email = `verified-${++addresses}@example.test`;
});

const register = (address: string, fields: object = {}) =>
  post(
    "/api/auth/register",
    { prenom: "Ada", nom: "Lovelace", email: address, password: PASSWORD, ...fields },
    VERIFIED,
  );
/** Opens the link and chooses the account's password. */
const verify = (token: string, password = PASSWORD) => post("/api/auth/verify-email", { token, password });
const passAMinute = () => database.query("update login_throttles set locked_until = locked_until - interval '61 s'");
const logIn = (address: string, password = PASSWORD) => post("/api/auth/login", { email: address, password }, VERIFIED);

describe("POST /api/auth/register with REGISTRATION=verified", () => {
  it("answers 202 without a session, and the account can sign in once the mailbox is proven", async () => {
    const { status, body, headers } = await register(email);
    expect([status, body]).toEqual([202, { message: "Consultez votre boîte mail pour terminer l'inscription" }]);
    expect(headers.get("Set-Cookie")).toBeNull();
    expect(await database.query("select count(*)::int as n from refresh_tokens")).toEqual([{ n: 0 }]);
    const token = tokenIn(await mailbox.next(email, "vérifiez"));
    expect((await logIn(email)).status).toBe(401);
    expect((await verify(token)).body).toEqual({ message: "Adresse email vérifiée avec succès" });
    expect((await logIn(email)).status).toBe(200);
    expect((await verify(token)).body.code).toBe("invalid_link");
  });

  it("answers the same bytes, with the same work, for a new and for a taken address, and tells the owner by mail", async () => {
    const owner = await registerMember();
    await mailbox.next(owner.email);
    await database.query("update users set is_verified = true where id = $1", [owner.userId]);
    const answers: Awaited<ReturnType<typeof register>>[] = [];
    const statements: string[][] = [];
    for (const address of [email, owner.email]) {
      await database.tripsOf(async () =>
        answers.push(await register(address, { password: "a stranger's own choice" })),
      );
      statements.push((await database.statements()).filter((text) => text.includes("insert into users")));
    }
    const [fresh, taken] = answers as [(typeof answers)[0], (typeof answers)[0]];
    expect(taken.text).toBe(fresh.text);
    expect(taken.status).toBe(fresh.status);
    const visible = (answer: typeof fresh) =>
      [...answer.headers].filter(([name]) => name !== "server-timing" && name !== "ratelimit");
    expect(visible(taken)).toEqual(visible(fresh));
    for (const answer of answers) expect(answer.headers.get("Server-Timing")).not.toContain("hash;dur=0,");
    expect(statements[1]).toEqual(statements[0]);

    const mail = await mailbox.next(owner.email);
    expect(mail.subject).toBe("Auth API : vous avez déjà un compte");
    expect(mail.text).not.toContain("#token=");
    expect((await logIn(owner.email)).status).toBe(200);
  });

  it("mails an address once a minute without saying so, for a new and for a taken one alike", async () => {
    const owner = await registerMember();
    const queue = env.JOBS;
    const jobs = captureJobs();
    const answers: string[] = [];
    for (const address of [email, owner.email]) {
      for (let time = 0; time < 3; time++) {
        const { status, text } = await register(address);
        expect(status).toBe(202);
        answers.push(text);
      }
      await passAMinute();
      await register(address);
    }
    env.JOBS = queue;
    expect(new Set(answers).size).toBe(1);
    expect(jobs.map((job) => job.facts.email)).toEqual([email, email, owner.email, owner.email]);
  });

  it("mails the link again, and changes nothing, if the taken address is still unproven", async () => {
    await register(email);
    await mailbox.next(email);
    await database.query("update one_time_tokens set created_at = now() - interval '61 s'");
    await passAMinute();
    await register(email, { password: "a stranger's own choice", prenom: "Mallory" });
    await verify(tokenIn(await mailbox.next(email, "vérifiez")));
    expect((await logIn(email, "a stranger's own choice")).status).toBe(401);
    expect((await logIn(email)).body.user.prenom).toBe("Ada");
  });

  it("refuses the login of an unproven account like a wrong password, and mails a link at most once a minute", async () => {
    await register(email);
    await mailbox.next(email);
    const wrong = await logIn(email, "not the password");
    await database.query("update one_time_tokens set created_at = now() - interval '61 s'");
    const answers = await Promise.all([logIn(email), logIn(email), logIn(email)]);
    for (const { status, text } of answers) expect([status, text]).toEqual([401, wrong.text]);
    await mailbox.next(email, "vérifiez");
    // A later job of the same queue has run, so the two others had their turn.
    const witness = await registerMember();
    await mailbox.next(witness.email);
    expect((await mailbox.all()).filter(({ to }) => to.includes(email))).toEqual([]);
    expect(
      await database.query(
        "select reason from login_history h join users u on u.id = user_id where u.email = $1 and reason = 'unverified_account' limit 1",
        [email],
      ),
    ).toEqual([{ reason: "unverified_account" }]);
  });
});

describe("POST /api/auth/register with REGISTRATION=open", () => {
  it("lets the account in at once and mails the verification link", async () => {
    const ada = await registerMember();
    expect(ada.user["isVerified"]).toBe(false);
    const token = tokenIn(await mailbox.next(ada.email, "vérifiez"));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post("/api/auth/verify-email", { token }, { token: ada.token })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(400)]);
    expect((await get("/api/users/me", { token: ada.token })).body.user.isVerified).toBe(true);
  });

  it("proves the mailbox with the session in one trip, with a new password in two, and asks for a password without either", async () => {
    const [signedIn, elsewhere] = [await registerMember(), await registerMember()];
    const [first, second] = [tokenIn(await mailbox.next(signedIn.email)), tokenIn(await mailbox.next(elsewhere.email))];
    for (const token of [undefined, signedIn.token, "junk"]) {
      const refused = await post("/api/auth/verify-email", { token: second }, token === undefined ? {} : { token });
      expect([refused.status, refused.body.errors]).toEqual([
        422,
        [{ pointer: "#/password", detail: "Choisissez le mot de passe de votre compte" }],
      ]);
    }
    const short = await verify(second, "court");
    expect([short.status, short.body.errors[0].pointer]).toEqual([422, "#/password"]);
    const trips = (act: () => Promise<unknown>) => database.tripsOf(act);
    expect(await trips(() => post("/api/auth/verify-email", { token: first }, { token: signedIn.token }))).toBe(1);
    expect(await trips(() => verify(second, NEW_PASSWORD))).toBe(2);
    expect((await logIn(signedIn.email)).body.user.isVerified).toBe(true);
    expect((await logIn(elsewhere.email)).status).toBe(401);
    expect((await logIn(elsewhere.email, NEW_PASSWORD)).body.user.isVerified).toBe(true);
  });
});

describe("POST /api/auth/verify-email/resend", () => {
  it("mails a new link only to an unproven address", async () => {
    const [unproven, proven] = [await registerMember(), await registerMember()];
    await verify(tokenIn(await mailbox.next(proven.email)));
    await mailbox.next(unproven.email);
    await database.query("update one_time_tokens set created_at = now() - interval '61 s'");
    await post("/api/auth/verify-email/resend", { email: proven.email });
    await post("/api/auth/verify-email/resend", { email: unproven.email });
    await mailbox.next(unproven.email, "vérifiez");
    expect((await mailbox.all()).filter(({ to }) => to.includes(proven.email))).toEqual([]);
  });
});
