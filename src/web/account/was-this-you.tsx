/** "Was this you?": the answer to the message about a login from a new device. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Act } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { sayOfActivity as say } from "./activity-texts.ts";

type Message = Schemas["Notification"];

/** Asks, and has no answer. The device in question can't answer for itself. */
export const isOpen = ({ type, data }: Message): boolean =>
  type === "new_device" && !("answer" in data) && data["sessionId"] !== client.session?.sessionId;

export function WasThisYou({ message: { id }, answered }: { message: Message; answered: () => Promise<void> }) {
  const [denying, deny] = useState(false);
  const send = async (path: "/notifications/{id}/confirm" | "/notifications/{id}/deny") => {
    toast((await client.account.post(path, { path: { id } })).message);
    await answered();
  };
  return (
    <div class="question" role="group" aria-label={say.wasThisYou}>
      <strong>{say.wasThisYou}</strong>
      <div class="actions">
        <Act class="compact" act={() => send("/notifications/{id}/confirm")}>
          {say.itWasMe}
        </Act>
        <button class="compact" onClick={() => deny(true)}>
          {say.itWasNotMe}
        </button>
      </div>
      {denying && (
        <Confirm
          title={say.itWasNotMe}
          act={say.endThatDevice}
          danger
          confirm={() => send("/notifications/{id}/deny")}
          onClose={() => deny(false)}
        >
          <p class="soft">{say.denyHint}</p>
        </Confirm>
      )}
    </div>
  );
}
