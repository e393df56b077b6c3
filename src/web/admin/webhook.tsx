/** One webhook: what it gets, what may be done to it, and what became of each delivery. */
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Issued } from "../components/issued.tsx";
import { Menu } from "../components/menu.tsx";
import { Card, Facts, Message, Page } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, Failed, Loading, useResource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showDay } from "../shared/texts.ts";
import { AccountLink } from "./account-link.tsx";
import { PAGES } from "./pages.ts";
import { say as shared } from "./texts.ts";
import { Deliveries } from "./webhook-deliveries.tsx";
import { WebhookForm } from "./webhook-form.tsx";
import { hostOf, WebhookState } from "./webhooks.tsx";
import { say } from "./webhooks-texts.ts";

type Webhook = Schemas["Webhook"];

interface Act {
  text: string;
  why: string;
  suits: (webhook: Webhook) => boolean;
  danger?: boolean;
  run: (id: string) => Promise<{ message: string; secret?: string }>;
}

const turn = (id: string, isActive: boolean) =>
  client.admin.patch("/webhooks/{id}", { path: { id }, body: { isActive } });
const isOn = ({ disabledAt }: Webhook) => disabledAt === null;

const TEST: Act = {
  text: say.test,
  why: say.testWhy,
  suits: isOn,
  run: (id) => client.admin.post("/webhooks/{id}/test", { path: { id } }),
};
const RESUMPTION: Act = {
  text: say.resume,
  why: say.resumeWhy,
  suits: (webhook) => !isOn(webhook),
  run: (id) => turn(id, true),
};
const ROTATION: Act = {
  text: say.rotate,
  why: say.rotateWhy,
  suits: () => true,
  run: (id) => client.admin.post("/webhooks/{id}/secret", { path: { id } }),
};
const PAUSE: Act = { text: say.pause, why: say.pauseWhy, suits: isOn, danger: true, run: (id) => turn(id, false) };
const DELETION: Act = {
  text: say.delete,
  why: say.deleteWhy,
  suits: () => true,
  danger: true,
  run: (id) => client.admin.delete("/webhooks/{id}", { path: { id } }),
};
/** The first that suits is at hand, the others stand in a menu. */
const ACTS = [TEST, RESUMPTION, ROTATION, PAUSE, DELETION];

/** The API has lists alone, and nobody has many webhooks. */
async function findWebhook(id: string): Promise<Webhook | undefined> {
  for (let cursor: string | undefined; ;) {
    const { data, pagination } = await client.admin.get("/webhooks", { query: { limit: 100, cursor } });
    const found = data.find((each) => each.id === id);
    if (found || pagination.nextCursor === null) return found;
    cursor = pagination.nextCursor;
  }
}

export default function OneWebhook() {
  const id = useRoute().params["id"]!;
  const { route } = useLocation();
  const [editing, edit] = useState(false);
  const [asked, ask] = useState<Act | undefined>();
  const [issued, issue] = useState<string | undefined>();
  const [sent, countSent] = useState(0);
  const read = useResource(() => findWebhook(id), [id]);
  const now = read.state.value;
  if (now.is !== "there")
    return (
      <Page title={shared.webhooks}>
        {now.is === "loading" ? <Loading lines={8} /> : <Failed why={now.why} retry={read.reload} />}
      </Page>
    );
  const webhook = now.value;
  if (!webhook)
    return (
      <Page title={shared.webhooks}>
        <Back />
        <Empty title={say.gone} />
      </Page>
    );
  const [first, ...others] = ACTS.filter(({ suits }) => suits(webhook));
  const { url, description, events, ownerId, createdAt, disabledAt, failingSince, previousSecretUntil } = webhook;
  return (
    <Page
      key="there"
      title={hostOf(webhook)}
      lead={description}
      actions={
        can("webhooks:write") && (
          <>
            <button onClick={() => ask(first)}>{first!.text}</button>
            <Menu
              items={[
                { text: say.edit, act: () => edit(true) },
                ...others.map((act) => ({ text: act.text, act: () => ask(act), danger: act.danger ?? false })),
              ]}
            >
              {shared.more}
            </Menu>
          </>
        )
      }
    >
      <Back />
      {disabledAt && <Message tone="warn">{say.isPaused(disabledAt)}</Message>}
      {!disabledAt && failingSince && <Message tone="bad">{say.isFailing(failingSince)}</Message>}
      {previousSecretUntil && <Message>{say.twoSecrets(previousSecretUntil)}</Message>}
      <Card title={shared.webhook} actions={<WebhookState {...webhook} />}>
        <Facts
          facts={[
            [say.address, <span class="issued">{url}</span>],
            [say.events, events.length === 0 ? say.all : events.map((event) => <div key={event}>{event}</div>)],
            [say.created, showDay(createdAt)],
            [say.owner, <AccountLink id={ownerId} />],
          ]}
        />
      </Card>
      <Deliveries id={id} isOn={disabledAt === null} sent={sent} />
      {editing && <WebhookForm webhook={webhook} onClose={() => edit(false)} onDone={read.reload} />}
      {asked && (
        <Confirm
          title={asked.text}
          act={asked.text}
          danger={asked.danger ?? false}
          onClose={() => ask(undefined)}
          confirm={async () => {
            const { message, secret } = await freshly(() => asked.run(id));
            if (!secret) toast(message);
            if (asked === DELETION) return route(PAGES.webhooks.path);
            issue(secret);
            countSent(sent + 1);
            await read.reload();
          }}
        >
          <p class="soft">{asked.why}</p>
        </Confirm>
      )}
      {issued && !asked && (
        <Issued title={say.secretTitle} secret={issued} onClose={() => issue(undefined)}>
          <p>{say.secretHint}</p>
        </Issued>
      )}
    </Page>
  );
}

const Back = () => (
  <p class="small back">
    <a href={PAGES.webhooks.path}>{say.back}</a>
  </p>
);
