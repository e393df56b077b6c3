/** Signing in by a passkey alone: chosen in the field of the address, or asked for by a button. */
import { client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { form } from "./form.ts";
import { say } from "./texts.ts";

/** Closing the browser's dialog is no failure: the button is still there. */
export async function unlessAborted<Answer>(ceremony: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ceremony;
  } catch (error) {
    if (isRefusal(error) && error.code === "aborted") return undefined;
    throw error;
  }
}

/** The button, once the browser is known to have passkeys. */
export async function passkeyButton(finish: () => Promise<void>): Promise<HTMLElement | undefined> {
  if (!(await client.passkeys.areAvailable())) return undefined;
  return form({
    submit: say.byPasskey,
    secondary: true,
    fields: [],
    send: async () => {
      if (await unlessAborted(client.login.passkey())) await finish();
    },
  });
}

/** @param refused gets what the service answered; whatever else fails leaves the other ways as they are. */
export async function fillInPasskeys(
  signal: AbortSignal,
  { finish, refused }: { finish: () => Promise<void>; refused: (why: string) => void },
): Promise<void> {
  try {
    if (!(await client.passkeys.areAvailable({ autofill: true }))) return;
    await client.login.passkey({ autofill: true, signal });
    await finish();
  } catch (error) {
    if (isRefusal(error) && error.status > 0 && !signal.aborted) refused(error.message);
  }
}
