/**
 * Collects every secret that passes between a test and the service, by the names of fields and headers, for the leak
 * scan.
 */
import { COMMON_PASSWORDS } from "../../src/services/accounts/common-passwords.ts";
import others from "../../src/services/accounts/common-passwords.txt?raw";
import { isListed } from "../../src/services/accounts/password-rules.ts";
import type { ReceivedMail } from "./mailbox-control.ts";

/** Fields with a secret, in a request or an answer, on any route. */
const SECRET_FIELDS = new Set([
  "password",
  "currentPassword",
  "newPassword",
  "token",
  "refreshToken",
  "deviceToken",
  "twoFactorToken",
  "emailCodeToken",
  "ticket",
  "secret",
  "recoveryCodes",
]);
/** Shorter values are a test's typing errors, and appear in any text; six-digit codes are searched for separately. */
export const MIN_LENGTH = 8;
/** Tokens are longer than any common password. */
const MAX_COMMON_LENGTH = 32;
const COMMON = [COMMON_PASSWORDS, others];
const CODE = /^\d{6}$/;
const SIGNED = /^[\w-]+\.[\w-]+\.([\w-]{20,})$/;

/** The kind of secret: `password`, `cookie __Host-device`, `link in a mail`, … */
export const secretsSeen = new Map<string, string>();
export const codesSeen = new Set<string>();
/** Addresses of people and of their devices: allowed in the database, but not in logs and KV. */
export const addressesSeen = new Map<string, string>();
/** Values of other fields: a password that is also somebody's name is found as the name. */
export const openlySeen = new Set<string>();

export function noteSecret(value: unknown, kind: string): void {
  if (typeof value !== "string") return;
  if (CODE.test(value)) codesSeen.add(value);
  // Only the signature of a signed token is secret; anyone may read the rest.
  const secret = SIGNED.exec(value)?.[1] ?? value;
  if (secret.length < MIN_LENGTH || secretsSeen.has(secret)) return;
  // Refused as common, and words in our own texts: "password".
  if (secret.length <= MAX_COMMON_LENGTH && COMMON.some((list) => isListed(secret.normalize("NFKC"), list))) return;
  secretsSeen.set(secret, kind);
}

function noteAddress(value: unknown, kind: string): void {
  if (typeof value !== "string" || value.length < MIN_LENGTH) return;
  addressesSeen.set(value, kind);
  addressesSeen.set(value.trim().normalize("NFKC").toLowerCase(), kind);
}

function noteFields(value: unknown, kind: string, isRequest: boolean, name = ""): void {
  if (typeof value === "object" && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      noteFields(field, kind, isRequest, Array.isArray(value) ? name : key);
    }
  } else if (SECRET_FIELDS.has(name)) noteSecret(value, `${name} of ${kind}`);
  // The `code` of an answer is its error; a recovery code is a `code` too.
  else if (name === "code" && isRequest) noteSecret(value, `code of ${kind}`);
  else {
    if (name === "email" && String(value).includes("@")) noteAddress(value, "e-mail address");
    if (isRequest && typeof value === "string") openlySeen.add(value);
  }
}

function noteHeaders(headers: Headers): void {
  const ipAddress = headers.get("CF-Connecting-IP") ?? "";
  // Most headers of the fuzz tests are not addresses.
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(ipAddress) || (ipAddress.includes(":") && URL.canParse(`http://[${ipAddress}]`)))
    noteAddress(ipAddress, "IP address");
  noteSecret(/^\s*\w+\s+(\S+)/.exec(headers.get("Authorization") ?? "")?.[1], "Authorization");
  noteSecret(/ticket\.(\S+)/.exec(headers.get("Sec-WebSocket-Protocol") ?? "")?.[1], "ticket");
  for (const cookie of [headers.get("Cookie") ?? "", ...headers.getSetCookie()]) {
    for (const [, name, value] of cookie.matchAll(/(__Host-\w+)=([^;\s]+)/g)) noteSecret(value, `cookie ${name}`);
  }
}

export function noteRequest(headers: Headers, body: unknown): void {
  noteHeaders(headers);
  noteFields(body, "a request", true);
}

export function noteAnswer(headers: Headers, body: unknown): void {
  noteHeaders(headers);
  noteFields(body, "an answer", false);
}

export function noteMail({ to, text }: ReceivedMail): void {
  for (const address of to) noteAddress(address, "e-mail address");
  for (const [, token] of text.matchAll(/#token=([\w-]+)/g)) noteSecret(token, "link in a mail");
  for (const [code] of text.matchAll(/(?<![\w#&])\d{6}(?!\w)/g)) codesSeen.add(code);
}

const SECRET_BINDINGS = ["AUTH_SECRET", "DATABASE_URL", "RESEND_API_KEY"] as const;

/** The configuration: the runtime's secrets, and the mail provider's key. */
export function noteBindings(bindings: Partial<Record<(typeof SECRET_BINDINGS)[number] | "JWT_KEYS", string>>): void {
  for (const name of SECRET_BINDINGS) noteSecret(bindings[name], name);
  for (const [, part] of (bindings.JWT_KEYS ?? "").matchAll(/"d"\s*:\s*"([^"]+)"/g)) {
    noteSecret(part, "private key of JWT_KEYS");
  }
}
