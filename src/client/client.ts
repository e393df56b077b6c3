/** `createAuthClient`: signing in and out, the session, and typed calls of the service. */
import type { Schemas } from "./api.ts";
import { hasFailedWith } from "./errors.ts";
import { connectNotifications, type NotificationOptions, type Notifications } from "./notifications.ts";
import type { AnswerOf, Arguments, BodyOf, CallOptions, OperationName, Room } from "./operations.ts";
import { createPasskeys, type PasskeyLoginOptions, type Passkeys } from "./passkeys.ts";
import { readReturn, type ProviderReturn } from "./providers.ts";
import type { SocketConstructor } from "./platform.ts";
import { createSession, type Session, type TokenStore } from "./session.ts";
import { createTransport } from "./transport.ts";

export interface AuthClientOptions {
  /** The service's origin, such as `https://auth.example.com`; of a page that the service itself serves, `location.origin`. */
  url: string;
  /**
   * For native apps, servers and scripts: where the refresh token is kept between two starts. Without it, a cookie that
   * no script can read keeps it, which needs a browser and a page whose origin is in the service's `ALLOWED_ORIGINS`.
   */
  store?: TokenStore;
  /** The language of messages, `fr` or `en`, or a function that tells. Default: what the browser asks for. */
  locale?: string | (() => string | undefined);
  /** Milliseconds that a call may take, repeats included. Default 15,000. */
  timeoutMs?: number;
  /** Instead of the global ones. */
  fetch?: typeof globalThis.fetch;
  WebSocket?: SocketConstructor;
}

/** What the caller knows of a body. Of each of its alternatives by itself: `Omit` of a union forgets what is not in all. */
type Own<Name extends OperationName> = Without<BodyOf<Name>, "transport" | "deviceToken">;
type Without<Body, Field extends string> = Body extends unknown ? Omit<Body, Field> : never;

export interface Login {
  /**
   * Signs in. Where the account has a second factor, the answer has `twoFactorRequired`, a `twoFactorToken` for
   * `login.secondFactor` and the `methods` to choose from; nobody is signed in yet.
   * @throws AuthError `invalid_credentials`, `too_many_attempts`, …
   */
  (credentials: Own<"POST /api/auth/login">, options?: CallOptions): Promise<Schemas["LoginAnswer"]>;
  /**
   * The second step, with a code of one of the `methods`, or a passkey that answers `challenges.passkey`.
   * @throws AuthError `invalid_code`: ask again; `invalid_two_factor_token`: start the login again; …
   */
  secondFactor: (answer: Own<"POST /api/auth/login/2fa">, options?: CallOptions) => Promise<Schemas["SignedIn"]>;
  /**
   * Signs in with a passkey alone, without an address: the browser asks which. It needs no second step.
   * @throws AuthError `aborted`: the person did not want to, or the `signal` ended it; `passkeys_unavailable`;
   * `invalid_passkey`, `unknown_passkey`, …
   */
  passkey: (options?: PasskeyLoginOptions) => Promise<Schemas["SignedIn"]>;
  /**
   * Has a code mailed that signs in without a password, if the address has an account; nobody learns whether it has one.
   * It is good for 10 minutes, and only with this client: in a browser, with its cookies.
   */
  requestCode: (address: Own<"POST /api/auth/email-code">, options?: CallOptions) => Promise<Schemas["Message"]>;
  /**
   * Signs in with the code that was mailed; answers like `login`.
   * @throws AuthError `invalid_code`, `too_many_attempts`, …
   */
  withCode: (code: string, options?: CallOptions) => Promise<Schemas["LoginAnswer"]>;
  /**
   * The address of another service's sign-in, such as `google`: send the browser there. It comes back to `returnTo`, where
   * `login.returned` reads what came of it. It needs cookies, so no `store`.
   */
  addressOf: (provider: string, options?: { returnTo?: string }) => string;
  /** What came of another service, by the `location.hash` of the page that it leads back to; then `refresh()`. */
  returned: (hash: string) => ProviderReturn | undefined;
  /** Has the code of the method `email` sent. It is good for 10 minutes. */
  sendCode: (twoFactorToken: string, options?: CallOptions) => Promise<Schemas["Message"]>;
}

export interface AuthClient {
  /**
   * Creates an account and signs it in. With `REGISTRATION=verified` nobody is signed in: the answer has only a
   * `message`, alike for any address.
   * @throws AuthError `email_taken`, `validation_failed` with `errors`, …
   */
  register: (
    account: Own<"POST /api/auth/register">,
    options?: CallOptions,
  ) => Promise<Schemas["SignedIn"] | Schemas["Message"]>;
  login: Login;
  /**
   * Asks the service who is signed in here, and renews the access token. Call it when a page starts; later it happens by
   * itself. Tabs and parallel calls share one request.
   * @returns null if nobody is signed in.
   * @throws AuthError if the service can't be asked, such as `offline`: that signs nobody out.
   */
  refresh: () => Promise<Session | null>;
  /**
   * Ends the session, in all tabs.
   * @throws AuthError if the service can't be reached: the session then goes on.
   */
  logout: () => Promise<void>;
  /** The account of whoever is signed in. */
  me: (options?: CallOptions) => Promise<Schemas["User"]>;
  /** Who is signed in; null: nobody; undefined: not known yet, the service has not been asked. */
  readonly session: Session | null | undefined;
  /** Whether the session has a permission such as `users:read`. To decide what to show: the service decides what is allowed. */
  can: (permission: string) => boolean;
  /**
   * Calls the listener whenever somebody else is signed in, nobody is any more, or role, permissions or methods have
   * changed, also if that happens in another tab.
   * @returns what ends it.
   */
  onChange: (listener: (session: Session | null) => void) => () => void;
  /** A valid access token, for calls to your own services: `Authorization: Bearer …`. Undefined if nobody is signed in. */
  token: () => Promise<string | undefined>;
  /** Any operation of the service: `request("POST /api/auth/forgot-password", { body: { email } })`. */
  request: <Name extends OperationName>(name: Name, ...input: Arguments<Name>) => Promise<AnswerOf<Name>>;
  /** The signed-in account, below `/api/users/me`: `account.put("/password", { body })`. */
  account: Room<"/api/users/me">;
  /** Second factors, sessions, login history, below `/api/security`: `security.get("/sessions")`. */
  security: Room<"/api/security">;
  /** The passkeys of the account, and what they answer. */
  passkeys: Passkeys;
  /** Administration, below `/api/admin`: `admin.patch("/users/{id}", { path: { id }, body })`. */
  admin: Room<"/api/admin">;
  /** Opens a socket that tells what happens to the account, and opens it again when it is lost. */
  notifications: (options: NotificationOptions) => Notifications;
}

/** How a room passes on what its own types have checked. */
interface AnyInput extends CallOptions {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
}

/** @throws AuthError from every call: switch on its `code`. */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const url = options.url.replace(/\/$/, "");
  const send = createTransport({ ...options, url });
  const { take, signIn, current, held, ...session } = createSession({ ...options, url, send });

  async function call(name: string, { path = {}, query, body, ...settings }: AnyInput = {}): Promise<any> {
    const [method, template] = name.split(" ") as [string, string];
    const filled = template.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(path[key]!));
    const request = { ...settings, method, body, path: withQuery(filled, query), repeatable: method === "GET" };
    const attempt = async (token: string | undefined) => {
      const answer = await send({ ...request, token });
      if (template === "/api/security/reauthenticate") take(answer);
      return answer;
    };
    // What needs nobody signed in must not wait to learn who is.
    const token = template.startsWith("/api/auth/") ? held() : await session.token();
    try {
      return await attempt(token);
    } catch (error) {
      if (!token || !hasFailedWith(error, "invalid_token")) throw error;
      // It was refused before anything was done: once more, with a newer token.
      if (held() === token) await session.refresh();
      const newer = held();
      if (!newer || newer === token) throw error;
      return attempt(newer);
    }
  }

  const { logIn, passkeys } = createPasskeys(call, signIn("passkey"));
  const room = (base: string): any =>
    Object.fromEntries(
      ["get", "post", "put", "patch", "delete"].map((method) => [
        method,
        (path: string, input?: AnyInput) => call(`${method.toUpperCase()} ${base}${path}`, input),
      ]),
    );

  let emailCodeToken: string | undefined;
  const login: Login = Object.assign(signIn("login"), {
    secondFactor: signIn("login/2fa"),
    passkey: logIn,
    addressOf: (provider: string, settings?: { returnTo?: string }) =>
      withQuery(`${url}/api/auth/federated/${provider}`, { return_to: settings?.returnTo || undefined }),
    returned: readReturn,
    async requestCode(address: object, settings?: CallOptions) {
      const answer = await signIn("email-code")(address, settings);
      emailCodeToken = answer.emailCodeToken;
      return answer;
    },
    withCode: (code: string, settings?: CallOptions) => signIn("email-code/verify")({ code, emailCodeToken }, settings),
    sendCode: (twoFactorToken: string, settings?: CallOptions) =>
      call("POST /api/auth/login/2fa/email", { body: { twoFactorToken }, ...settings }),
  });

  return {
    ...session,
    register: signIn("register"),
    login,
    me: async (settings) => (await call("GET /api/users/me", settings)).user,
    get session() {
      return current();
    },
    can(permission) {
      const held = current()?.permissions ?? [];
      return [permission, permission.replace(/:.*/, ":*"), "*"].some((each) => held.includes(each));
    },
    request: (name, ...[input]) => call(name, input),
    account: room("/api/users/me"),
    security: room("/api/security"),
    passkeys,
    admin: room("/api/admin"),
    notifications: (settings) => connectNotifications({ ...settings, ...options, ...session, url, call }),
  };
}

function withQuery(path: string, query: AnyInput["query"] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given as string[][]).toString();
  return search ? `${path}?${search}` : path;
}
