/** Time-based one-time passwords (RFC 6238) as authenticator apps support them: SHA-1, 6 digits, 30 seconds. */
// `bare`: the default build includes a dozen hash functions, and the runtime has the one that apps use.
import { HOTP, Secret, TOTP } from "otpauth/bare";
import { isEqualInConstantTime } from "./constant-time.ts";

const ALGORITHM = "SHA1";
const DIGITS = 6;
const PERIOD_SECONDS = 30;
const SECRET_BYTES = 20; // RFC 4226 §4 R6: 160 bits

/** Base32. */
export function generateTotpSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return new Secret({ buffer: bytes.buffer }).base32;
}

/** The `otpauth://` URI of the QR code. */
export function totpUri(input: { secret: string; account: string; issuer: string }): string {
  return new TOTP({
    issuer: input.issuer,
    label: input.account,
    secret: Secret.fromBase32(input.secret),
    algorithm: ALGORITHM,
    digits: DIGITS,
    period: PERIOD_SECONDS,
  }).toString();
}

/**
 * The time step of the code: the current one, the one before for a slow typist, or the next one for a phone whose clock
 * is ahead (RFC 6238 §6). The caller stores the step by compare-and-set and passes it as `lastUsedStep` next time: no
 * step at or before it is accepted again (RFC 6238 §5.2).
 * @throws TypeError for a secret that is not base32.
 */
export async function matchTotpStep(input: {
  secret: string;
  code: string;
  now: Date;
  lastUsedStep?: number | null | undefined;
}): Promise<number | undefined> {
  const code = new TextEncoder().encode(input.code);
  const secret = Secret.fromBase32(input.secret);
  const key = await crypto.subtle.importKey("raw", secret.bytes, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const present = Math.floor(input.now.getTime() / 1000 / PERIOD_SECONDS);
  const lastUsed = input.lastUsedStep ?? -1;
  let accepted: number | undefined;
  // The comparison with six ASCII digits refuses every other length and script. The loop goes from the oldest step and
  // never returns early: when two steps have the same code, the latest wins, which uses up both, and the time taken
  // doesn't reveal which one matched.
  for (const step of [present - 1, present, present + 1]) {
    const hmac = new Uint8Array(await crypto.subtle.sign("HMAC", key, counterOf(step)));
    const expected = HOTP.generate({ secret, algorithm: ALGORITHM, digits: DIGITS, counter: step, hmac: () => hmac });
    if (isEqualInConstantTime(new TextEncoder().encode(expected), code) && step > lastUsed) accepted = step;
  }
  return accepted;
}

/** RFC 4226 §5.1: 8 bytes, the highest first. */
function counterOf(step: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(step));
  return bytes;
}
