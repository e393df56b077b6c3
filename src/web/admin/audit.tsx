/** The audit log: filtered, a page at a time, and verified. */
import type { Schemas } from "../../client/index.ts";
import { Card, Facts, Page } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { client } from "../shared/client.ts";
import { showTime } from "../shared/texts.ts";
import { AccountLink } from "./account-link.tsx";
import { say } from "./audit-texts.ts";
import { FilterText, useFilters } from "./filters.tsx";
import { say as shared } from "./texts.ts";
import { Verification } from "./verification.tsx";

type AuditEntry = Schemas["AuditRecord"];

const NAMES = ["actor", "action", "target", "from", "to"] as const;
const NOTHING = Object.fromEntries(NAMES.map((name) => [name, ""]));

export default function Audit() {
  const [filters, setFilters] = useFilters(NAMES);
  const paging = usePaging();
  const list = useResource(() => {
    const { actor, action, target, from, to } = filters;
    return client.admin.get("/audit-logs", {
      query: {
        limit: 20,
        cursor: paging.cursor,
        actor: actor.trim() || undefined,
        action: action.trim() || undefined,
        target: target.trim() || undefined,
        from: from ? startOf(from) : undefined,
        to: to ? startOf(to, 1) : undefined,
      },
    });
  }, [paging.cursor, filters]);
  const filter = (changed: Partial<typeof filters>) => {
    paging.restart();
    setFilters(changed);
  };
  return (
    <Page title={shared.audit} lead={shared.auditLead}>
      <Card
        title={say.records}
        actions={
          Object.values(filters).some(Boolean) && (
            <button class="plain" onClick={() => filter(NOTHING)}>
              {say.clear}
            </button>
          )
        }
      >
        <div class="filters" role="search">
          <FilterText
            label={say.action}
            placeholder="user.updated"
            value={filters.action}
            onChange={(action) => filter({ action })}
          />
          <FilterText
            label={say.actor}
            placeholder="42"
            value={filters.actor}
            onChange={(actor) => filter({ actor })}
          />
          <FilterText
            label={say.target}
            placeholder="user:42"
            value={filters.target}
            onChange={(target) => filter({ target })}
          />
          <FilterText label={say.from} type="date" value={filters.from} onChange={(from) => filter({ from })} />
          <FilterText label={say.to} type="date" value={filters.to} onChange={(to) => filter({ to })} />
        </div>
        <Paged of={list} paging={paging} lines={12} empty={<Empty title={say.nothing}>{say.nothingWhy}</Empty>}>
          {({ data }) => (
            <Table
              caption={shared.audit}
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { title: say.action, show: Event, heads: true },
                { title: say.actor, show: ({ actorId }) => (actorId ? <AccountLink id={actorId} /> : say.service) },
                { title: say.target, show: Target },
                { title: shared.time, show: ({ createdAt }) => showTime(createdAt) },
              ]}
            />
          )}
        </Paged>
      </Card>
      <Verification />
    </Page>
  );
}

/** A day as the reader counts them: from midnight to midnight where they are. */
function startOf(day: string, later = 0): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

function Event({ id, action, metadata, ipAddress, requestId, hash }: AuditEntry) {
  return (
    <details class="event">
      <summary>
        <code>{action}</code>
      </summary>
      <Facts
        facts={[
          ["Nº", id],
          [say.metadata, <pre>{JSON.stringify(metadata, null, 1)}</pre>],
          [say.address, ipAddress ?? "–"],
          [say.request, requestId ?? "–"],
          [say.hash, <code>{hash}</code>],
        ]}
      />
    </details>
  );
}

function Target({ targetType, targetId }: AuditEntry) {
  if (targetType === "user") return <AccountLink id={targetId} />;
  return <>{targetId === null ? targetType : `${targetType} ${targetId}`}</>;
}
