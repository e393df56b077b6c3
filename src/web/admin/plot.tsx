/** Figures by day as a plot, with their values under the pointer, and as a table for whoever can't use a picture. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Message } from "../components/page.tsx";
import { Table } from "../components/table.tsx";
import { showDay, showNumber } from "../shared/texts.ts";
import { say } from "./overview-texts.ts";

type Day = Schemas["StatisticsDay"];
export type Line = "logins" | "failures" | "signUps";

interface PlotProps {
  title: string;
  days: Day[];
  lines: Line[];
  /** For numbers that mean nothing between two days. */
  bars?: boolean;
}

export function Plot({ title, days, lines, bars = false }: PlotProps) {
  const canvas = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const [at, point] = useState<number | undefined>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let end = () => {};
    let over = false;
    // What draws is larger than the page around it, and only this page needs it.
    import("./draw.ts").then(
      ({ draw }) => {
        if (!over) end = draw(canvas.current!, { days, lines, bars, legend: legend.current!, point });
      },
      () => setFailed(true),
    );
    return () => {
      over = true;
      end();
    };
  }, [days]);
  const day = at === undefined ? undefined : days[at];
  return (
    <div class="plot">
      <ul class="legend" ref={legend}>
        <li class="soft">{day ? showUtcDay(day.date) : say.inAll}</li>
        {lines.map((line) => (
          <li key={line} data-line={line}>
            {say[line]} <strong>{showNumber(day ? day[line] : sumOf(days, line))}</strong>
          </li>
        ))}
      </ul>
      {failed ? (
        <Message tone="warn">{say.plotFailed}</Message>
      ) : (
        <div ref={canvas} class="canvas" role="img" aria-label={say.plot(title)} />
      )}
      <details>
        <summary>{say.asTable}</summary>
        <Table
          caption={title}
          rows={days.toReversed()}
          keyOf={({ date }) => date}
          columns={[
            { title: say.day, show: ({ date }) => showUtcDay(date), heads: true },
            ...lines.map((line) => ({ title: say[line], show: (day: Day) => showNumber(day[line]), numeric: true })),
          ]}
        />
      </details>
    </div>
  );
}

const sumOf = (days: Day[], line: Line) => days.reduce((sum, day) => sum + day[line], 0);
/** Noon, so that it is the same day wherever it is read. */
const showUtcDay = (date: string) => showDay(`${date}T12:00:00`);
