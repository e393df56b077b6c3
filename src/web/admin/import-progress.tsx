/** How far an import is, and what became of each row. It can be paused, and goes on after a failure. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Badge, Card, Message, type Tone } from "../components/page.tsx";
import { Table } from "../components/table.tsx";
import { describeRefusal } from "../shared/refusal.ts";
import { showNumber } from "../shared/texts.ts";
import type { Row } from "./import-file.ts";
import { sendRows, type Outcome } from "./import-run.ts";
import { say } from "./import-texts.ts";
import { say as shared } from "./texts.ts";

const TONES: Record<Outcome["status"], Tone> = { created: "good", exists: "quiet", invalid: "warn", refused: "bad" };
const STATUSES = Object.keys(TONES) as Outcome["status"][];
/** Beyond that nobody reads them here. */
const SHOWN = 200;

interface ProgressProps {
  name: string;
  rows: Row[];
  other: () => void;
}

export function ImportProgress({ name, rows, other }: ProgressProps) {
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const [running, setRunning] = useState(false);
  const [refusal, setRefusal] = useState("");
  const stopped = useRef(false);
  const done = outcomes.length;
  const finished = done === rows.length;

  async function go(from: number): Promise<void> {
    stopped.current = false;
    setRunning(true);
    setRefusal("");
    try {
      await sendRows({
        name,
        rows: rows.slice(from),
        onOutcomes: (more) => setOutcomes((all) => [...all, ...more]),
        isStopped: () => stopped.current,
      });
    } catch (error) {
      setRefusal(describeRefusal(error));
    } finally {
      setRunning(false);
    }
  }
  useEffect(() => {
    void go(0);
    return () => void (stopped.current = true);
  }, []);

  const emails = new Map(rows.map(({ line, email }) => [line, email]));
  const others = outcomes.filter(({ status }) => status !== "created");
  return (
    <>
      <Card title={running ? say.progress : finished ? say.finished : say.paused}>
        <div class="stack" role="status">
          <progress max={rows.length} value={done} aria-label={say.progress} />
          <p class="spread">
            <span>{say.done(done, rows.length)}</span>
            <span class="actions">
              {STATUSES.map((status) => [status, outcomes.filter((each) => each.status === status).length] as const)
                .filter(([, count]) => count > 0)
                .map(([status, count]) => (
                  <Badge key={status} tone={TONES[status]}>
                    {say[status]} {showNumber(count)}
                  </Badge>
                ))}
            </span>
          </p>
        </div>
        <div role="alert">{refusal && <Message tone="bad">{refusal}</Message>}</div>
        <div class="actions">
          {running && <button onClick={() => (stopped.current = true)}>{say.stop}</button>}
          {!running && !finished && (
            <button class="primary" onClick={() => void go(done)}>
              {say.resume}
            </button>
          )}
          {!running && <button onClick={other}>{say.other}</button>}
        </div>
      </Card>
      {done > 0 && (
        <Card title={say.notCreated}>
          {others.length === 0 ? (
            <Message tone="good">{say.allCreated}</Message>
          ) : (
            <Table
              caption={say.notCreated}
              rows={others.slice(0, SHOWN)}
              keyOf={({ line }) => line}
              columns={[
                { title: shared.address, show: ({ line }) => emails.get(line) ?? "", heads: true },
                { title: say.line, show: ({ line }) => showNumber(line) },
                { title: say.result, show: Result },
              ]}
            />
          )}
        </Card>
      )}
    </>
  );
}

function Result({ status, errors }: Outcome) {
  return (
    <div>
      <Badge tone={TONES[status]}>{say[status]}</Badge>
      <span class="faults">
        {status === "refused" ? say.refusedWhy : errors?.map(({ detail }) => detail).join(" ")}
      </span>
    </div>
  );
}
