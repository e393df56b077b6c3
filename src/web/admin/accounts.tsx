/** Everybody's accounts, a page at a time. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Badge, Card, Page } from "../components/page.tsx";
import { Empty, Loaded, useResource } from "../components/resource.tsx";
import { Pager, Table } from "../components/table.tsx";
import { client } from "../shared/client.ts";
import { say } from "./texts.ts";

export function Accounts() {
  /** The cursor of each page on the way here; the first has none. */
  const [way, setWay] = useState<(string | undefined)[]>([undefined]);
  const cursor = way.at(-1);
  const list = useResource(() => client.admin.get("/users", { query: { limit: 20, cursor } }), [cursor]);
  return (
    <Page title={say.accounts} lead={say.accountsLead}>
      <Card title={say.page(way.length)}>
        <Loaded of={list} lines={12} isEmpty={({ data }) => data.length === 0} empty={<Empty title={say.nobody} />}>
          {({ data, pagination: { nextCursor } }) => (
            <>
              <Table
                caption={say.accounts}
                rows={data}
                keyOf={({ id }) => id}
                columns={[
                  { title: say.name, show: ({ prenom, nom }) => `${prenom} ${nom}`, heads: true },
                  { title: say.address, show: ({ email }) => email },
                  { title: say.role, show: ({ roleName }) => roleName },
                  { title: say.state, show: State },
                ]}
              />
              <Pager
                previous={way.length > 1 ? () => setWay(way.slice(0, -1)) : null}
                next={nextCursor ? () => setWay([...way, nextCursor]) : null}
              />
            </>
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function State({ deletedAt, isActive, isVerified }: Schemas["ManagedUser"]) {
  if (deletedAt) return <Badge tone="bad">{say.deleted}</Badge>;
  if (!isActive) return <Badge tone="warn">{say.disabled}</Badge>;
  return isVerified ? <Badge tone="good">{say.active}</Badge> : <Badge>{say.unproven}</Badge>;
}
