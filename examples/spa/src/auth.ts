/** The client of the whole app: the session is in it. */
import { AuthError, createAuthClient } from "@auth-api-edge/client";

export const auth = createAuthClient({ url: import.meta.env.VITE_AUTH_URL ?? "http://localhost:3001" });

/** What to tell a person: the service's own words, or ours where it could not be asked. */
export function describe(error: unknown): string {
  if (!(error instanceof AuthError)) throw error;
  switch (error.code) {
    case "offline":
      return "You are offline.";
    case "unreachable":
    case "timeout":
    case "unexpected_answer":
      return "The service does not answer. Please try again.";
    case "aborted":
      return "";
    case "passkeys_unavailable":
      return "This browser has no passkey for us.";
    case "validation_failed":
      return error.errors.map(({ detail }) => detail).join(" ");
    default:
      return error.message;
  }
}
