/** The acts against the service. */
import { randomUUID } from "node:crypto";
import { createPasskeyLogin, type PasskeyLogin } from "../passkeys.ts";
import { createClient, credentialsOf, newRegistration, type Member } from "../service.ts";
import { createFlow, type Step } from "./flows.ts";
import { authorizationQuery, CALLBACK, codeIn, tokenForm } from "./authorization.ts";

const ADMIN = 1;

interface Person extends Member {
  logInWithPasskey: PasskeyLogin;
  passkeyDevice?: string | undefined;
  application: string;
}

/** @param variables of the Worker at `url`. */
export async function createOurPeople(
  { url, databaseUrl, variables }: { url: URL; databaseUrl: string; variables: Record<string, string> },
  count: number,
): Promise<Person[]> {
  const client = createClient(url, databaseUrl);
  const admin = await client.createMember(ADMIN);
  const { application } = await client.request("POST", "/api/admin/applications", {
    token: admin.token,
    body: { name: "Peer", redirectUris: [CALLBACK], isPublic: true, isFirstParty: true },
  });
  const people: Person[] = [];
  for (let at = 0; at < count; at++) {
    const member = await client.createMember();
    const logInWithPasskey = await createPasskeyLogin(client, variables);
    people.push({ ...member, logInWithPasskey, application: application.id });
  }
  return people;
}

export function oursOf(url: URL, people: Person[]) {
  const post = (path: string, body: unknown) => ({ method: "POST", path, body });
  const bearer = ({ token }: Person) => ({ Authorization: `Bearer ${token}` });
  const one = (name: string, step: Step<Person>, then?: Parameters<typeof createFlow<Person>>[2]) =>
    createFlow({ name: `ours: ${name}`, url, people }, [step], then);
  return {
    signUp: one("sign-up", () => post("/api/auth/register", newRegistration())),
    signIn: one("sign-in", (person) => post("/api/auth/login", credentialsOf(person))),
    check: one("check", ({ token }) => post("/api/auth/verify-token", { token })),
    refresh: one(
      "refresh",
      ({ refreshToken }) => post("/api/auth/refresh", { refreshToken }),
      (person, { body }) => Object.assign(person, JSON.parse(body)),
    ),
    profile: one("profile", (person) => ({ method: "GET", path: "/api/users/me", headers: bearer(person) })),
    profileChange: one("profile change", (person) => ({
      method: "PUT",
      path: "/api/users/me",
      headers: bearer(person),
      body: { prenom: `Ada ${randomUUID().replaceAll(/[^a-z]/g, "")}` },
    })),
    passkey: createFlow(
      { name: "ours: passkey", url, people },
      [
        () => post("/api/auth/passkey/options", {}),
        async ({ logInWithPasskey, passkeyDevice: deviceToken }) =>
          post("/api/auth/passkey", {
            ...(await logInWithPasskey()),
            ...(deviceToken !== undefined && { deviceToken }),
          }),
      ],
      // A browser keeps it; without it every login would be one on a new device, and its owner told by mail.
      (person, { body }) => (person.passkeyDevice ??= (JSON.parse(body) as Person).deviceToken),
    ),
    authorize: createFlow({ name: "ours: authorize", url, people }, [
      ({ application, refreshToken }) => ({
        method: "GET",
        path: `/oauth/authorize?${authorizationQuery(application)}&continued=1`,
        headers: { Cookie: `__Host-refresh_token=${refreshToken}` },
      }),
      ({ application }, answer) => tokenForm("/oauth/token", application, codeIn(answer)),
    ]),
  };
}
