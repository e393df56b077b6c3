/** Roles: what each of them may do, made, changed and deleted. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Badge, Card, Page } from "../components/page.tsx";
import { Loaded, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { client } from "../shared/client.ts";
import { showNumber } from "../shared/texts.ts";
import { mayChangeRole } from "./rights.ts";
import { readRoles } from "./role-choice.ts";
import { RoleDeletion, RoleMove } from "./role-deletion.tsx";
import { RoleForm } from "./role-form.tsx";
import { Matrix } from "./role-matrix.tsx";
import { describeRole, say } from "./roles-texts.ts";
import { say as shared } from "./texts.ts";

type Role = Schemas["Role"];

export default function Roles() {
  const [editing, edit] = useState<Role | "new" | undefined>();
  const [deleting, remove] = useState<Role | undefined>();
  const [moved, setMoved] = useState<number | undefined>();
  const read = useResource(async () => {
    const [roles, permissions] = await Promise.all([readRoles(), client.admin.get("/permissions")]);
    return { roles, permissions: permissions.data };
  });
  return (
    <Page
      title={shared.roles}
      lead={shared.rolesLead}
      actions={
        can("roles:write") && (
          <button class="primary" onClick={() => edit("new")}>
            {say.create}
          </button>
        )
      }
    >
      {moved !== undefined && <RoleMove key={moved} id={moved} />}
      <Card title={say.list}>
        <Loaded of={read} lines={5}>
          {({ roles }) => <RoleTable roles={roles} edit={edit} remove={remove} />}
        </Loaded>
      </Card>
      <Card title={say.matrix} lead={say.matrixLead}>
        <Loaded of={read} lines={10}>
          {(all) => <Matrix {...all} />}
        </Loaded>
      </Card>
      {read.state.value.is === "there" && editing && (
        <RoleForm
          {...read.state.value.value}
          role={editing === "new" ? undefined : editing}
          onClose={() => edit(undefined)}
          onDone={read.reload}
        />
      )}
      {read.state.value.is === "there" && deleting && (
        <RoleDeletion
          role={deleting}
          roles={read.state.value.value.roles}
          onClose={() => remove(undefined)}
          onDone={async () => {
            if (deleting.inUse) setMoved(deleting.id);
            await read.reload();
          }}
        />
      )}
    </Page>
  );
}

interface RoleTableProps {
  roles: Role[];
  edit: (role: Role) => void;
  remove: (role: Role) => void;
}

function RoleTable({ roles, edit, remove }: RoleTableProps) {
  return (
    <Table
      caption={say.list}
      rows={roles}
      keyOf={({ id }) => id}
      columns={[
        {
          title: say.name,
          heads: true,
          show: (role) => (
            <>
              {role.name}
              {role.description && <span class="below soft">{describeRole(role)}</span>}
            </>
          ),
        },
        {
          title: say.permissions,
          numeric: true,
          show: ({ permissions }) => (permissions.includes("*") ? say.all : showNumber(permissions.length)),
        },
        {
          title: shared.state,
          show: ({ isSystem, inUse }) => (
            <span class="badges">
              <Badge tone={inUse ? "good" : "quiet"}>{inUse ? say.inUse : say.unused}</Badge>{" "}
              {isSystem && <Badge>{say.system}</Badge>}
            </span>
          ),
        },
        ...(can("roles:write")
          ? [
              {
                title: shared.acts,
                actions: true,
                show: (role: Role) =>
                  mayChangeRole(role) && (
                    <>
                      <button class="compact" aria-label={say.editOne(role.name)} onClick={() => edit(role)}>
                        {say.edit}
                      </button>{" "}
                      {!role.isSystem && (
                        <button class="compact" aria-label={say.deleteOne(role.name)} onClick={() => remove(role)}>
                          {say.delete}
                        </button>
                      )}
                    </>
                  ),
              },
            ]
          : []),
      ]}
    />
  );
}
