/** Passkeys: the browser's part of each ceremony. One is under way at a time: the next one ends it. */
import type { Schemas } from "./api.ts";
import { AuthError, hasFailedWith, type NetworkCode } from "./errors.ts";
import { withinLimits } from "./limits.ts";
import type { AnswerOf, BodyOf, CallOptions } from "./operations.ts";
import { surroundings, type Signal } from "./platform.ts";

export interface PasskeyLoginOptions extends CallOptions {
  /**
   * Waits until a passkey is chosen among what the browser fills into a field with `autocomplete="username webauthn"`,
   * instead of asking at once. Call it when the page starts; another ceremony or the `signal` ends it, with `aborted`.
   */
  autofill?: boolean;
}

export interface Passkeys {
  /** Whether this browser has passkeys; with `autofill`, whether it fills them into fields. */
  areAvailable: (options?: { autofill?: boolean }) => Promise<boolean>;
  /**
   * Adds a passkey to the account; the session must be fresh. The first factor of an account brings recovery codes.
   * @throws AuthError `passkey_taken`: the device has one already; `aborted`: the person did not want to; …
   */
  add: (options?: { name?: string; signal?: AbortSignal }) => Promise<AnswerOf<"POST /api/security/passkeys">>;
  /** Removes one of those that `security.get("/passkeys")` lists, and lets the browser forget it. */
  remove: (id: number) => Promise<Schemas["Message"]>;
  /**
   * Tells the browser which passkeys are left, and what the account is called where it offers them. Call it after the
   * name or the address has changed. It never fails: not every browser listens.
   */
  announce: () => Promise<void>;
  /** Makes the session fresh. */
  reauthenticate: (options?: { signal?: AbortSignal }) => Promise<void>;
  /** The `credential` for `login.secondFactor`, by the `challenges.passkey` of a login. */
  answer: (
    challenge: Schemas["PasskeyRequestOptions"],
    options?: { signal?: AbortSignal },
  ) => Promise<BodyOf<"POST /api/auth/passkey">["credential"]>;
}

/** Between the time that a person has and the time that a challenge has. */
const MARGIN_MS = 15_000;

function codeOf(name: string): NetworkCode | "passkey_taken" {
  if (name === "InvalidStateError") return "passkey_taken";
  return /^(Abort|NotAllowed)/.test(name) ? "aborted" : "passkeys_unavailable";
}

export function createPasskeys(
  call: (name: string, input?: object) => Promise<any>,
  signIn: (body: object, options?: CallOptions) => Promise<any>,
) {
  let underWay: AbortController | undefined;

  /** The browser's passkeys, so that it offers none in vain; it need not listen. */
  const signal = (what: Signal, about: object) =>
    void surroundings.PublicKeyCredential?.[`signal${what}`]?.(about).catch(() => {});

  /** @returns undefined if the challenge of a field to fill has run out: ask for another one. */
  async function ask(
    kind: "get" | "create",
    options: { timeout: number },
    { signal, autofill }: PasskeyLoginOptions = {},
  ): Promise<any> {
    return withinLimits(signal, options.timeout - MARGIN_MS, async (control, isOver) => {
      underWay?.abort();
      underWay = control;
      try {
        const publicKey =
          surroundings.PublicKeyCredential![`parse${kind === "get" ? "Request" : "Creation"}OptionsFromJSON`](options);
        const credential = await surroundings.navigator!.credentials![kind]({
          publicKey,
          signal: control.signal,
          ...(autofill && { mediation: "conditional" }),
        });
        return credential.toJSON();
      } catch (cause) {
        if (autofill && isOver()) return undefined;
        throw new AuthError(codeOf((cause as Error).name), { cause });
      }
    });
  }

  async function logIn(settings?: PasskeyLoginOptions): Promise<Schemas["SignedIn"]> {
    const options = await call("POST /api/auth/passkey/options", settings);
    const credential = await ask("get", options, settings);
    if (!credential) return logIn(settings);
    try {
      return await signIn({ credential }, settings);
    } catch (error) {
      // It has been removed from the account: the browser need not offer it again.
      if (hasFailedWith(error, "unknown_passkey"))
        signal("UnknownCredential", { rpId: options.rpId, credentialId: credential.id });
      throw error;
    }
  }

  const passkeys: Passkeys = {
    areAvailable: async ({ autofill } = {}) => {
      if (!surroundings.PublicKeyCredential?.parseRequestOptionsFromJSON) return false;
      return !autofill || surroundings.PublicKeyCredential.isConditionalMediationAvailable();
    },
    async add({ name, ...settings } = {}) {
      const options = await call("POST /api/security/passkeys/options", settings);
      const credential = await ask("create", options, settings);
      return call("POST /api/security/passkeys", { body: { credential, name } });
    },
    async remove(id) {
      const answer = await call("DELETE /api/security/passkeys/{id}", { path: { id } });
      await passkeys.announce();
      return answer;
    },
    async announce() {
      if (!surroundings.PublicKeyCredential?.signalAllAcceptedCredentials) return;
      try {
        const { passkeys: left, rpId, userHandle: userId } = await call("GET /api/security/passkeys");
        const allAcceptedCredentialIds = left.map((each: { credentialId: string }) => each.credentialId);
        signal("AllAcceptedCredentials", { rpId, userId, allAcceptedCredentialIds });
        const { user } = await call("GET /api/users/me");
        const displayName = `${user.prenom} ${user.nom}`;
        signal("CurrentUserDetails", { rpId, userId, name: user.email, displayName });
      } catch {
        // The next change tells it.
      }
    },
    async reauthenticate(settings) {
      const options = await call("POST /api/security/reauthenticate/options", settings);
      const credential = await ask("get", options, settings);
      await call("POST /api/security/reauthenticate", { body: { method: "passkey", credential } });
    },
    answer: (challenge, options) => ask("get", challenge, options),
  };
  return { logIn, passkeys };
}
