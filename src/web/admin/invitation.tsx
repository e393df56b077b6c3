/** Creates an account for somebody, who chooses the password by a link in a mail. */
import { Confirm } from "../components/dialog.tsx";
import { Field, Select } from "../components/field.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { locale } from "../shared/texts.ts";
import { say } from "./accounts-texts.ts";
import { useRoleOptions } from "./role-choice.ts";
import { say as shared } from "./texts.ts";

export function Invitation({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const roles = useRoleOptions({ given: true });
  return (
    <Confirm
      title={say.inviteTitle}
      act={say.sendInvitation}
      onClose={onClose}
      confirm={async ({ email = "", prenom = "", nom = "", roleId, locale }) => {
        const body = { email, prenom, nom, locale: locale as "fr" | "en", ...(roleId && { roleId: Number(roleId) }) };
        const { message } = await freshly(() => client.admin.post("/users", { body }));
        toast(message);
        onDone();
      }}
    >
      <p class="soft">{say.inviteWhy}</p>
      <Field name="email" label={shared.address} type="email" autocomplete="off" />
      <div class="columns">
        <Field name="prenom" label={say.firstName} autocomplete="off" />
        <Field name="nom" label={say.lastName} autocomplete="off" />
      </div>
      <div class="columns">
        {roles.length > 0 && <Select name="roleId" label={shared.role} options={roles} />}
        <Select
          name="locale"
          label={say.language}
          value={locale}
          options={[
            ["fr", say.french],
            ["en", say.english],
          ]}
        />
      </div>
    </Confirm>
  );
}
