/** What the service counts: totals, and what happened day by day. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Card } from "../components/page.tsx";
import { Loaded, useResource } from "../components/resource.tsx";
import { client } from "../shared/client.ts";
import { locale, showNumber } from "../shared/texts.ts";
import { FilterSelect } from "./filters.tsx";
import { say } from "./overview-texts.ts";
import { Plot } from "./plot.tsx";

const DAY_MS = 86_400_000;
const PERIODS = [7, 30, 90, 365];
const ratios = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const shares = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });

export function Figures() {
  const [days, setDays] = useState(30);
  const figures = useResource(
    () => client.admin.get("/stats", { query: { from: daysAgo(days - 1), to: daysAgo(0) } }),
    [days],
  );
  return (
    <>
      <Card
        title={say.figures}
        actions={
          <FilterSelect
            label={say.period}
            value={String(days)}
            onChange={(value) => setDays(Number(value))}
            options={PERIODS.map((count) => [String(count), count > 300 ? say.year : say.days(count)])}
          />
        }
      >
        <Loaded of={figures} lines={4}>
          {(all) => <Totals {...all} />}
        </Loaded>
      </Card>
      <Card title={say.loginsByDay} lead={say.loginsLead}>
        <Loaded of={figures} lines={7}>
          {({ days }) => <Plot title={say.loginsByDay} days={days} lines={["logins", "failures"]} />}
        </Loaded>
      </Card>
      <Card title={say.signUpsByDay}>
        <Loaded of={figures} lines={7}>
          {({ days }) => <Plot title={say.signUpsByDay} days={days} lines={["signUps"]} bars />}
        </Loaded>
      </Card>
    </>
  );
}

/** As the service counts days: in UTC. */
const daysAgo = (count: number) => new Date(Date.now() - count * DAY_MS).toISOString().slice(0, 10);

function Totals({ totals, days, countedAt }: Schemas["Statistics"]) {
  const {
    users,
    disabledUsers,
    deletedUsers,
    twoFactorUsers,
    twoFactorShare,
    passkeyUsers,
    passkeyShare,
    liveSessions,
  } = totals;
  const signUps = days.reduce((sum, { signUps }) => sum + signUps, 0);
  return (
    <>
      <dl class="tiles">
        <Tile name={say.accounts} value={showNumber(users)}>
          {say.disabledAndDeleted(disabledUsers, deletedUsers)}
        </Tile>
        <Tile name={say.newOnes} value={showNumber(signUps)}>
          {say.inPeriod}
        </Tile>
        <Tile name={say.liveSessions} value={showNumber(liveSessions)}>
          {say.perAccount(ratios.format(users > 0 ? liveSessions / users : 0))}
        </Tile>
        <Tile name={say.twoFactor} value={shares.format(twoFactorShare)}>
          <progress aria-hidden="true" max={1} value={twoFactorShare} />
          {say.ofAccounts(twoFactorUsers, users)}
        </Tile>
        <Tile name={say.passkeys} value={shares.format(passkeyShare)}>
          <progress aria-hidden="true" max={1} value={passkeyShare} />
          {say.ofAccounts(passkeyUsers, users)}
        </Tile>
      </dl>
      <p class="soft small">{say.countedAt(countedAt)}</p>
    </>
  );
}

interface TileProps {
  name: string;
  value: string;
  children: ComponentChildren;
}

function Tile({ name, value, children }: TileProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span class="soft small">{children}</span>
      </dd>
    </div>
  );
}
