/**
 * What leaves us and comes back: a consent that is being asked for, and the code. Sealed, not stored: nobody can read or
 * change it, and it is good for its purpose and its time alone.
 */
import * as z from "zod/mini";
import type { Secrets } from "../../crypto/secrets.ts";

/** What a person has allowed, or is about to. */
const Authorization = z.object({
  client: z.string(),
  userId: z.int(),
  sessionId: z.uuid(),
  redirectUri: z.string(),
  scopes: z.array(z.string()),
  audience: z.optional(z.string()),
  challenge: z.optional(z.string()),
  nonce: z.optional(z.string()),
  state: z.optional(z.string()),
});
export type Authorization = z.infer<typeof Authorization>;

const Sealed = z.extend(Authorization, {
  /** Random: a code's grant has it. */
  id: z.uuid(),
  /** In milliseconds since 1970. */
  expiresAt: z.int(),
});

type Purpose = "oauth-consent" | "oauth-code";
const LIFETIME_SECONDS: Record<Purpose, number> = { "oauth-consent": 600, "oauth-code": 60 };

export function sealAuthorization(secrets: Secrets, purpose: Purpose, authorization: Authorization): Promise<string> {
  const sealed = {
    ...authorization,
    id: crypto.randomUUID(),
    expiresAt: Date.now() + LIFETIME_SECONDS[purpose] * 1000,
  };
  return secrets.seal(JSON.stringify(sealed), purpose);
}

/** Undefined for anything but ours, of that purpose, in its time. */
export async function openAuthorization(
  secrets: Secrets,
  purpose: Purpose,
  text: string,
): Promise<z.infer<typeof Sealed> | undefined> {
  const opened = await secrets.open(text, purpose).catch(() => undefined);
  const parsed = opened === undefined ? undefined : Sealed.safeParse(JSON.parse(opened));
  return parsed?.success && parsed.data.expiresAt > Date.now() ? parsed.data : undefined;
}
