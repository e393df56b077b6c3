/** Walks the hash chain of the audit log, step by step, and says how far it holds. */
import { useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { Field } from "../components/field.tsx";
import { Form } from "../components/form.tsx";
import { Card, Message } from "../components/page.tsx";
import { client } from "../shared/client.ts";
import { say } from "./audit-texts.ts";

/** Small enough for one answer to come soon, so that progress is seen. */
const STEP = 5_000;

type Verdict = Pick<Schemas["AuditVerification"], "checked" | "firstBroken" | "anchor" | "complete">;

export function Verification() {
  const [verdict, setVerdict] = useState<Verdict | undefined>();
  async function verify(start: string): Promise<void> {
    let anchor: string | undefined = start || undefined;
    let checked = 0;
    setVerdict({ checked, firstBroken: null, anchor: null, complete: false });
    try {
      for (;;) {
        const step: Schemas["AuditVerification"] = await client.admin.get("/audit-logs/verify", {
          query: { limit: STEP, anchor },
        });
        checked += step.checked;
        setVerdict({ ...step, checked });
        if (step.complete || step.firstBroken || !step.anchor) return;
        anchor = step.anchor;
      }
    } catch (error) {
      setVerdict(undefined);
      throw error;
    }
  }
  return (
    <Card title={say.chain} lead={say.chainLead}>
      <Form submit={say.verify} send={({ anchor = "" }) => verify(anchor.trim())}>
        <Field name="anchor" label={say.anchor} hint={say.anchorHint} autocomplete="off" optional />
      </Form>
      <div role="status">{verdict && <Result {...verdict} />}</div>
    </Card>
  );
}

function Result({ checked, firstBroken, anchor, complete }: Verdict) {
  if (firstBroken) return <Message tone="bad">{say[firstBroken.reason](firstBroken.id)}</Message>;
  if (!complete) return <Message>{say.checked(checked)}</Message>;
  return (
    <div class="message good">
      <p>
        <strong>{say.intact(checked)}</strong>
      </p>
      {anchor && (
        <>
          <p>{say.keep}</p>
          <p>
            <code>{anchor}</code>
          </p>
        </>
      )}
    </div>
  );
}
