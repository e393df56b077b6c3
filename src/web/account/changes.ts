/** What other parts of the page must know when a way into the account has changed. */
import { effect, signal, untracked } from "@preact/signals";
import { heard, readAccount } from "../components/application.tsx";

/** Counts up when factors, passkeys or recovery codes have changed: lists of them read again. */
export const changes = signal(0);

export async function factorsChanged(): Promise<void> {
  changes.value++;
  // A question of identity asks for what is on.
  await readAccount();
}

/** A message tells of a change that another device, or a link in a mail, has made. */
effect(() => {
  // Counting up reads the count, which must not start this again.
  if (heard.value) untracked(() => void factorsChanged().catch(() => {}));
});
