/** What can be done to an account: when, what it means, and how. One dialog asks before any of them. */
import type { ComponentChildren } from "preact";
import type { Schemas } from "../../client/index.ts";
import { can, me } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Checkbox, Field, Select } from "../components/field.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { say as named } from "./accounts-texts.ts";
import { say } from "./acts-texts.ts";
import { useRoleOptions } from "./role-choice.ts";
import { say as shared } from "./texts.ts";

type User = Schemas["ManagedUser"];
type Change = Schemas["ChangeUserRequest"];

export interface Act {
  name: string;
  /** On its button. */
  text: string;
  title: (name: string) => string;
  /** What it means, and what it asks for. */
  ask: (user: User) => ComponentChildren;
  suits: (user: User) => boolean;
  danger?: boolean;
  run: (user: User, values: Record<string, string>) => Promise<{ message: string }>;
}

const isOwn = ({ id }: User) => id === me.value?.id;
const isPresent = ({ deletedAt }: User) => !deletedAt;
const change = ({ id }: User, body: Change) => client.admin.patch("/users/{id}", { path: { id }, body });
const soft = (text: string) => () => <p class="soft">{text}</p>;

export const ACTS: Act[] = [
  {
    name: "edit",
    text: say.edit,
    title: () => say.edit,
    suits: isPresent,
    ask: ({ prenom, nom }) => (
      <div class="columns">
        <Field name="prenom" label={named.firstName} value={prenom} autocomplete="off" />
        <Field name="nom" label={named.lastName} value={nom} autocomplete="off" />
      </div>
    ),
    run: (user, { prenom = "", nom = "" }) => change(user, { prenom, nom }),
  },
  {
    name: "role",
    text: say.role,
    title: () => say.role,
    // Whoever may not see the roles can't choose among them.
    suits: (user) => isPresent(user) && can("roles:read"),
    ask: (user) => <RoleChoice {...user} />,
    run: (user, { roleId }) => change(user, { roleId: Number(roleId) }),
  },
  {
    name: "address",
    text: say.address,
    title: () => say.address,
    // One's own address changes by a proof of the new mailbox.
    suits: (user) => isPresent(user) && !isOwn(user),
    ask: () => (
      <>
        <p class="soft">{say.addressWhy}</p>
        <Field name="email" label={say.newAddress} type="email" autocomplete="off" />
        <Checkbox name="isVerified" label={say.trusted} hint={say.trustedHint} />
      </>
    ),
    run: (user, { email = "", isVerified }) => change(user, { email, ...(isVerified && { isVerified: true }) }),
  },
  {
    name: "confirm",
    text: say.confirm,
    title: () => say.confirm,
    suits: (user) => isPresent(user) && !isOwn(user) && !user.isVerified,
    ask: ({ email }) => <p class="soft">{say.confirmWhy(email)}</p>,
    run: (user) => change(user, { isVerified: true }),
  },
  {
    name: "unlock",
    text: say.unlock,
    title: say.unlockTitle,
    suits: isPresent,
    ask: soft(say.unlockWhy),
    run: ({ id }) => client.admin.post("/users/{id}/unlock", { path: { id } }),
  },
  {
    name: "enable",
    text: say.enable,
    title: say.enableTitle,
    suits: (user) => isPresent(user) && !user.isActive,
    ask: soft(say.enableWhy),
    run: (user) => change(user, { isActive: true }),
  },
  {
    name: "logout",
    text: say.logout,
    title: say.logoutTitle,
    suits: isPresent,
    danger: true,
    ask: soft(say.logoutWhy),
    run: ({ id }) => client.admin.post("/users/{id}/logout", { path: { id } }),
  },
  {
    name: "reset",
    text: say.reset,
    title: say.resetTitle,
    suits: (user) => isPresent(user) && user.twoFactorEnabled,
    danger: true,
    ask: soft(say.resetWhy),
    run: ({ id }) => client.admin.post("/users/{id}/2fa/reset", { path: { id } }),
  },
  {
    name: "disable",
    text: say.disable,
    title: say.disableTitle,
    suits: (user) => isPresent(user) && user.isActive,
    danger: true,
    ask: soft(say.disableWhy),
    run: (user) => change(user, { isActive: false }),
  },
  {
    name: "delete",
    text: say.delete,
    title: say.deleteTitle,
    suits: isPresent,
    danger: true,
    ask: soft(say.deleteWhy),
    run: ({ id }) => client.admin.delete("/users/{id}", { path: { id } }),
  },
  {
    name: "restore",
    text: say.restore,
    title: say.restoreTitle,
    suits: (user) => !isPresent(user),
    ask: soft(say.restoreWhy),
    run: ({ id }) => client.admin.post("/users/{id}/restore", { path: { id } }),
  },
];

function RoleChoice({ roleId }: User) {
  const roles = useRoleOptions({ given: true });
  return (
    <>
      <p class="soft">{say.roleWhy}</p>
      <Select key={roles.length} name="roleId" label={shared.role} value={String(roleId)} options={roles} />
    </>
  );
}

interface AskProps {
  act: Act;
  user: User;
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function AskFor({ act, user, onClose, onDone }: AskProps) {
  return (
    <Confirm
      title={act.title(`${user.prenom} ${user.nom}`)}
      act={act.text}
      danger={act.danger ?? false}
      onClose={onClose}
      confirm={async (values) => {
        const { message } = await freshly(() => act.run(user, values));
        toast(message);
        await onDone();
      }}
    >
      {act.ask(user)}
    </Confirm>
  );
}
