/** What was sent to a webhook in the last 30 days: how it was answered, and sending it again. */
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Act } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Select } from "../components/field.tsx";
import { Badge, Card, type Tone } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showNumber, showTime } from "../shared/texts.ts";
import { say as shared } from "./texts.ts";
import { say } from "./webhooks-texts.ts";

type Delivery = Schemas["WebhookDelivery"];

const TONES: Record<Delivery["status"], Tone> = { pending: "quiet", delivered: "good", failed: "bad" };
const HOUR_MS = 3_600_000;
const PERIODS: [hours: string, text: string][] = [
  ["24", say.day],
  ["1", say.hour],
  ["168", say.week],
  ["720", say.month],
];
/** How often what waits is looked at: the first attempt takes a moment, others minutes. */
const LOOK_AGAIN_MS = 3000;

interface DeliveriesProps {
  id: string;
  isOn: boolean;
  /** Counts up when something was sent. */
  sent: number;
}

export function Deliveries({ id, isOn, sent }: DeliveriesProps) {
  const [asking, ask] = useState(false);
  const paging = usePaging();
  const list = useResource(
    () => client.admin.get("/webhooks/{id}/deliveries", { path: { id }, query: { limit: 20, cursor: paging.cursor } }),
    [id, paging.cursor],
    [sent],
  );
  const now = list.state.value;
  const isWaiting = now.is === "there" && now.value.data.some(({ status }) => status === "pending");
  useEffect(() => {
    const timer = isWaiting && setTimeout(() => void list.reload(), LOOK_AGAIN_MS);
    return () => clearTimeout(timer || undefined);
  }, [now]);
  const mayReplay = isOn && can("webhooks:write");
  return (
    <Card
      title={say.deliveries}
      lead={say.deliveriesLead}
      actions={
        mayReplay && (
          <button class="compact" onClick={() => ask(true)}>
            {say.replayFailed}
          </button>
        )
      }
    >
      <Paged of={list} paging={paging} lines={8} empty={<Empty title={say.noDeliveries} />}>
        {({ data }) => (
          <Table
            caption={say.deliveries}
            rows={data}
            keyOf={({ id }) => id}
            columns={[
              { title: say.event, show: ({ type }) => <code>{type}</code>, heads: true },
              { title: shared.time, show: ({ createdAt }) => showTime(createdAt) },
              {
                title: shared.state,
                show: ({ status, nextAt }) => (
                  <div>
                    <Badge tone={TONES[status]}>{say[status]}</Badge>
                    {nextAt && <span class="below soft">{say.next(showTime(nextAt))}</span>}
                  </div>
                ),
              },
              { title: say.answer, show: describeAnswer },
              { title: say.attempts, numeric: true, show: ({ attempts }) => showNumber(attempts) },
              ...(mayReplay
                ? [
                    {
                      title: shared.acts,
                      actions: true,
                      show: ({ id: deliveryId, type }: Delivery) => (
                        <Act
                          class="compact"
                          label={say.replayOne(type, deliveryId)}
                          act={async () => {
                            const path = { id, deliveryId };
                            const again = () =>
                              client.admin.post("/webhooks/{id}/deliveries/{deliveryId}/replay", { path });
                            toast((await freshly(again)).message);
                            await list.reload();
                          }}
                        >
                          {say.replay}
                        </Act>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Paged>
      {asking && (
        <Confirm
          title={say.replayFailed}
          act={say.replay}
          onClose={() => ask(false)}
          confirm={async ({ hours }) => {
            const since = new Date(Date.now() - Number(hours) * HOUR_MS).toISOString();
            const again = () => client.admin.post("/webhooks/{id}/replay", { path: { id }, body: { since } });
            toast(say.replayed((await freshly(again)).replayed));
            await list.reload();
          }}
        >
          <p class="soft">{say.replayWhy}</p>
          <Select name="hours" label={say.since} options={PERIODS} />
        </Confirm>
      )}
    </Card>
  );
}

function describeAnswer({ failure, responseStatus, latencyMs }: Delivery) {
  if (failure) return say[failure];
  if (responseStatus === null) return "–";
  return say.status(responseStatus, latencyMs === null ? "" : showNumber(latencyMs));
}
