/** Everybody's accounts: found, filtered, a page at a time. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { can } from "../components/application.tsx";
import { Badge, Card, Page } from "../components/page.tsx";
import { Paged, usePaging } from "../components/paging.tsx";
import { Empty, useResource } from "../components/resource.tsx";
import { Table } from "../components/table.tsx";
import { client } from "../shared/client.ts";
import { showTime } from "../shared/texts.ts";
import { say } from "./accounts-texts.ts";
import { FilterSelect, FilterText, useFilters } from "./filters.tsx";
import { Invitation } from "./invitation.tsx";
import { PAGES } from "./pages.ts";
import { useRoleOptions } from "./role-choice.ts";
import { say as shared } from "./texts.ts";

type User = Schemas["ManagedUser"];

const STATUSES = ["active", "disabled", "deleted"] as const;
const SORTS = ["-createdAt", "createdAt", "nom", "-nom", "email", "-email"] as const;
const SORT_TEXTS = [say.newest, say.oldest, say.byName, say.byNameDown, say.byAddress, say.byAddressDown];

export function Accounts() {
  const [inviting, invite] = useState(false);
  const [filters, setFilters] = useFilters(["q", "role", "status", "sort"]);
  const paging = usePaging();
  const roles = useRoleOptions();
  const list = useResource(() => {
    const { q, role } = filters;
    const status = STATUSES.find((each) => each === filters.status);
    const sort = SORTS.find((each) => each === filters.sort);
    return client.admin.get("/users", {
      query: { limit: 20, cursor: paging.cursor, q: q.trim() || undefined, role: role || undefined, status, sort },
    });
  }, [paging.cursor, filters]);
  const filter = (changed: Partial<typeof filters>) => {
    paging.restart();
    setFilters(changed);
  };
  return (
    <Page
      title={shared.accounts}
      lead={shared.accountsLead}
      actions={
        can("users:write") && (
          <button class="primary" onClick={() => invite(true)}>
            {say.invite}
          </button>
        )
      }
    >
      <Card title={say.find}>
        <div class="filters" role="search">
          <FilterText
            label={say.search}
            placeholder={say.searchHint}
            value={filters.q}
            onChange={(q) => filter({ q })}
          />
          {roles.length > 0 && (
            <FilterSelect
              label={shared.role}
              value={filters.role}
              onChange={(role) => filter({ role })}
              options={[["", shared.everyone], ...roles]}
            />
          )}
          <FilterSelect
            label={say.statuses}
            value={filters.status}
            onChange={(status) => filter({ status })}
            options={[["", say.present], ...STATUSES.map((each): [string, string] => [each, say[each]])]}
          />
          <FilterSelect
            label={say.order}
            value={filters.sort || SORTS[0]}
            onChange={(sort) => filter({ sort })}
            options={SORTS.map((each, at) => [each, SORT_TEXTS[at]!])}
          />
        </div>
        <Paged of={list} paging={paging} lines={12} empty={<Empty title={say.nobody}>{say.nobodyWhy}</Empty>}>
          {({ data }) => (
            <Table
              caption={shared.accounts}
              rows={data}
              keyOf={({ id }) => id}
              columns={[
                { title: shared.name, show: Name, heads: true },
                { title: shared.role, show: ({ roleName }) => roleName },
                {
                  title: say.lastLogin,
                  show: ({ lastLoginAt }) => (lastLoginAt ? showTime(lastLoginAt) : shared.never),
                },
                { title: shared.state, show: (user) => <State {...user} /> },
              ]}
            />
          )}
        </Paged>
      </Card>
      {inviting && <Invitation onClose={() => invite(false)} onDone={() => void list.reload()} />}
    </Page>
  );
}

const Name = ({ id, prenom, nom, email }: User) => (
  <>
    <a href={`${PAGES.accounts.path}/${id}`}>
      {prenom} {nom}
    </a>
    <span class="below soft">{email}</span>
  </>
);

export function State({ deletedAt, isActive, isVerified }: User) {
  if (deletedAt) return <Badge tone="bad">{say.deleted}</Badge>;
  if (!isActive) return <Badge tone="warn">{say.disabled}</Badge>;
  return isVerified ? <Badge tone="good">{say.active}</Badge> : <Badge>{say.unproven}</Badge>;
}
