/** What an application sends to either authorization server: the code flow with PKCE, for a person who is asked nothing. */
import { CHALLENGE, VERIFIER } from "../../../test/support/pkce.ts";
import type { HttpRequest } from "../load.ts";
import { headerOf, type Answer } from "./flows.ts";

export const CALLBACK = "https://rp.example.test/callback";

export function authorizationQuery(application: string): string {
  return new URLSearchParams({
    client_id: application,
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: "openid profile email",
    state: "a-state",
    nonce: "a-nonce",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
  }).toString();
}

/** @throws Error where the answer leads to no code. */
export function codeIn(answer: Answer): string {
  const address = headerOf(answer, "location");
  const code = address === undefined ? null : new URL(address, CALLBACK).searchParams.get("code");
  if (code === null) throw new Error(`no code in ${address}`);
  return code;
}

export function tokenForm(path: string, application: string, code: string): HttpRequest {
  const form = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: application,
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
  });
  return { method: "POST", path, form };
}
