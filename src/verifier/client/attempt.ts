/**
 * A call through the binding that may fail. A failure is logged once on this Worker's own console, until a call
 * succeeds again.
 */
import type { TokenVerifierBinding } from "../contract.ts";

const failing = new WeakSet<TokenVerifierBinding>();

/** Undefined when the call failed. */
export async function attempt<Answer>(
  binding: TokenVerifierBinding,
  call: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    const answer = await call();
    failing.delete(binding);
    return answer;
  } catch (error) {
    // The failure is in the binding (its name, its entry point, a deploy), so the message contains nothing of a token.
    if (!failing.has(binding)) console.error(`@auth-api-edge/verifier: the service binding fails: ${String(error)}`);
    failing.add(binding);
    return undefined;
  }
}
