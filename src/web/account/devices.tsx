/** The devices that are signed in, each of which can be signed out. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { elsewhere, heard } from "../components/application.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Item, Items } from "../components/items.tsx";
import { Badge, Card, Page } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showTime } from "../shared/texts.ts";
import { describeDevice, describePlace } from "./places.ts";
import { sayOfActivity as say } from "./activity-texts.ts";
import { isOpen, WasThisYou } from "./was-this-you.tsx";

type Session = Schemas["Session"];

export function Devices() {
  const paging = usePaging();
  const list = useResource(
    async () => {
      const [sessions, { data: messages }] = await Promise.all([
        client.security.get("/sessions", { query: { limit: 20, cursor: paging.cursor } }),
        client.account.get("/notifications", { query: { limit: 50 } }),
      ]);
      return { ...sessions, questions: messages.filter(isOpen) };
    },
    [paging.cursor],
    [elsewhere.value, heard.value],
  );
  const [asks, ask] = useState<Session | "others" | undefined>();
  const { state, reload } = list;
  const hasOthers = state.value.is === "there" && state.value.value.data.some(({ current }) => !current);
  return (
    <Page title={say.devices} lead={say.devicesLead}>
      <Card
        title={say.signedInOn}
        actions={
          hasOthers && (
            <button class="compact" onClick={() => ask("others")}>
              {say.endOthers}
            </button>
          )
        }
      >
        <Paged of={list} paging={paging} lines={6} empty={<Empty title={say.noDevices}>{say.noDevicesHint}</Empty>}>
          {({ data, questions }) => (
            <Items label={say.signedInOn}>
              {data.map((session) => (
                <Device
                  key={session.id}
                  session={session}
                  question={questions.find(({ data }) => data["sessionId"] === session.id)}
                  end={() => ask(session)}
                  answered={reload}
                />
              ))}
            </Items>
          )}
        </Paged>
      </Card>
      {asks && <End what={asks} onClose={() => ask(undefined)} ended={reload} />}
    </Page>
  );
}

interface DeviceProps {
  session: Session;
  /** The message that asked about it, if it has no answer yet. */
  question: Schemas["Notification"] | undefined;
  end: () => void;
  answered: () => Promise<void>;
}

function Device({ session, question, end, answered }: DeviceProps) {
  const { current, impersonated, device, createdAt, lastUsedAt, methods } = session;
  const name = describeDevice(device);
  return (
    <Item
      title={name}
      badge={
        (current && <Badge tone="good">{say.thisDevice}</Badge>) ||
        (impersonated && <Badge tone="warn">{say.byAdministrator}</Badge>)
      }
      marked={!current && !!question}
      lead={
        <>
          <p>{describePlace(session)}</p>
          <p>{say.usedAt(showTime(lastUsedAt))}</p>
          <p>
            {say.signedInAt(showTime(createdAt))}
            {methods.includes("mfa") && ` · ${say.withSecondFactor}`}
          </p>
        </>
      }
      // The answer to the question ends it too.
      actions={
        !current &&
        !question && (
          <button class="compact" aria-label={say.endNamed(name)} onClick={end}>
            {say.end}
          </button>
        )
      }
    >
      {question && !current && <WasThisYou message={question} answered={answered} />}
    </Item>
  );
}

function End({ what, onClose, ended }: { what: Session | "others"; onClose: () => void; ended: () => Promise<void> }) {
  return (
    <Confirm
      title={what === "others" ? say.endOthersQuestion : say.endQuestion(describeDevice(what.device))}
      act={what === "others" ? say.endOthers : say.end}
      danger
      confirm={async () => {
        const { message } =
          what === "others"
            ? await client.security.delete("/sessions")
            : await client.security.delete("/sessions/{id}", { path: { id: what.id } });
        toast(message);
        await ended();
      }}
      onClose={onClose}
    >
      <p class="soft">{what === "others" ? say.endOthersHint : say.endHint}</p>
    </Confirm>
  );
}
