/** The same acts against Better Auth. */
import { randomUUID } from "node:crypto";
import { createPasskey, FLAGS, type SoftwarePasskey } from "../../../test/support/passkeys/authenticator.ts";
import { PASSWORD, runSql } from "../service.ts";
import { authorizationQuery, CALLBACK, codeIn, tokenForm } from "./authorization.ts";
import { ORIGIN } from "./better-auth.ts";
import { cookiesOf, createFlow, type Answer, type Step } from "./flows.ts";

const SYNCED = FLAGS.userPresent | FLAGS.userVerified | FLAGS.backupEligible | FLAGS.backedUp;
const CEREMONY = { rpId: new URL(ORIGIN).hostname, origins: [ORIGIN] };
const SESSION = "better-auth.session_token=";

interface Person {
  email: string;
  /** The session's cookie; with the data of the session beside it. */
  cookie: string;
  withData: string;
  passkey: SoftwarePasskey;
  application: string;
}

const registration = (email: string) => ({ name: "Ada Lovelace", email, password: PASSWORD });
const newEmail = () => `${randomUUID()}@example.test`;

/** One request outside the measurement. @throws Error on a refusal. */
async function send(url: URL, path: string, { body, cookie }: { body?: unknown; cookie?: string } = {}) {
  const response = await fetch(new URL(`/api/auth${path}`, url), {
    method: body === undefined ? "GET" : "POST",
    headers: {
      Origin: ORIGIN,
      ...(body !== undefined && { "Content-Type": "application/json" }),
      ...(cookie !== undefined && { Cookie: cookie }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Better Auth: ${path}: ${response.status} ${text.slice(0, 300)}`);
  return { cookies: response.headers.getSetCookie().map((each) => each.split(";")[0]!), body: JSON.parse(text) };
}

export async function createTheirPeople(url: URL, databaseUrl: string, count: number): Promise<Person[]> {
  const people: Person[] = [];
  let application = "";
  for (let at = 0; at < count; at++) {
    const email = newEmail();
    const { cookies } = await send(url, "/sign-up/email", { body: registration(email) });
    const cookie = cookies.find((each) => each.startsWith(SESSION))!;
    const passkey = await addPasskey(url, cookie);
    if (at === 0) application = await addApplication(url, databaseUrl, cookie);
    people.push({ email, cookie, withData: cookies.join("; "), passkey, application });
  }
  return people;
}

async function addPasskey(url: URL, cookie: string): Promise<SoftwarePasskey> {
  const passkey = await createPasskey("ES256", { flags: SYNCED });
  const { body: options, cookies } = await send(url, "/passkey/generate-register-options", { cookie });
  const response = await passkey.register({ ...CEREMONY, challenge: options.challenge });
  await send(url, "/passkey/verify-registration", { cookie: [cookie, ...cookies].join("; "), body: { response } });
  return passkey;
}

/** Nobody is asked, as for our own applications. */
async function addApplication(url: URL, databaseUrl: string, cookie: string): Promise<string> {
  const { body } = await send(url, "/oauth2/create-client", {
    cookie,
    body: { client_name: "Peer", redirect_uris: [CALLBACK], token_endpoint_auth_method: "none" },
  });
  await runSql(databaseUrl, `update "oauthClient" set "skipConsent" = true`);
  return body.client_id;
}

export function theirsOf(url: URL, people: Person[]) {
  const headers = ({ cookie }: { cookie?: string } = {}) => ({
    Origin: ORIGIN,
    ...(cookie !== undefined && { Cookie: cookie }),
  });
  const post = (path: string, body: unknown, person?: { cookie?: string }) => ({
    method: "POST",
    path: `/api/auth${path}`,
    headers: headers(person),
    body,
  });
  const get = (path: string, person?: { cookie?: string }) => ({
    method: "GET",
    path: `/api/auth${path}`,
    headers: headers(person),
  });
  const one = (name: string, step: Step<Person>) => createFlow({ name: `theirs: ${name}`, url, people }, [step]);
  return {
    signUp: one("sign-up", () => post("/sign-up/email", registration(newEmail()))),
    signIn: one("sign-in", ({ email }) => post("/sign-in/email", { email, password: PASSWORD })),
    check: one("check", (person) => get("/get-session", person)),
    checkCookie: one("check by cookie", ({ withData }) => get("/get-session", { cookie: withData })),
    newToken: one("new token", (person) => get("/token", person)),
    profileChange: one("profile change", (person) => post("/update-user", { name: `Ada ${randomUUID()}` }, person)),
    passkey: createFlow({ name: "theirs: passkey", url, people }, [
      () => get("/passkey/generate-authenticate-options"),
      async ({ passkey }, answer: Answer) => {
        const { challenge } = JSON.parse(answer.body) as { challenge: string };
        const response = await passkey.authenticate({ ...CEREMONY, challenge });
        return post("/passkey/verify-authentication", { response }, { cookie: cookiesOf(answer).join("; ") });
      },
    ]),
    authorize: createFlow({ name: "theirs: authorize", url, people }, [
      (person) => get(`/oauth2/authorize?${authorizationQuery(person.application)}`, person),
      ({ application }, answer) => tokenForm("/api/auth/oauth2/token", application, codeIn(answer)),
    ]),
  };
}
