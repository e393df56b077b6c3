/**
 * For acts that the API allows only shortly after a proof of identity: `await freshly(() => client.admin…)` asks for
 * the proof if it is missing, then tries again.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Schemas } from "../../client/index.ts";
import { canUsePasskeys, client } from "../shared/client.ts";
import { isRefusal } from "../shared/refusal.ts";
import { signInAddress } from "../shared/return-to.ts";
import { service } from "../shared/service.ts";
import { Confirm, Dialog } from "./dialog.tsx";
import { Field, PasswordField } from "./field.tsx";
import { Loaded, useResource } from "./resource.tsx";
import { say } from "./texts.ts";

interface Question {
  /** A password is not enough: the session must have shown a second factor. */
  byFactor: boolean;
  answer: (proven: boolean) => void;
}

const question = signal<Question | undefined>(undefined);

/** By the code of the refusal, whether only a second factor will do. */
const ASKS: Record<string, boolean> = { reauthentication_required: false, two_factor_required: true };

/** @throws what `act` throws; `reauthentication_required` if the reader closes the question. */
export async function freshly<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const byFactor = isRefusal(error) ? ASKS[error.code] : undefined;
    if (byFactor === undefined) throw error;
    const proven = await new Promise<boolean>((answer) => (question.value = { byFactor, answer }));
    question.value = undefined;
    if (!proven) throw error;
    return act();
  }
}

/** Once in an application. @param guarded whether the reader has second factors. */
export function Reauthentication({ guarded }: { guarded: boolean }) {
  const asked = question.value;
  if (!asked) return null;
  // Who may sign in with another service may be without a password.
  if (guarded || service.providers.length > 0) return <Ask {...asked} />;
  return <Prove ways={asked.byFactor ? [] : ["password"]} answer={asked.answer} />;
}

type Proof = Schemas["ReauthenticateRequest"];
type Way = "passkey" | "totp" | "password" | "recovery_code";

type Means = Schemas["TwoFactor"] & {
  hasPassword: boolean;
  /** The other services that open the account, of those that may. */
  providers: typeof service.providers;
};

async function readMeans(): Promise<Means> {
  const { security } = client;
  const [factors, { hasPassword }, { identities }] = await Promise.all([
    security.get("/2fa"),
    security.get("/passkeys"),
    security.get("/identities"),
  ]);
  const providers = service.providers.filter(({ id }) => identities.some(({ provider }) => provider === id));
  return { ...factors, hasPassword, providers };
}

/** The most convenient first. */
function waysOf({ methods, recoveryCodesLeft, hasPassword }: Means, byFactor: boolean): Way[] {
  return [
    ...(canUsePasskeys && methods.some(({ method }) => method === "passkey") ? (["passkey"] as const) : []),
    ...(methods.some(({ method }) => method === "totp") ? (["totp"] as const) : []),
    ...(hasPassword && !byFactor ? (["password"] as const) : []),
    ...(recoveryCodesLeft > 0 ? (["recovery_code"] as const) : []),
  ];
}

/** An account may have factors of several kinds, so the API is asked which. */
function Ask({ byFactor, answer }: Question) {
  const means = useResource(readMeans);
  if (means.state.value.is !== "there")
    return (
      <Dialog title={say.confirmIdentity} onClose={() => answer(false)}>
        <Loaded of={means}>{() => null}</Loaded>
      </Dialog>
    );
  const ways = waysOf(means.state.value.value, byFactor);
  const { providers } = means.state.value.value;
  if (ways.length === 0 && providers.length > 0 && !byFactor)
    return <SignInAgain providers={providers} onClose={() => answer(false)} />;
  return <Prove ways={ways} answer={answer} />;
}

/** The other service alone can say who it is, and it says so to a login. */
function SignInAgain({ providers, onClose }: { providers: Means["providers"]; onClose: () => void }) {
  const returnTo = location.origin + signInAddress();
  return (
    <Dialog title={say.confirmIdentity} onClose={onClose}>
      <p class="soft">{say.signInAgain}</p>
      <div class="actions">
        {providers.map(({ id, name }) => (
          <a key={id} class="button" href={client.login.addressOf(id, { returnTo })}>
            {say.byProvider(name)}
          </a>
        ))}
      </div>
    </Dialog>
  );
}

async function prove(way: Way, { password, code }: Record<"password" | "code", string>): Promise<void> {
  if (way === "passkey") return provePasskey();
  const body: Proof = way === "password" ? { password } : { method: way, code };
  await client.security.post("/reauthenticate", { body });
}

async function provePasskey(): Promise<void> {
  try {
    await client.passkeys.reauthenticate();
  } catch (error) {
    throw isRefusal(error) && error.code === "aborted" ? new NotConfirmed(say.notConfirmed) : error;
  }
}

/** The browser's refusals are for developers: ours says what to do. */
class NotConfirmed extends Error {
  readonly status = 422;
  readonly code = "incorrect_passkey";
  readonly errors = [];
}

const LABELS = {
  passkey: say.byPasskey,
  totp: say.byCode,
  password: say.byPassword,
  recovery_code: say.byRecoveryCode,
};

function Prove({ ways, answer }: { ways: Way[]; answer: Question["answer"] }) {
  const [way, choose] = useState(ways[0]);
  const proven = useRef(false);
  // Nothing that the reader has would do: the refusal itself says what is missing.
  useEffect(() => {
    if (!way) answer(false);
  }, []);
  if (!way) return null;
  return (
    <Confirm
      title={say.confirmIdentity}
      act={say.goOn}
      confirm={async ({ password = "", code = "" }) => {
        await prove(way, { password, code });
        proven.current = true;
      }}
      onClose={() => answer(proven.current)}
    >
      <p class="soft">{say.whyConfirm}</p>
      {way === "passkey" && <p>{say.passkeyHint}</p>}
      {way === "password" && (
        <PasswordField key={way} name="password" label={say.yourPassword} autocomplete="current-password" autoFocus />
      )}
      {way === "totp" && (
        <Field
          key={way}
          name="code"
          label={say.code}
          autocomplete="one-time-code"
          inputMode="numeric"
          maxLength={20}
          autoFocus
        />
      )}
      {way === "recovery_code" && (
        <Field key={way} name="code" label={say.recoveryCode} autocomplete="off" maxLength={40} autoFocus />
      )}
      {ways.length > 1 && (
        <div class="ways">
          {ways
            .filter((other) => other !== way)
            .map((other) => (
              <button key={other} type="button" class="plain" onClick={() => choose(other)}>
                {LABELS[other]}
              </button>
            ))}
        </div>
      )}
    </Confirm>
  );
}
