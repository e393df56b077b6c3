/** Import of accounts: a file is chosen, looked at, and sent row by row. */
import { useState } from "preact/hooks";
import { Confirm } from "../components/dialog.tsx";
import { Badge, Card, Message, Page } from "../components/page.tsx";
import { Table } from "../components/table.tsx";
import { showNumber } from "../shared/texts.ts";
import { readRows, type Row } from "./import-file.ts";
import { ImportProgress } from "./import-progress.tsx";
import { fingerprint, lineReached } from "./import-run.ts";
import { say } from "./import-texts.ts";
import { say as shared } from "./texts.ts";

const SHOWN = 50;
const EXAMPLE = `email,prenom,nom,passwordHash,role
ada@example.com,Ada,Lovelace,$2b$10$…,0`;

interface ReadFile {
  title: string;
  /** For the memory of how far it came. */
  name: string;
  rows: Row[];
}

export default function Import() {
  const [file, setFile] = useState<ReadFile | undefined>();
  const [started, start] = useState<Row[] | undefined>();
  const [problem, setProblem] = useState("");
  const other = () => {
    setFile(undefined);
    start(undefined);
  };
  async function read(chosen: File): Promise<void> {
    setProblem("");
    try {
      const bytes = await chosen.arrayBuffer();
      setFile({ title: chosen.name, name: await fingerprint(bytes), rows: readRows(bytes) });
    } catch (error) {
      setProblem((error as Error).message);
    }
  }
  return (
    <Page title={shared.import} lead={shared.importLead}>
      {!file && <Choose problem={problem} read={read} />}
      {file && !started && <Preview {...file} start={start} other={other} />}
      {file && started && <ImportProgress name={file.name} rows={started} other={other} />}
    </Page>
  );
}

function Choose({ problem, read }: { problem: string; read: (chosen: File) => Promise<void> }) {
  return (
    <Card title={say.file}>
      <p class="soft">{say.formats}</p>
      <figure>
        <figcaption class="small soft">{say.example}</figcaption>
        <pre tabIndex={0}>{EXAMPLE}</pre>
      </figure>
      <div role="alert">{problem && <Message tone="bad">{problem}</Message>}</div>
      <label class="button primary file">
        {say.choose}
        <input
          type="file"
          accept=".csv,.json,.jsonl,.ndjson,.txt"
          onChange={({ currentTarget }) => {
            const [chosen] = currentTarget.files ?? [];
            if (chosen) void read(chosen);
            currentTarget.value = "";
          }}
        />
      </label>
    </Card>
  );
}

function Preview({ title, name, rows, start, other }: ReadFile & { start: (rows: Row[]) => void; other: () => void }) {
  const [asking, ask] = useState(false);
  const [reached, setReached] = useState(() => lineReached(name));
  const faulty = rows.filter(({ errors }) => errors.length > 0);
  const ready = rows.filter(({ errors, line }) => errors.length === 0 && line > reached);
  const shown = [...faulty, ...rows.filter(({ errors }) => errors.length === 0)].slice(0, SHOWN);
  return (
    <Card
      title={title}
      actions={
        <>
          <Badge tone="good">{say.ready(ready.length)}</Badge>
          {faulty.length > 0 && <Badge tone="warn">{say.faulty(faulty.length)}</Badge>}
        </>
      }
    >
      {reached > 0 && (
        <div class="message">
          <p>{say.goOn(reached)}</p>
          <button class="plain" onClick={() => setReached(0)}>
            {say.again}
          </button>
        </div>
      )}
      {faulty.length > 0 && <Message tone="warn">{say.faultyWhy}</Message>}
      <Table
        caption={say.preview}
        rows={shown}
        keyOf={({ line }) => line}
        columns={[
          { title: shared.address, show: ({ email, line }) => email || `${say.line} ${line}`, heads: true },
          { title: shared.name, show: ({ name }) => name || "–" },
          { title: say.line, show: ({ line }) => showNumber(line) },
          {
            title: say.result,
            show: ({ errors }) =>
              errors.length === 0 ? (
                <Badge tone="good">{say.fine}</Badge>
              ) : (
                <span class="faults">{errors.join(" ")}</span>
              ),
          },
        ]}
      />
      {rows.length > SHOWN && <p class="soft small">{say.shownFirst(SHOWN)}</p>}
      <div class="actions">
        {ready.length > 0 && (
          <button class="primary" onClick={() => ask(true)}>
            {say.start(ready.length)}
          </button>
        )}
        <button onClick={other}>{say.other}</button>
      </div>
      {asking && (
        <Confirm
          title={say.startTitle}
          act={say.start(ready.length)}
          onClose={() => ask(false)}
          confirm={async () => start(ready)}
        >
          <p class="soft">{say.startWhy}</p>
        </Confirm>
      )}
    </Card>
  );
}
