/** The accounts at other services that open this one: which are linked, another one, the end of one. */
import { useEffect, useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { elsewhere } from "../components/application.tsx";
import { Act } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Item, Items } from "../components/items.tsx";
import { Badge, Card, Message } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, Loaded, useResource } from "../components/resource.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { providerName, service } from "../shared/service.ts";
import { showDay } from "../shared/texts.ts";
import { changes, factorsChanged } from "./changes.ts";
import { sayOfIdentities as say } from "./identity-texts.ts";

type Identity = Schemas["Identity"];

/** What came of a visit to another service: the address says it once. */
let news = client.login.returned(location.hash);
if (news) history.replaceState(null, "", location.pathname + location.search);

/** Above the page, since whoever comes back looks there. */
export function LinkNews() {
  useEffect(() => () => void (news = undefined), []);
  if (news?.linked) return <Message tone="good">{say.linked(providerName(news.linked) ?? news.linked)}</Message>;
  return news?.error ? <Message tone="bad">{say.refused(news.error)}</Message> : null;
}

export function Identities() {
  const list = useResource(() => client.security.get("/identities"), [], [elsewhere.value, changes.value]);
  const now = list.state.value;
  const isUnused = now.is === "there" ? now.value.identities.length === 0 : now.is === "loading";
  // Neither is there one to link, nor one from earlier.
  if (service.providers.length === 0 && isUnused) return null;
  return (
    <Card title={say.title} lead={say.lead}>
      <Loaded
        of={list}
        lines={2}
        isEmpty={({ identities }) => identities.length === 0}
        empty={<Empty title={say.none} />}
      >
        {({ identities }) => (
          <Items label={say.title}>
            {identities.map((identity) => (
              <Entry key={identity.id} identity={identity} />
            ))}
          </Items>
        )}
      </Loaded>
      <div class="actions">
        {service.providers.map(({ id, name }) => (
          <Act key={id} class="compact" act={() => link(id)}>
            {say.link(name)}
          </Act>
        ))}
      </div>
    </Card>
  );
}

/** Leaves for the other service, which leads back here. */
async function link(provider: string): Promise<void> {
  const returnTo = location.origin + location.pathname;
  const { url } = await freshly(() => client.security.post("/identities", { body: { provider, returnTo } }));
  location.assign(url);
}

function Entry({ identity: { id, provider, issuer, email, linkedAt, lastUsedAt } }: { identity: Identity }) {
  const [asks, ask] = useState(false);
  const name = providerName(provider);
  const shown = name ?? URL.parse(issuer)?.host ?? issuer;
  return (
    <Item
      title={shown}
      badge={!name && <Badge tone="warn">{say.notOffered}</Badge>}
      lead={
        <>
          {email && <p>{email}</p>}
          <p>{say.times(showDay(linkedAt), lastUsedAt && showDay(lastUsedAt))}</p>
        </>
      }
      actions={
        <button class="compact" aria-label={say.unlinkNamed(shown)} onClick={() => ask(true)}>
          {say.unlink}
        </button>
      }
    >
      {asks && (
        <Confirm
          title={say.question(shown)}
          act={say.unlink}
          danger
          confirm={async () => {
            const { message } = await freshly(() => client.security.delete("/identities/{id}", { path: { id } }));
            toast(message);
            await factorsChanged();
          }}
          onClose={() => ask(false)}
        >
          <p class="soft">{say.unlinkHint(shown)}</p>
        </Confirm>
      )}
    </Item>
  );
}
