/**
 * What an act needs that the API allows only shortly after a proof of identity: `await freshly(() => client.admin…)`
 * asks for one if it is missing, and then does the act.
 */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { Confirm } from "./dialog.tsx";
import { Field, PasswordField } from "./field.tsx";
import { say } from "./texts.ts";

interface Question {
  answer: (proven: boolean) => void;
}

const question = signal<Question | undefined>(undefined);

/** @throws what `act` throws; `reauthentication_required` if the reader closes the question. */
export async function freshly<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!isRefusal(error) || error.code !== "reauthentication_required") throw error;
    const proven = await new Promise<boolean>((answer) => (question.value = { answer }));
    question.value = undefined;
    if (!proven) throw error;
    return act();
  }
}

/** Once in an application. @param byCode whether the reader has an authenticator. */
export function Reauthentication({ byCode }: { byCode: boolean }) {
  const asked = question.value;
  return asked ? <Ask byCode={byCode} {...asked} /> : null;
}

function Ask({ byCode, answer }: Question & { byCode: boolean }) {
  const [asks, ask] = useState<"password" | "code">(byCode ? "code" : "password");
  let proven = false;
  return (
    <Confirm
      title={say.confirmIdentity}
      act={say.goOn}
      confirm={async ({ password = "", code = "" }) => {
        const body = asks === "password" ? { password } : { method: "totp" as const, code };
        await client.security.post("/reauthenticate", { body });
        proven = true;
      }}
      onClose={() => answer(proven)}
    >
      <p class="soft">{say.whyConfirm}</p>
      {asks === "password" ? (
        <PasswordField key="password" name="password" label={say.yourPassword} autocomplete="current-password" />
      ) : (
        <Field
          key="code"
          name="code"
          label={say.code}
          autocomplete="one-time-code"
          inputMode="numeric"
          maxLength={20}
        />
      )}
      {byCode && (
        <button type="button" class="plain" onClick={() => ask(asks === "code" ? "password" : "code")}>
          {asks === "code" ? say.byPassword : say.byCode}
        </button>
      )}
    </Confirm>
  );
}
