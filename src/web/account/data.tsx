/** What belongs to the reader: a copy of everything, and the end of the account. */
import { useRef, useState } from "preact/hooks";
import { me, part } from "../components/application.tsx";
import { Act } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Field } from "../components/field.tsx";
import { Card, Page } from "../components/page.tsx";
import { freshly } from "../components/reauthentication.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { download } from "../shared/download.ts";
import { save } from "../shared/save.ts";
import { service } from "../shared/service.ts";
import { showDay } from "../shared/texts.ts";
import { say } from "./texts.ts";

const RESTORABLE_MS = 30 * 86_400_000;

export function Data() {
  return (
    <Page title={say.data} lead={say.dataLead}>
      <Export />
      <Deletion />
    </Page>
  );
}

function Export() {
  const [bytes, setBytes] = useState<number | undefined>();
  const control = useRef<AbortController>(undefined);
  async function run() {
    const { signal } = (control.current = new AbortController());
    try {
      const file = await freshly(() => {
        setBytes(0);
        return download({ path: "/api/users/me/export", onProgress: setBytes, signal });
      });
      save(file, `${say.exportFileName}-${new Date().toISOString().slice(0, 10)}.json`);
      toast(say.exported);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      setBytes(undefined);
    }
  }
  return (
    <Card title={say.export} lead={say.exportLead}>
      <div class="actions">
        <Act act={run}>{say.exportNow}</Act>
        {bytes !== undefined && (
          <>
            <progress aria-label={say.export} />
            <button class="plain" onClick={() => control.current?.abort()}>
              {say.cancel}
            </button>
          </>
        )}
        <span class="small soft" role="status">
          {bytes !== undefined && bytes > 0 && say.received(bytes)}
        </span>
      </div>
    </Card>
  );
}

function Deletion() {
  const [asking, ask] = useState(false);
  return (
    <Card title={say.deletion} lead={say.deletionLead}>
      <div class="actions">
        <button class="danger" onClick={() => ask(true)}>
          {say.deleteAccount}
        </button>
      </div>
      {asking && <Delete onClose={() => ask(false)} />}
    </Card>
  );
}

/** A word that nobody types by accident. */
class Mistyped extends Error {
  readonly status = 422;
  readonly code = "validation_failed";
  readonly errors = [{ pointer: "#/address", detail: say.notYourAddress }];
}

function Delete({ onClose }: { onClose: () => void }) {
  const { email } = me.value!;
  return (
    <Confirm
      title={say.deleteQuestion}
      act={say.deleteForGood}
      danger
      confirm={async ({ address = "" }) => {
        if (address.trim().toLowerCase() !== email.toLowerCase()) throw new Mistyped();
        const until = showDay(new Date(Date.now() + RESTORABLE_MS));
        await part(async () => {
          await freshly(() => client.account.delete(""));
          return <Farewell until={until} />;
        });
      }}
      onClose={onClose}
    >
      <p>{say.deleteHint}</p>
      <Field name="address" label={say.typeAddress(email)} type="email" autocomplete="off" autoFocus />
    </Confirm>
  );
}

function Farewell({ until }: { until: string }) {
  return (
    <Page title={say.deleted} lead={service.product}>
      <Card title={say.changedYourMind}>
        <p>{say.restorable(until)}</p>
        <p>
          <a href="/sign-in">{say.toSignIn}</a>
        </p>
      </Card>
    </Page>
  );
}
