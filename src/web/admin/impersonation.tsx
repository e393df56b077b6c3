/** Looking at somebody's account as they see it: asks for the reason, and opens a tab of its own. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { me } from "../components/application.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { Field } from "../components/field.tsx";
import { Message } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { openView, type View } from "../shared/view.ts";
import { say } from "./acts-texts.ts";

interface ImpersonationProps {
  user: Schemas["ManagedUser"];
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function Impersonation({ user, onClose, onDone }: ImpersonationProps) {
  const [blocked, block] = useState<View | undefined>();
  if (blocked)
    return (
      <Dialog title={say.look} onClose={onClose}>
        <p class="soft">{say.blocked}</p>
        <div class="actions">
          <button class="primary" onClick={() => openView(blocked) && onClose()}>
            {say.openTab}
          </button>
        </div>
      </Dialog>
    );
  return (
    <Confirm
      title={say.lookTitle(`${user.prenom} ${user.nom}`)}
      act={say.look}
      onClose={onClose}
      confirm={async ({ reason = "" }) => {
        const path = { id: user.id };
        const body = { reason };
        const opened = await freshly(() => client.admin.post("/users/{id}/impersonate", { path, body }));
        const { prenom, nom } = me.value!;
        const view = {
          token: opened.token,
          expiresAt: Date.now() + opened.expiresIn * 1000,
          by: `${prenom} ${nom}`,
        };
        toast(opened.message);
        void onDone();
        if (!openView(view)) {
          block(view);
          // The dialog doesn't close: it has become another one.
          await new Promise(() => {});
        }
      }}
    >
      <p class="soft">{say.lookWhy}</p>
      <Message tone="warn">{say.lookTold}</Message>
      <Field name="reason" label={say.reason} hint={say.reasonHint} maxLength={500} autocomplete="off" />
    </Confirm>
  );
}
