/** What an application sends to either authorization server: the code flow with PKCE, for a person who need not be asked. */
import type { HttpRequest } from "../load.ts";
import { headerOf, type Answer } from "./flows.ts";

export const CALLBACK = "https://rp.example.test/callback";
/** RFC 7636, appendix B. */
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

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
export function codeIn(answer: Answer, header: "refresh" | "location"): string {
  const address = headerOf(answer, header)?.replace(/^0; url=/, "");
  const code = address === undefined ? null : new URL(address, CALLBACK).searchParams.get("code");
  if (code === null) throw new Error(`no code in ${header}: ${address}`);
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
