/** What other parts of the page must know when a way into the account has changed. */
import { signal } from "@preact/signals";
import { me } from "../components/application.tsx";
import { client } from "../shared/client.ts";

/** Counts up when factors, passkeys or recovery codes have changed: lists of them read again. */
export const changes = signal(0);

export async function factorsChanged(): Promise<void> {
  changes.value++;
  // A question of identity asks for what is on.
  me.value = await client.me();
}
