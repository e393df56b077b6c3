/** How many messages the reader has not seen: asked once, and again whenever one comes or is read anywhere. */
import { effect, signal } from "@preact/signals";
import { elsewhere, heard, me } from "../components/application.tsx";
import { client } from "../shared/client.ts";

export const unread = signal(0);

effect(() => {
  void heard.value;
  void elsewhere.value;
  if (me.value) void count();
});

async function count(): Promise<void> {
  try {
    unread.value = (await client.account.get("/notifications", { query: { limit: 1 } })).unread;
  } catch {
    // A number in the navigation is not worth an alarm: the page of messages says what is wrong.
  }
}
