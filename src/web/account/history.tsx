/** The logins to an account, successful or not. */
import type { Schemas } from "../../client/index.ts";
import { elsewhere } from "../components/application.tsx";
import { Badge, Card, Page } from "../components/page.tsx";
import { usePaging } from "../components/paging.ts";
import { Empty, Loaded, useResource } from "../components/resource.tsx";
import { Pager, Table } from "../components/table.tsx";
import { client } from "../shared/client.ts";
import { showTime } from "../shared/texts.ts";
import { describeDevice, describePlace } from "./places.ts";
import { sayOfActivity as say } from "./activity-texts.ts";

type Login = Schemas["Login"];

export function History() {
  const { cursor, number, turn } = usePaging();
  const list = useResource(
    () => client.security.get("/login-history", { query: { limit: 15, cursor } }),
    [cursor],
    [elsewhere.value],
  );
  return (
    <Page title={say.history} lead={say.historyLead}>
      <Card title={number === 1 ? say.latest : say.pageNumber(number)}>
        <Loaded
          of={list}
          lines={10}
          isEmpty={({ data }) => data.length === 0}
          empty={<Empty title={say.noLogins}>{say.noLoginsHint}</Empty>}
        >
          {({ data, pagination: { nextCursor } }) => (
            <>
              <Table
                caption={say.history}
                rows={data}
                keyOf={({ id }) => id}
                columns={[
                  { title: say.when, show: ({ createdAt }) => showTime(createdAt), heads: true },
                  { title: say.what, show: Outcome },
                  { title: say.device, show: ({ device }) => describeDevice(device) },
                  { title: say.where, show: describePlace },
                ]}
              />
              {(cursor || nextCursor) && <Pager {...turn(nextCursor)} />}
            </>
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

const TONES = { success: "good", failure: "bad", two_factor_required: "quiet", locked: "warn" } as const;

function Outcome({ outcome, reason, method }: Login) {
  const details = say.reasons[reason ?? ""] ?? say.methods[method ?? ""];
  return (
    <div>
      <Badge tone={TONES[outcome]}>{say.outcomes[outcome]}</Badge>
      {details && <span class="small soft details">{details}</span>}
    </div>
  );
}
