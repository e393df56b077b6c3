/** What the service has told its owner about the account, as it happens. */
import type { Schemas } from "../../client/index.ts";
import { elsewhere, heard } from "../components/application.tsx";
import { Act } from "../components/button.tsx";
import { Item, Items } from "../components/items.tsx";
import { Badge, Card, Page } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { client } from "../shared/client.ts";
import { showTime } from "../shared/texts.ts";
import { describePlace } from "./places.ts";
import { sayOfActivity as say } from "./activity-texts.ts";
import { unread } from "./unread.ts";
import { isOpen, WasThisYou } from "./was-this-you.tsx";

type Message = Schemas["Notification"];

export function Messages() {
  const paging = usePaging();
  const list = useResource(
    () => client.account.get("/notifications", { query: { limit: 15, cursor: paging.cursor } }),
    [paging.cursor],
    [elsewhere.value, heard.value],
  );
  const { reload } = list;
  const read = async (body: Schemas["MarkNotificationsReadRequest"]) => {
    unread.value = (await client.account.post("/notifications/read", { body })).unread;
    await reload();
  };
  return (
    <Page title={say.messages} lead={say.messagesLead}>
      <Card
        title={say.messagesCount(unread.value)}
        actions={
          unread.value > 0 && (
            <Act class="compact" act={() => read({ all: true })}>
              {say.readAll}
            </Act>
          )
        }
      >
        <Paged of={list} paging={paging} lines={8} empty={<Empty title={say.noMessages}>{say.noMessagesHint}</Empty>}>
          {({ data }) => (
            <Items label={say.messages}>
              {data.map((message) => (
                <Shown key={message.id} message={message} read={() => read({ ids: [message.id] })} answered={reload} />
              ))}
            </Items>
          )}
        </Paged>
      </Card>
    </Page>
  );
}

interface ShownProps {
  message: Message;
  read: () => Promise<void>;
  answered: () => Promise<void>;
}

function Shown({ message, read, answered }: ShownProps) {
  const { title, content, createdAt, readAt, data } = message;
  const { device, answer } = data as Record<string, string | null | undefined>;
  return (
    <Item
      title={title}
      badge={readAt ? undefined : <Badge>{say.isNew}</Badge>}
      marked={!readAt}
      lead={<time dateTime={createdAt}>{showTime(createdAt)}</time>}
      actions={
        !readAt && (
          <Act class="plain" label={say.readNamed(title)} act={read}>
            {say.markRead}
          </Act>
        )
      }
    >
      <p class="said">{content}</p>
      {message.type === "new_device" && (
        <p class="small soft">
          {[device, describePlace(data as { city: string | null; country: string | null })].filter(Boolean).join(" · ")}
        </p>
      )}
      {answer && (
        <p>
          <Badge tone={answer === "denied" ? "bad" : "good"}>{answer === "denied" ? say.wasNotYou : say.wasYou}</Badge>
        </p>
      )}
      {isOpen(message) && <WasThisYou message={message} answered={answered} />}
    </Item>
  );
}
