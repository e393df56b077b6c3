/** What one account has: open sessions, second factors, last sign-ins, its part of the audit log. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Confirm } from "../components/dialog.tsx";
import { Badge, Card, Facts, type Tone } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { Empty, Loaded, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { showNumber, showTime } from "../shared/texts.ts";
import { say } from "./accounts-texts.ts";
import { describeDevice, describePlace } from "./device.ts";
import { PAGES } from "./pages.ts";
import { say as shared } from "./texts.ts";

type Details = Schemas["UserDetails"];
type Session = Schemas["ManagedSession"];

interface SessionsProps extends Details {
  mayEnd: boolean;
  onEnded: () => Promise<void>;
}

/** Nobody's device, where an administrator looks at the account. */
const nameSession = ({ impersonated, userAgent }: Session) =>
  impersonated ? say.byAdministrator : describeDevice(userAgent);
const describeEnd = ({ impersonated, userAgent }: Session) =>
  impersonated ? say.endView : say.endOne(describeDevice(userAgent));

export function Sessions({ user, sessions, mayEnd, onEnded }: SessionsProps) {
  const [ending, end] = useState<Session | undefined>();
  return (
    <Card title={say.sessions}>
      {sessions.length === 0 ? (
        <Empty title={say.noSessions} />
      ) : (
        <Table
          caption={say.sessions}
          rows={sessions}
          keyOf={({ id }) => id}
          columns={[
            { title: say.device, show: nameSession, heads: true },
            { title: shared.place, show: describePlace },
            { title: say.lastUsed, show: ({ lastUsedAt }) => showTime(lastUsedAt) },
            ...(mayEnd
              ? [
                  {
                    title: shared.acts,
                    actions: true,
                    show: (session: Session) => (
                      <button class="compact" aria-label={describeEnd(session)} onClick={() => end(session)}>
                        {say.end}
                      </button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {ending && (
        <Confirm
          title={describeEnd(ending)}
          act={say.end}
          danger
          onClose={() => end(undefined)}
          confirm={async () => {
            const path = { id: user.id, sessionId: ending.id };
            const { message } = await freshly(() => client.admin.delete("/users/{id}/sessions/{sessionId}", { path }));
            toast(message);
            await onEnded();
          }}
        >
          <p class="soft">{ending.impersonated ? say.endViewWhy : say.endOneWhy}</p>
        </Confirm>
      )}
    </Card>
  );
}

const FACTORS: Record<string, string> = { totp: say.totp, passkey: say.passkey, email: say.email };

export function Factors({ twoFactorMethods, recoveryCodesLeft }: Details) {
  return (
    <Card title={say.factors}>
      {twoFactorMethods.length === 0 ? (
        <Empty title={say.noFactors}>{say.noFactorsWhy}</Empty>
      ) : (
        <Facts
          facts={[
            ...twoFactorMethods.map(({ type, confirmedAt }): [string, string] => [
              FACTORS[type] ?? type,
              say.since(confirmedAt),
            ]),
            [say.codesLeft, showNumber(recoveryCodesLeft)],
          ]}
        />
      )}
    </Card>
  );
}

const TONES: Record<Schemas["ManagedLogin"]["outcome"], Tone> = {
  success: "good",
  failure: "warn",
  two_factor_required: "quiet",
  locked: "bad",
};

export function History({ logins }: { logins: Schemas["ManagedLogin"][] }) {
  return (
    <Card title={say.history}>
      {logins.length === 0 ? (
        <Empty title={say.noHistory} />
      ) : (
        <Table
          caption={say.history}
          rows={logins}
          keyOf={({ id }) => id}
          columns={[
            { title: shared.time, show: ({ createdAt }) => showTime(createdAt), heads: true },
            { title: say.outcome, show: ({ outcome }) => <Badge tone={TONES[outcome]}>{say[outcome]}</Badge> },
            { title: say.device, show: ({ userAgent }) => describeDevice(userAgent) },
            { title: shared.place, show: describePlace },
          ]}
        />
      )}
    </Card>
  );
}

/** @param read what the page shows: when an act has changed it, the log has one more record. */
export function AccountAudit({ id, read }: { id: string; read: Details }) {
  const target = `user:${id}`;
  const records = useResource(() => client.admin.get("/audit-logs", { query: { target, limit: 10 } }), [id, read]);
  return (
    <Card title={say.audit} actions={<a href={`${PAGES.audit.path}?target=${target}`}>{say.wholeAudit}</a>}>
      <Loaded of={records} lines={5} isEmpty={({ data }) => data.length === 0} empty={<Empty title={say.noAudit} />}>
        {({ data }) => (
          <Table
            caption={say.audit}
            rows={data}
            keyOf={({ id }) => id}
            columns={[
              { title: say.event, show: ({ action }) => <code>{action}</code>, heads: true },
              {
                title: say.by,
                show: ({ actorId }) => (actorId === null ? "–" : actorId === id ? say.owner : shared.number(actorId)),
              },
              { title: shared.time, show: ({ createdAt }) => showTime(createdAt) },
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
