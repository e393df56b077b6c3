/** A browser's cookies: read from answers, sent with requests. */
import { expect } from "vitest";
import { ALLOWED_ORIGIN } from "./bindings.ts";
import { PASSWORD, post, type Answer } from "./service.ts";

const THIRTY_DAYS = 30 * 86_400;

/** The refresh cookie of an answer: its value, and its attributes in lower case. The device cookie may be there too. */
export function cookieOf(answer: Answer): { value: string; attributes: Set<string> } {
  const cookies = answer.headers.getSetCookie().filter((cookie) => !cookie.startsWith("__Host-device="));
  expect(cookies).toHaveLength(1);
  const [pair, ...attributes] = cookies[0]!.split("; ");
  const [name, value] = pair!.split("=");
  expect(name).toBe("__Host-refresh_token");
  return { value: value!, attributes: new Set(attributes.map((attribute) => attribute.toLowerCase())) };
}

export function expectGoodCookie(answer: Answer): string {
  const { value, attributes } = cookieOf(answer);
  expect(attributes).toEqual(new Set(["path=/", "httponly", "secure", "samesite=strict", `max-age=${THIRTY_DAYS}`]));
  return value;
}

export function expectCleared(answer: Answer): void {
  const { value, attributes } = cookieOf(answer);
  expect(value).toBe("");
  expect(attributes).toContain("max-age=0");
  expect(attributes).toContain("secure");
  expect(attributes).toContain("path=/");
}

let members = 0;

export async function registerWithCookie(): Promise<{ token: string; cookie: string; email: string }> {
  const email = `navigateur-${++members}@example.test`;
  const fields = { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD, transport: "cookie" };
  const answer = await post("/api/auth/register", fields, { headers: { Origin: ALLOWED_ORIGIN } });
  return { email, token: answer.body.token, cookie: expectGoodCookie(answer) };
}

export const withCookie = (path: string, cookie: string, origin?: string, body?: unknown) =>
  post(path, body, { headers: { Cookie: `a=b; __Host-refresh_token=${cookie}`, ...(origin && { Origin: origin }) } });
