/** A call through the binding that may fail. What was wrong is said once, on this Worker's own console, until a call works again. */
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
    // What fails is the binding (its name, its entry point, a deploy): its message holds nothing of a token.
    if (!failing.has(binding)) console.error(`auth-api/verifier: the service binding fails: ${String(error)}`);
    failing.add(binding);
    return undefined;
  }
}
