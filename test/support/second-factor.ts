/**
 * A person's second factors: an authenticator written for the tests (RFC 6238), the mails' codes, the list of recovery
 * codes.
 */
import { env } from "cloudflare:workers";
import { logIn } from "./login.ts";
import { database, post, type Answer, type Member } from "./service.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
export const PERIOD_MS = 30_000;

/** The code of the time step `offset` steps from now; independent of the service's library. */
export async function totpCode(secret: string, offset = 0): Promise<string> {
  const bits = [...secret].map((char) => BASE32.indexOf(char).toString(2).padStart(5, "0")).join("");
  const key = Uint8Array.from(bits.match(/.{8}/g)!, (byte) => Number.parseInt(byte, 2));
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(Date.now() / PERIOD_MS) + offset));
  const hmacKey = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const mac = new DataView(await crypto.subtle.sign("HMAC", hmacKey, counter.buffer));
  const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** Runs `act` within one time step: repeats it if the clock has moved on to the next step. */
export async function inOneStep<Result>(act: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const step = Math.floor(Date.now() / PERIOD_MS);
    const result = await act();
    if (Math.floor(Date.now() / PERIOD_MS) === step) return result;
  }
}

/** As if the last code had been used some time ago. */
export async function forgetLastStep(userId: number): Promise<void> {
  await database.query("update two_factor_methods set last_used_step = 0 where user_id = $1 and type = 'totp'", [
    userId,
  ]);
}

export interface Protected extends Member {
  secret: string;
  recoveryCodes: string[];
}

/** Turns time-based codes on; a code of the current step may be used again. */
export async function enrolTotp(member: Member): Promise<Protected> {
  const started = await post("/api/security/2fa/totp", {}, { token: member.token });
  const { secret } = started.body;
  const code = await totpCode(secret);
  const { status, text, body } = await post("/api/security/2fa/totp/verify", { code }, { token: member.token });
  if (status !== 200) throw new Error(`2fa/totp/verify answered ${status}: ${text}`);
  await forgetLastStep(member.userId);
  return { ...member, secret, recoveryCodes: body.recoveryCodes };
}

/** Turns e-mail codes on. */
export async function enrolEmail(member: Member): Promise<Member & { recoveryCodes: string[] }> {
  const jobs = captureJobs();
  await post("/api/security/2fa/email", {}, { token: member.token });
  const { code } = jobs.find((job) => job.type === "mail_code")!;
  const { status, text, body } = await post("/api/security/2fa/email/verify", { code }, { token: member.token });
  if (status !== 200) throw new Error(`2fa/email/verify answered ${status}: ${text}`);
  await allowMail(member.userId);
  return { ...member, recoveryCodes: body.recoveryCodes };
}

/** As if the last code mail had been sent more than a minute ago. */
export async function allowMail(userId: number): Promise<void> {
  await database.query("update login_throttles set locked_until = now() - interval '1 s' where key = $1", [
    `mail-code:${userId}`,
  ]);
}

export async function challengeOf(member: Member, fields: Record<string, unknown> = {}): Promise<string> {
  const { body, text } = await logIn(member, fields);
  if (!body.twoFactorToken) throw new Error(`no challenge: ${text}`);
  return body.twoFactorToken;
}

/** One after another: correct passwords that arrive together count as failures until they are checked. */
export async function challengesOf(member: Member, count: number): Promise<string[]> {
  const challenges: string[] = [];
  while (challenges.length < count) challenges.push(await challengeOf(member));
  return challenges;
}

export function answer(twoFactorToken: string, method: string, code: string): Promise<Answer> {
  return post("/api/auth/login/2fa", { twoFactorToken, method, code });
}

/** A wrong code, whatever the right one is. */
export async function wrongCode(secret: string): Promise<string> {
  const right = await Promise.all([-1, 0, 1].map((offset) => totpCode(secret, offset)));
  return ["000000", "000001", "000002", "000003"].find((code) => !right.includes(code))!;
}

/** From now on the service's jobs are kept here instead of in the queue. */
export function captureJobs(): any[] {
  const jobs: any[] = [];
  (env as { JOBS: unknown }).JOBS = {
    send: async ({ job }: { job: unknown }) => {
      jobs.push(job);
    },
  };
  return jobs;
}
