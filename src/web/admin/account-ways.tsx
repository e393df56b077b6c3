/** What else opens one account, or acts for it: accounts at other services, and API keys. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Confirm } from "../components/dialog.tsx";
import { Badge, Card } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, Loaded, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { providerName } from "../shared/service.ts";
import { showDay } from "../shared/texts.ts";
import { say } from "./accounts-texts.ts";
import { say as shared } from "./texts.ts";

type Details = Schemas["UserDetails"];
type ApiKey = Schemas["ApiKeys"]["apiKeys"][number];

const showUse = (time: string | null) => (time ? showDay(time) : shared.never);

export function Identities({ identities }: Details) {
  return (
    <Card title={say.identities}>
      {identities.length === 0 ? (
        <Empty title={say.noIdentities} />
      ) : (
        <Table
          caption={say.identities}
          rows={identities}
          keyOf={({ id }) => id}
          columns={[
            {
              title: say.provider,
              heads: true,
              show: ({ provider, issuer, email }) => (
                <>
                  <span>
                    {providerName(provider) ?? issuer}{" "}
                    {provider === null && <Badge tone="warn">{say.notConfigured}</Badge>}
                  </span>
                  {email && <span class="below soft">{email}</span>}
                </>
              ),
            },
            { title: say.linked, show: ({ linkedAt }) => showDay(linkedAt) },
            { title: say.used, show: ({ lastUsedAt }) => showUse(lastUsedAt) },
          ]}
        />
      )}
    </Card>
  );
}

interface ApiKeysProps extends Details {
  mayRevoke: boolean;
  onRevoked: () => Promise<void>;
}

export function ApiKeys({ user, sessions, mayRevoke, onRevoked }: ApiKeysProps) {
  const [revoking, revoke] = useState<ApiKey | undefined>();
  const path = { id: user.id };
  // An act on the account may have ended them, and then its sessions are read anew.
  const list = useResource(() => client.admin.get("/users/{id}/api-keys", { path }), [user.id], [sessions]);
  return (
    <Card title={say.keys}>
      <Loaded of={list} lines={2} isEmpty={({ apiKeys }) => apiKeys.length === 0} empty={<Empty title={say.noKeys} />}>
        {({ apiKeys }) => (
          <Table
            caption={say.keys}
            rows={apiKeys}
            keyOf={({ id }) => id}
            columns={[
              {
                title: say.key,
                heads: true,
                show: ({ name, permissions }) => (
                  <>
                    {name}
                    <span class="below soft">{permissions.join(", ") || say.noPermissions}</span>
                  </>
                ),
              },
              { title: say.expires, show: ({ expiresAt }) => showDay(expiresAt) },
              { title: say.used, show: ({ lastUsedAt }) => showUse(lastUsedAt) },
              ...(mayRevoke
                ? [
                    {
                      title: shared.acts,
                      actions: true,
                      show: (key: ApiKey) => (
                        <button class="compact" aria-label={say.revokeOne(key.name)} onClick={() => revoke(key)}>
                          {say.revoke}
                        </button>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Loaded>
      {revoking && (
        <Confirm
          title={say.revokeOne(revoking.name)}
          act={say.revoke}
          danger
          onClose={() => revoke(undefined)}
          confirm={async () => {
            const key = { ...path, keyId: revoking.id };
            const { message } = await freshly(() => client.admin.delete("/users/{id}/api-keys/{keyId}", { path: key }));
            toast(message);
            await onRevoked();
          }}
        >
          <p class="soft">{say.revokeWhy}</p>
        </Confirm>
      )}
    </Card>
  );
}
