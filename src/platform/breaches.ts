/**
 * Checks whether a password is known from a breach. Have I Been Pwned only learns 5 hex digits of its SHA-1, which one
 * in a million passwords share.
 */
import { toHex } from "../crypto/hex.ts";
import type { Config } from "./config.ts";
import { logEvent } from "./log.ts";

const TIME_LIMIT_MS = 1_000;

/**
 * Returns false when the service does not answer in time: its failure must not stop anyone from changing a password.
 */
export async function isBreached({ BREACH_CHECK, BREACH_ENDPOINT }: Config, password: string): Promise<boolean> {
  if (!BREACH_CHECK) return false;
  // SHA-1 is the key of that service's index; our security doesn't depend on its strength.
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(password));
  const hex = toHex(new Uint8Array(digest)).toUpperCase();
  try {
    const response = await fetch(`${BREACH_ENDPOINT ?? "https://api.pwnedpasswords.com"}/range/${hex.slice(0, 5)}`, {
      redirect: "manual",
      // Padding hides the number of entries from observers; padding entries have the count 0.
      headers: { "Add-Padding": "true", "User-Agent": "auth-api" },
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const lines = (await response.text()).split("\n");
    return lines.some((line) => {
      const [suffix, count] = line.trim().split(":");
      return suffix?.toUpperCase() === hex.slice(5) && Number(count) > 0;
    });
  } catch (error) {
    logEvent("breach_check_failed", {}, error);
    return false;
  }
}
