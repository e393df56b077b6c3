/** This service as a provider: the running Worker, three applications, and somebody who signs in by password. */
import type { RunningService } from "../system.ts";
import { REDIRECT_URI, type Credentials, type Provider } from "./provider.ts";

const PASSWORD = "Correct cheval pile agrafe";
const LOGIN = "ada@example.test";

const PERSON = { prenom: "Ada", nom: "Lovelace", password: PASSWORD };

/** By an administrator. */
export async function register(service: RunningService, fields: object): Promise<Credentials> {
  const administrator = { ...PERSON, email: "admin@example.test" };
  await service.post("/api/auth/register", administrator);
  await service.query("update users set role_id = 1 where email = $1", [administrator.email]);
  const { body } = await service.post("/api/auth/login", administrator);
  const asked = { name: "Carnet", redirectUris: [REDIRECT_URI], ...fields };
  const made = await service.post("/api/admin/applications", asked, { Authorization: `Bearer ${body.token}` });
  return { id: made.body.application?.id, secret: made.body.secret };
}

export async function asProvider(service: RunningService): Promise<Provider> {
  const { origin } = service;
  await service.post("/api/auth/register", { ...PERSON, email: LOGIN });
  const clients: Credentials[] = [];
  for (const name of ["Basic", "Other", "Post"]) clients.push(await register(service, { name }));

  return {
    issuer: origin,
    clients: { basic: clients[0]!, other: clients[1]!, post: clients[2]! },
    login: LOGIN,
    questionOf: ({ url, text }) =>
      url.pathname === "/sign-in" ? "sign in" : text.includes('action="/oauth/consent"') ? "consent" : undefined,
    async answer(visitor, { url, text }) {
      if (url.pathname !== "/sign-in") {
        const [, request = ""] = /name="request" value="([^"]+)"/.exec(text) ?? [];
        return visitor.submit(`${origin}/oauth/consent`, { request, decision: "allow" });
      }
      const answer = await visitor.send(`${origin}/api/auth/login`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: origin },
        body: JSON.stringify({ email: LOGIN, password: PASSWORD, transport: "cookie" }),
      });
      if (answer.status !== 200) throw new Error(`login answered ${answer.status}`);
      return visitor.open(new URL(url.searchParams.get("return_to")!, origin));
    },
    async pass(seconds) {
      for (const [table, columns] of [
        ["refresh_tokens", ["authenticated_at", "rotated_at", "created_at"]],
        ["oauth_grants", ["rotated_at", "created_at"]],
      ] as const)
        await service.query(
          `update ${table} set ${columns.map((column) => `${column} = ${column} - make_interval(secs => $1)`).join()}`,
          [seconds],
        );
    },
  };
}
