/** Sign-in and registration in one form, and the second step where an account has one. */
import type { Schemas } from "@auth-api-edge/client";
import type { ComponentChildren, TargetedSubmitEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { auth, describe } from "./auth.ts";

type Fields = Record<string, string>;

/** Once somebody is signed in, `useSession` shows the account: nothing is left to do here. */
export function SignIn() {
  const [isNew, setNew] = useState(false);
  const [challenge, setChallenge] = useState<Schemas["Challenge"]>();

  useEffect(() => {
    const page = new AbortController();
    // The browser offers passkeys in the field of the address, if it can; a person who wants none need not know.
    auth.login.passkey({ autofill: true, signal: page.signal }).catch(() => {});
    return () => page.abort();
  }, []);

  async function signIn({ email = "", password = "" }: Fields): Promise<void> {
    const answer = await auth.login({ email, password });
    if ("twoFactorRequired" in answer) setChallenge(answer);
  }

  async function register({ prenom = "", nom = "", email = "", password = "" }: Fields): Promise<string> {
    return (await auth.register({ prenom, nom, email, password })).message;
  }

  if (challenge) return <SecondStep challenge={challenge} />;
  return (
    <>
      <h1>{isNew ? "Register" : "Sign in"}</h1>
      <Form key={isNew} button={isNew ? "Register" : "Sign in"} submit={isNew ? register : signIn}>
        {isNew && (
          <label>
            First name
            <input required name="prenom" autoComplete="given-name" />
          </label>
        )}
        {isNew && (
          <label>
            Last name
            <input required name="nom" autoComplete="family-name" />
          </label>
        )}
        <label>
          E-mail
          <input required name="email" type="email" autoComplete="username webauthn" />
        </label>
        <label>
          Password
          <input required name="password" type="password" autoComplete={isNew ? "new-password" : "current-password"} />
        </label>
      </Form>
      {!isNew && <Form button="Use a passkey" submit={async () => void (await auth.login.passkey())} />}
      <button class="link" onClick={() => setNew(!isNew)}>
        {isNew ? "I have an account" : "I am new here"}
      </button>
    </>
  );
}

type Coded = Exclude<Schemas["Challenge"]["methods"][number], "passkey">;

function SecondStep({ challenge }: { challenge: Schemas["Challenge"] }) {
  const { twoFactorToken } = challenge;
  // A passkey is not answered by a code; this example leaves it out.
  const methods = challenge.methods.filter((each): each is Coded => each !== "passkey");
  const [method, setMethod] = useState(methods[0] ?? "recovery_code");
  return (
    <>
      <h1>Second step</h1>
      <Form
        button="Continue"
        submit={async ({ code = "" }) => void (await auth.login.secondFactor({ twoFactorToken, method, code }))}
      >
        <label>
          With
          <select value={method} onChange={({ currentTarget }) => setMethod(currentTarget.value as typeof method)}>
            {methods.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label>
          Code
          <input required name="code" autoComplete="one-time-code" />
        </label>
      </Form>
      {methods.includes("email") && (
        <button class="link" onClick={() => void auth.login.sendCode(twoFactorToken)}>
          Send me a code
        </button>
      )}
    </>
  );
}

interface FormOptions {
  button: string;
  /** May answer what to say once it is done. */
  submit: (fields: Fields) => Promise<string | void>;
  children?: ComponentChildren;
}

function Form({ button, submit, children }: FormOptions) {
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);

  async function onSubmit(event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Fields;
    setText((await submit(fields).catch(describe)) ?? "");
    setBusy(false);
  }

  return (
    <form onSubmit={(event) => void onSubmit(event)}>
      {children}
      <p role="alert">{text}</p>
      <button disabled={isBusy}>{button}</button>
    </form>
  );
}
