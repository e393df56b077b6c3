/** The first page: figures, plots and the health of the queue, as far as the reader may see them. */
import { can } from "../components/application.tsx";
import { Card, Message, Page } from "../components/page.tsx";
import { Loaded, useResource } from "../components/resource.tsx";
import { client } from "../shared/client.ts";
import { showNumber } from "../shared/texts.ts";
import { Figures } from "./figures.tsx";
import { say } from "./overview-texts.ts";
import { PAGES } from "./pages.ts";
import { say as shared } from "./texts.ts";

export function Overview() {
  return (
    <Page title={shared.overview} lead={say.lead}>
      {can("stats:read") && <Figures />}
      {can("jobs:read") && <Health />}
      {!can("stats:read") && <Shortcuts />}
    </Page>
  );
}

/** As many as one answer lists: beyond that the exact number says nothing more. */
const COUNTED = 100;

function Health() {
  const dead = useResource(() => client.admin.get("/dead-jobs", { query: { limit: COUNTED } }));
  return (
    <Card title={say.health}>
      <Loaded
        of={dead}
        lines={1}
        isEmpty={({ data }) => data.length === 0}
        empty={<Message tone="good">{say.healthy}</Message>}
      >
        {({ data, pagination }) => (
          <Message tone="warn">
            {say.dead(showNumber(data.length) + (pagination.nextCursor ? "+" : ""), data.length === 1)}{" "}
            {say.lastDead(data[0]!.createdAt)} <a href={PAGES.jobs.path}>{say.seeJobs}</a>
          </Message>
        )}
      </Loaded>
    </Card>
  );
}

/** For whoever may not see the figures: the page would be empty. */
function Shortcuts() {
  return (
    <Card title={say.shortcuts}>
      <ul class="shortcuts">
        {Object.values(PAGES)
          .filter(({ permission }) => can(permission))
          .map(({ path, title, lead }) => (
            <li key={path}>
              <a href={path}>{title}</a>
              <p class="soft small">{lead}</p>
            </li>
          ))}
      </ul>
    </Card>
  );
}
