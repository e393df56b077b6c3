/** Deletes a role, and follows its accounts to the one that replaces it. */
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Select } from "../components/field.tsx";
import { Message } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showNumber } from "../shared/texts.ts";
import { holds } from "./rights.ts";
import { say } from "./roles-texts.ts";

type Role = Schemas["Role"];

interface RoleDeletionProps {
  role: Role;
  roles: Role[];
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function RoleDeletion({ role, roles, onClose, onDone }: RoleDeletionProps) {
  const replacements = roles.filter(({ id, permissions }) => id !== role.id && holds(permissions));
  return (
    <Confirm
      title={say.deleteTitle(role.name)}
      act={say.delete}
      danger
      onClose={onClose}
      confirm={async ({ replacementId }) => {
        const path = { id: role.id };
        const { message } = await freshly(() => client.admin.delete("/roles/{id}", { path, query: { replacementId } }));
        toast(message);
        await onDone();
      }}
    >
      <p class="soft">{role.inUse ? say.deleteUsed : say.deleteUnused}</p>
      {role.inUse && (
        <Select
          name="replacementId"
          label={say.replacement}
          options={replacements.map(({ id, name }) => [String(id), name])}
        />
      )}
    </Confirm>
  );
}

const LOOK_AGAIN_MS = 2_000;
/** The API lists no more at a time, and has no count. */
const LISTED = 100;

/** Over 200 accounts the queue moves them, after the answer. */
export function RoleMove({ id }: { id: number }) {
  const [left, setLeft] = useState<string | undefined>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let over = false;
    const look = async () => {
      try {
        const { data, pagination } = await client.admin.get("/users", { query: { role: String(id), limit: LISTED } });
        if (over) return;
        setLeft(pagination.nextCursor ? say.moreThan(LISTED) : showNumber(data.length));
        if (data.length > 0) timer = setTimeout(() => void look(), LOOK_AGAIN_MS);
      } catch {
        if (!over) timer = setTimeout(() => void look(), LOOK_AGAIN_MS * 5);
      }
    };
    if (can("users:read")) void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [id]);
  return (
    <div role="status">
      {left !== undefined && (
        <Message tone={left === "0" ? "good" : "quiet"}>{left === "0" ? say.moved : say.moving(left)}</Message>
      )}
    </div>
  );
}
