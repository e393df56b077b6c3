/** Jobs that the queue gave up on, and retrying them. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Card, Page } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showTime } from "../shared/texts.ts";
import { AccountLink } from "./account-link.tsx";
import { say } from "./jobs-texts.ts";
import { say as shared } from "./texts.ts";

type Job = Schemas["DeadJob"];

export default function Jobs() {
  const [asked, ask] = useState<Job | undefined>();
  const paging = usePaging();
  const list = useResource(
    () => client.admin.get("/dead-jobs", { query: { limit: 20, cursor: paging.cursor } }),
    [paging.cursor],
  );
  return (
    <Page title={shared.jobs} lead={shared.jobsLead}>
      <Card title={say.list}>
        <Paged of={list} paging={paging} lines={6} empty={<Empty title={say.nothing}>{say.nothingWhy}</Empty>}>
          {({ data }) => (
            <Table
              caption={shared.jobs}
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { title: say.kind, show: ({ type }) => <code>{type}</code>, heads: true },
                { title: say.whom, show: ({ userId }) => <AccountLink id={userId} /> },
                { title: say.since, show: ({ createdAt }) => showTime(createdAt) },
                ...(can("jobs:replay")
                  ? [
                      {
                        title: shared.acts,
                        actions: true,
                        show: (job: Job) => (
                          <button class="compact" aria-label={say.retryOne(job.type, job.id)} onClick={() => ask(job)}>
                            {say.retry}
                          </button>
                        ),
                      },
                    ]
                  : []),
              ]}
            />
          )}
        </Paged>
      </Card>
      {asked && (
        <Confirm
          title={say.retryTitle}
          act={say.retry}
          onClose={() => ask(undefined)}
          confirm={async () => {
            const path = { id: asked.id };
            const { message } = await freshly(() => client.admin.post("/dead-jobs/{id}/replay", { path }));
            toast(message);
            await list.reload();
          }}
        >
          <p class="soft">{say.retryWhy}</p>
        </Confirm>
      )}
    </Page>
  );
}
