/** Webhooks: where events go, and whether they arrive. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Issued } from "../components/issued.tsx";
import { Badge, Card, Page } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { client } from "../shared/client.ts";
import { showDay, showNumber } from "../shared/texts.ts";
import { PAGES } from "./pages.ts";
import { say as shared } from "./texts.ts";
import { WebhookForm } from "./webhook-form.tsx";
import { say } from "./webhooks-texts.ts";

type Webhook = Schemas["Webhook"];

export default function Webhooks() {
  const [adding, add] = useState(false);
  const [issued, issue] = useState<string | undefined>();
  const paging = usePaging();
  const list = useResource(
    () => client.admin.get("/webhooks", { query: { limit: 20, cursor: paging.cursor } }),
    [paging.cursor],
  );
  return (
    <Page
      title={shared.webhooks}
      lead={shared.webhooksLead}
      actions={
        can("webhooks:write") && (
          <button class="primary" onClick={() => add(true)}>
            {say.add}
          </button>
        )
      }
    >
      <Card title={say.list}>
        <Paged of={list} paging={paging} lines={6} empty={<Empty title={say.nothing}>{say.nothingWhy}</Empty>}>
          {({ data }) => (
            <Table
              caption={shared.webhooks}
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { title: say.address, show: Name, heads: true },
                {
                  title: say.events,
                  show: ({ events }) => (events.length === 0 ? say.all : showNumber(events.length)),
                },
                { title: say.created, show: ({ createdAt }) => showDay(createdAt) },
                { title: shared.state, show: (webhook) => <WebhookState {...webhook} /> },
              ]}
            />
          )}
        </Paged>
      </Card>
      {adding && (
        <WebhookForm
          webhook={undefined}
          onClose={() => add(false)}
          onDone={async (secret) => {
            issue(secret);
            await list.reload();
          }}
        />
      )}
      {issued && !adding && (
        <Issued title={say.secretTitle} secret={issued} onClose={() => issue(undefined)}>
          <p>{say.secretHint}</p>
        </Issued>
      )}
    </Page>
  );
}

export const hostOf = ({ url }: Webhook): string => new URL(url).host;

const Name = (webhook: Webhook) => (
  <>
    <a href={`${PAGES.webhooks.path}/${webhook.id}`}>{hostOf(webhook)}</a>
    {webhook.description && <span class="below soft">{webhook.description}</span>}
  </>
);

export function WebhookState({ disabledAt, failingSince }: Webhook) {
  if (disabledAt) return <Badge tone="warn">{say.paused}</Badge>;
  return failingSince ? <Badge tone="bad">{say.failing}</Badge> : <Badge tone="good">{say.active}</Badge>;
}
