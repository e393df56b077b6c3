/** The logins to an account, successful or not. */
import type { Schemas } from "../../client/index.ts";
import { elsewhere } from "../components/application.tsx";
import { Badge, Card, Page } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { client } from "../shared/client.ts";
import { showTime } from "../shared/texts.ts";
import { describeDevice, describePlace } from "./places.ts";
import { sayOfActivity as say } from "./activity-texts.ts";

type Login = Schemas["Login"];

export function History() {
  const paging = usePaging();
  const list = useResource(
    () => client.security.get("/login-history", { query: { limit: 15, cursor: paging.cursor } }),
    [paging.cursor],
    [elsewhere.value],
  );
  return (
    <Page title={say.history} lead={say.historyLead}>
      <Card title={say.latest}>
        <Paged of={list} paging={paging} lines={10} empty={<Empty title={say.noLogins}>{say.noLoginsHint}</Empty>}>
          {({ data }) => (
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
          )}
        </Paged>
      </Card>
    </Page>
  );
}

const TONES = { success: "good", failure: "bad", two_factor_required: "quiet", locked: "warn" } as const;

function Outcome({ outcome, reason, method }: Login) {
  // A login may look wrong for several reasons.
  const reasons = (reason ?? "").split(",").flatMap((each) => say.reasons[each] ?? []);
  const details = reasons.join(", ") || say.methods[method ?? ""];
  return (
    <div>
      <Badge tone={TONES[outcome]}>{say.outcomes[outcome]}</Badge>
      {details && <span class="small soft details">{details}</span>}
    </div>
  );
}
