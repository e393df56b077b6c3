/** Makes a role, or changes one. It offers only what the reader may give. */
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Checkbox, Field, TextArea } from "../components/field.tsx";
import { Message } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { describeRole, say } from "./roles-texts.ts";

type Role = Schemas["Role"];

/** Every new account gets it, so only somebody with all permissions may add to it. */
const ROLE_OF_NEWCOMERS = 0;
const BOX = "permission ";

interface RoleFormProps {
  /** Undefined: a new one. */
  role: Role | undefined;
  permissions: Schemas["Permission"][];
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function RoleForm({ role, permissions, onClose, onDone }: RoleFormProps) {
  const described = role ? describeRole(role) : "";
  const held = role?.permissions ?? [];
  const isForNewcomers = role?.id === ROLE_OF_NEWCOMERS;
  const own = [...(can("*") ? [{ name: "*", description: say.all }] : []), ...permissions];
  const offered = own.filter(({ name }) => can(name) && (!isForNewcomers || can("*") || held.includes(name)));
  const others = held.filter((permission) => !offered.some(({ name }) => name === permission));
  const mayAddOthers = can("*") || others.length > 0;
  return (
    <Confirm
      title={role ? say.editOne(role.name) : say.create}
      act={role ? say.edit : say.create}
      onClose={onClose}
      confirm={async ({ name = role?.name ?? "", description: written = "", others = "", ...boxes }) => {
        // Read in another language, and left as it was.
        const description = role && written === described ? role.description : written;
        const ticked = Object.keys(boxes).filter((box) => box.startsWith(BOX));
        const permissions = [...ticked.map((box) => box.slice(BOX.length)), ...others.split(/[\s,;]+/).filter(Boolean)];
        const { message } = await freshly(() =>
          role
            ? client.admin.patch("/roles/{id}", {
                path: { id: role.id },
                // A built-in role keeps its name.
                body: { description, permissions, ...(!role.isSystem && { name }) },
              })
            : client.admin.post("/roles", { body: { name, description, permissions } }),
        );
        toast(message);
        await onDone();
      }}
    >
      {role && <p class="soft">{say.editWhy}</p>}
      {isForNewcomers && <Message tone="warn">{say.newcomers}</Message>}
      {!role?.isSystem && (
        <Field
          name="name"
          label={say.name}
          hint={say.nameHint}
          value={role?.name ?? ""}
          maxLength={50}
          autocomplete="off"
        />
      )}
      <Field name="description" label={say.description} value={described} maxLength={500} autocomplete="off" optional />
      <fieldset class="boxes">
        <legend>{say.permissions}</legend>
        {offered.map(({ name, description }) => (
          <Checkbox key={name} name={BOX + name} label={description} hint={name} checked={held.includes(name)} />
        ))}
      </fieldset>
      {mayAddOthers && (
        <TextArea name="others" label={say.others} hint={say.othersHint} value={others.join("\n")} rows={3} optional />
      )}
    </Confirm>
  );
}
