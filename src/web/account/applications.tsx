/** The applications that the account has let in, and its API keys. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Confirm } from "../components/dialog.tsx";
import { Item, Items } from "../components/items.tsx";
import { Card, Page } from "../components/page.tsx";
import { Empty, Loaded, useResource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showDay } from "../shared/texts.ts";
import { ApiKeys } from "./api-keys.tsx";
import { sayOfApplications as say } from "./applications-texts.ts";

type Connected = Schemas["ConnectedApplication"];

export function Applications() {
  const list = useResource(() => client.security.get("/applications"), []);
  const [asks, ask] = useState<Connected | undefined>();
  return (
    <Page title={say.title} lead={say.lead}>
      <Card title={say.connected} lead={say.connectedLead}>
        <Loaded
          of={list}
          lines={3}
          isEmpty={({ applications }) => applications.length === 0}
          empty={<Empty title={say.noneConnected} />}
        >
          {({ applications }) => (
            <Items label={say.connected}>
              {applications.map((application) => (
                <Item
                  key={application.id}
                  title={application.name}
                  lead={
                    <>
                      <p>
                        {say.since(
                          showDay(application.since),
                          application.lastUsedAt && showDay(application.lastUsedAt),
                        )}
                      </p>
                      <p>{application.scopes.join(", ")}</p>
                    </>
                  }
                  actions={
                    <button
                      class="compact"
                      aria-label={say.withdrawFrom(application.name)}
                      onClick={() => ask(application)}
                    >
                      {say.withdraw}
                    </button>
                  }
                />
              ))}
            </Items>
          )}
        </Loaded>
      </Card>
      <ApiKeys />
      {asks && (
        <Confirm
          title={say.withdrawFrom(asks.name)}
          act={say.withdraw}
          danger
          confirm={async () => {
            const { message } = await client.security.delete("/applications/{id}", { path: { id: asks.id } });
            await list.reload();
            toast(message);
          }}
          onClose={() => ask(undefined)}
        >
          <p class="soft">{say.withdrawHint}</p>
        </Confirm>
      )}
    </Page>
  );
}
