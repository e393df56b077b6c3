/** The life of one account on a deployment: made, used in every published way, deleted at the end whatever happens. */

import { randomBytes } from "node:crypto";
import { expect, expectProblem, expectStatus, send, type Check, type Deployment } from "./client.ts";

interface Tokens {
  token: string;
  refreshToken: string;
}

/**
 * The steps share one account, so they run in order and stop at the first that fails; the last one, the deletion, is
 * always run.
 * @param mailbox where the service's mail to the account goes: `a@b` becomes `a+smoke-…@b`.
 */
export function accountChecks(mailbox: string): { steps: Check[]; cleanUp: Check } {
  const at = mailbox.lastIndexOf("@");
  const email = `${mailbox.slice(0, at)}+smoke-${randomBytes(6).toString("hex")}${mailbox.slice(at)}`;
  let password = newPassword();
  let session: Tokens | undefined;

  const logIn = async (deployment: Deployment): Promise<Tokens> => {
    const answer = await send(deployment, "/api/auth/login", { json: { email, password } });
    expectStatus(answer, 200);
    expectTokens(answer.body);
    return answer.body;
  };
  const refresh = (deployment: Deployment, refreshToken: string) =>
    send(deployment, "/api/auth/refresh", { json: { refreshToken } });
  const signedIn = (): Tokens => {
    expect(session, "nobody is signed in");
    return session;
  };

  const steps: Check[] = [
    {
      name: "register",
      async run(deployment) {
        const json = { prenom: "Smoke", nom: "Test", email, password };
        const answer = await send(deployment, "/api/auth/register", { json });
        expect(answer.status !== 202, "REGISTRATION is verified: without the mail, the account can't be used");
        expectStatus(answer, 201);
        expectTokens(answer.body);
        session = answer.body as Tokens;
        expect(answer.body.user?.email === email && answer.body.user.role === 0, "the user in the answer is another");
        return email;
      },
    },
    {
      name: "log in",
      async run(deployment) {
        session = await logIn(deployment);
      },
    },
    {
      name: "refresh twice, and a used token ends the session",
      async run(deployment) {
        const first = signedIn().refreshToken;
        let current = first;
        for (let round = 0; round < 2; round++) {
          const answer = await refresh(deployment, current);
          expectStatus(answer, 200);
          expectTokens(answer.body);
          expect(answer.body.refreshToken !== current, "the refresh token is the same as before");
          current = answer.body.refreshToken;
        }
        // Two generations old: no time of grace covers it.
        expectProblem(await refresh(deployment, first), 401, "refresh_token_reused");
        expectProblem(await refresh(deployment, current), 401, "invalid_refresh_token");
        session = await logIn(deployment);
      },
    },
    {
      name: "read and change the profile",
      async run(deployment) {
        const { token } = signedIn();
        const changed = await send(deployment, "/api/users/me", { method: "PUT", token, json: { prenom: "Fumée" } });
        expectStatus(changed, 200);
        const read = await send(deployment, "/api/auth/profile", { token });
        expectStatus(read, 200);
        expect(read.body.user?.email === email && read.body.user.prenom === "Fumée", "the profile is another");
      },
    },
    {
      name: "verify the token, with and without the database",
      async run(deployment) {
        const { token } = signedIn();
        for (const strict of [false, true]) {
          const answer = await send(deployment, "/api/auth/verify-token", { json: { token, strict } });
          expect(answer.status === 200 && answer.body?.active === true, `strict ${strict}: the token is not active`);
        }
      },
    },
    {
      name: "an administrator's list is refused",
      async run(deployment) {
        expectProblem(await send(deployment, "/api/users", { token: signedIn().token }), 403, "forbidden");
      },
    },
    {
      name: "change the password",
      async run(deployment) {
        const next = newPassword();
        const { token } = signedIn();
        const json = { currentPassword: password, newPassword: next };
        expectStatus(await send(deployment, "/api/auth/change-password", { method: "PUT", token, json }), 200);
        const old = await send(deployment, "/api/auth/login", { json: { email, password } });
        password = next;
        expectProblem(old, 401, "invalid_credentials");
        session = await logIn(deployment);
      },
    },
    {
      name: "log out",
      async run(deployment) {
        const { token, refreshToken } = signedIn();
        expectStatus(await send(deployment, "/api/auth/logout", { json: { refreshToken } }), 200);
        expectProblem(await refresh(deployment, refreshToken), 401, "invalid_refresh_token");
        expectProblem(await send(deployment, "/api/auth/profile", { token }), 401, "invalid_token");
        session = await logIn(deployment);
      },
    },
  ];

  const cleanUp: Check = {
    name: "delete the account",
    async run(deployment) {
      if (session === undefined) return "skipped: there is none";
      // A step that failed may have left us with a session that is over.
      let answer = await send(deployment, "/api/auth/account", { method: "DELETE", token: session.token });
      if (answer.status === 401) {
        session = await logIn(deployment);
        answer = await send(deployment, "/api/auth/account", { method: "DELETE", token: session.token });
      }
      expect(answer.status === 200, `${email} is left behind: the deletion got ${answer.status}`);
      const again = await send(deployment, "/api/auth/login", { json: { email, password } });
      expectProblem(again, 401, "invalid_credentials");
      return "restorable for 30 days, then purged";
    },
  };
  return { steps, cleanUp };
}

/** Long, and random enough for the list of common passwords and the breach check. */
function newPassword(): string {
  return randomBytes(18).toString("base64url");
}

function expectTokens(body: any): void {
  expect(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(body?.token ?? ""), "there is no access token in the answer");
  expect(typeof body.refreshToken === "string", "there is no refresh token in the answer");
  expect(Number.isInteger(body.expiresIn), "there is no expiresIn in the answer");
}
