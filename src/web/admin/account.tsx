/** One person whole: profile, sessions, factors, history, audit, and what may be done. */
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import type { Schemas } from "../../client/index.ts";
import { can, me } from "../components/application.tsx";
import { Menu } from "../components/menu.tsx";
import { Badge, Card, Facts, Message, Page } from "../components/page.tsx";
import { Failed, Loading, useResource } from "../components/resource.tsx";
import { client } from "../shared/client.ts";
import { showDay, showTime } from "../shared/texts.ts";
import { AccountAudit, Factors, History, Sessions } from "./account-parts.tsx";
import { ApiKeys, Identities } from "./account-ways.tsx";
import { State } from "./accounts.tsx";
import { say } from "./accounts-texts.ts";
import { ACTS, AskFor, type Act } from "./acts.tsx";
import { say as acts } from "./acts-texts.ts";
import { Impersonation } from "./impersonation.tsx";
import { PAGES } from "./pages.ts";
import { mayChangeUser, mayLookAt } from "./rights.ts";
import { say as shared } from "./texts.ts";

export function Account() {
  const id = useRoute().params["id"]!;
  return <Whole key={id} id={id} />;
}

function Whole({ id }: { id: string }) {
  const [asked, ask] = useState<Act | undefined>();
  const [looking, look] = useState(false);
  const details = useResource(() => client.admin.get("/users/{id}", { path: { id } }), [id]);
  const now = details.state.value;
  if (now.is !== "there")
    return (
      <Page title={shared.number(id)}>
        {now.is === "loading" ? <Loading lines={12} /> : <Failed why={now.why} retry={details.reload} />}
      </Page>
    );
  const { user } = now.value;
  const mayChange = mayChangeUser(user);
  return (
    <Page
      key="there"
      title={`${user.prenom} ${user.nom}`}
      lead={user.email}
      actions={
        <>
          {mayLookAt(user) && <button onClick={() => look(true)}>{acts.look}</button>}
          {mayChange && <Buttons user={user} ask={ask} />}
        </>
      }
    >
      <p class="small back">
        <a href={PAGES.accounts.path}>{say.back}</a>
      </p>
      {user.deletedAt && <Message tone="bad">{say.isDeleted(user.deletedAt)}</Message>}
      {can("users:write") && !mayChange && <Message>{say.above}</Message>}
      <Profile {...user} />
      <Sessions {...now.value} mayEnd={mayChange && !user.deletedAt} onEnded={details.reload} />
      <Factors {...now.value} />
      <Identities {...now.value} />
      <ApiKeys {...now.value} mayRevoke={mayChange && !user.deletedAt} onRevoked={details.reload} />
      <History logins={now.value.lastLogins} />
      {can("audit:read") && <AccountAudit id={id} read={now.value} />}
      {looking && <Impersonation user={user} onClose={() => look(false)} onDone={details.reload} />}
      {asked && <AskFor act={asked} user={user} onClose={() => ask(undefined)} onDone={details.reload} />}
    </Page>
  );
}

/** The first at hand, the others in a menu. */
function Buttons({ user, ask }: { user: Schemas["ManagedUser"]; ask: (act: Act) => void }) {
  const { route } = useLocation();
  const [first, ...others] = ACTS.filter(({ suits }) => suits(user));
  const writes = can("notifications:send") && !user.deletedAt;
  return (
    <>
      {first && <button onClick={() => ask(first)}>{first.text}</button>}
      {(others.length > 0 || writes) && (
        <Menu
          items={[
            ...(writes ? [{ text: say.write, act: () => route(`${PAGES.broadcast.path}?to=${user.id}`) }] : []),
            ...others.map((act) => ({ text: act.text, act: () => ask(act), danger: act.danger ?? false })),
          ]}
        >
          {shared.more}
        </Menu>
      )}
    </>
  );
}

function Profile(user: Schemas["ManagedUser"]) {
  const { id, email, isVerified, telephone, roleName, locale, createdAt, lastLoginAt } = user;
  return (
    <Card
      title={say.profile}
      actions={
        <>
          {id === me.value?.id && <Badge>{say.you}</Badge>}
          <State {...user} />
        </>
      }
    >
      <Facts
        facts={[
          [
            shared.address,
            <>
              {email} <Badge tone={isVerified ? "good" : "warn"}>{isVerified ? say.verified : say.unproven}</Badge>
            </>,
          ],
          [shared.role, roleName],
          [say.telephone, telephone ?? "–"],
          [say.language, locale === "fr" ? say.french : say.english],
          [say.created, showDay(createdAt)],
          [say.lastLogin, lastLoginAt ? showTime(lastLoginAt) : shared.never],
        ]}
      />
    </Card>
  );
}
