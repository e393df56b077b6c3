/**
 * Who is signed in: the access token in memory, its renewal, and the other tabs. What changes the refresh token happens
 * one after the other in all tabs: an answer that overtakes another one would put an old cookie in place of a newer one.
 */
import { fromBase64Url } from "./base64.ts";
import { hasFailedWith } from "./errors.ts";
import type { CallOptions } from "./operations.ts";
import { surroundings } from "./platform.ts";
import type { Send } from "./transport.ts";

/** What is kept between two starts of an app that has no cookies. Both are secrets. */
export interface StoredTokens {
  refreshToken?: string | undefined;
  /** Outlives the session: with it the next login is not "a new device", and strangers can't lock its owner out. */
  deviceToken?: string | undefined;
}

/** Where an app that has no cookies keeps its tokens: the keychain of a phone, a file that only its user can read. */
export interface TokenStore {
  read: () => StoredTokens | undefined | Promise<StoredTokens | undefined>;
  write: (tokens: StoredTokens) => void | Promise<void>;
  /** A name, if several tabs share this store: then they refresh once for all of them. */
  shared?: string;
  /** Runs `work` while no other process does, if several share this store: a refresh token is good for one refresh. */
  lock?: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** What the access token says of the person. It is a hint for what to show: the service decides what is allowed. */
export interface Session {
  userId: string;
  sessionId: string;
  /** The role's own id, as in lists of roles. */
  role: number;
  /** Such as `users:read`, `users:*` or `*`; `can` reads them. */
  permissions: string[];
  /** How the person has authenticated (RFC 8176): `pwd`, `otp`, … */
  methods: string[];
  /** When the person has last authenticated, in milliseconds since 1970. */
  authenticatedAt: number;
}

interface AccessToken {
  token: string;
  /** By the clock of this device, in milliseconds since 1970. */
  expiresAt: number;
}

/** A token is renewed so long before it runs out, or it would on its way. */
const MARGIN_MS = 30_000;
/** How long a tab that has waited for another one's refresh listens for what came of it. */
const HEARING_MS = 200;

export type SessionKeeper = ReturnType<typeof createSession>;

export function createSession({ url, store, send }: { url: string; store?: TokenStore; send: Send }) {
  const name = store ? store.shared : `auth-api ${url}`;
  const channel = name && surroundings.BroadcastChannel ? new surroundings.BroadcastChannel(name) : undefined;
  const locks = name && surroundings.navigator?.locks;
  const listeners = new Set<(session: Session | null) => void>();
  let access: AccessToken | null | undefined;
  /** Undefined until the service has been asked. */
  let session: Session | null | undefined;
  let refreshing: Promise<Session | null> | undefined;
  let heard: (() => void) | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  channel?.addEventListener("message", ({ data }) => {
    put(data);
    heard?.();
  });
  channel?.unref?.();

  function put(next: AccessToken | null): void {
    access = next;
    const before = JSON.stringify(session);
    session = next ? readToken(next.token) : null;
    if (JSON.stringify(session) !== before) for (const listener of listeners) listener(session);
  }

  function take(answer: { token: string; expiresIn: number } | null): void {
    put(answer && { token: answer.token, expiresAt: Date.now() + answer.expiresIn * 1000 });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin, and takes none
    channel?.postMessage(access);
  }

  /** @param work is told whether it had to wait for another tab. */
  function exclusive<Result>(work: (hasWaited: boolean) => Promise<Result>): Promise<Result> {
    const result = turn.then(async () => {
      if (store?.lock) return store.lock(() => work(false));
      if (!locks || !name) return work(false);
      const first = await locks.request(
        name,
        { ifAvailable: true },
        async (lock) => lock && { result: await work(false) },
      );
      return first ? first.result : locks.request(name, {}, () => work(true));
    });
    turn = result.catch(() => {});
    return result;
  }

  /** Sends what may open a session, and takes what the answer brings. */
  async function open(path: string, body: object, options?: CallOptions & { repeatable?: boolean }): Promise<any> {
    const stored = await store?.read();
    const answer = await send({
      method: "POST",
      path: `/api/auth/${path}`,
      body: { deviceToken: stored?.deviceToken, ...body, transport: store ? "body" : "cookie" },
      ...options,
    });
    if (answer.token) {
      const { refreshToken, deviceToken = stored?.deviceToken } = answer;
      await store?.write({ refreshToken, deviceToken });
      take(answer);
    }
    return answer;
  }

  /** A call, below `/api/auth/`, that may sign somebody in. */
  const signIn = (path: string) => (body: object, options?: CallOptions) => exclusive(() => open(path, body, options));

  function refresh(): Promise<Session | null> {
    const old = access;
    refreshing ??= exclusive(async (hasWaited) => {
      if (hasWaited && access === old) await new Promise<void>((resolve) => setTimeout((heard = resolve), HEARING_MS));
      // Another tab has a newer one.
      if (access && access !== old) return;
      const refreshToken = (await store?.read())?.refreshToken;
      if (store && !refreshToken) return take(null);
      try {
        // The service gives the same successor again for 30 seconds, so a lost answer costs nothing.
        await open("refresh", { refreshToken }, { repeatable: true });
      } catch (error) {
        if (!hasFailedWith(error, "invalid_refresh_token", "refresh_token_reused")) throw error;
        take(null);
      }
    })
      .then(() => session ?? null)
      .finally(() => (refreshing = undefined));
    return refreshing;
  }

  async function token(): Promise<string | undefined> {
    const remaining = access ? access.expiresAt - Date.now() : 0;
    if (session === undefined || (access && remaining < MARGIN_MS))
      await refresh().catch((error: unknown) => {
        if (remaining <= 0) throw error;
      });
    return access?.token;
  }

  async function logout(): Promise<void> {
    await exclusive(async () => {
      const { refreshToken, deviceToken } = (await store?.read()) ?? {};
      const body = { refreshToken };
      await send({ method: "POST", path: "/api/auth/logout", body, token: access?.token, repeatable: true });
      await store?.write({ deviceToken });
      take(null);
    });
  }

  return {
    take,
    signIn,
    current: () => session,
    held: () => access?.token,
    refresh,
    token,
    logout,
    onChange: (listener: (session: Session | null) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function readToken(token: string): Session {
  const claims = JSON.parse(fromBase64Url(token.split(".")[1]!));
  return {
    userId: claims.sub,
    sessionId: claims.sid,
    role: claims.role,
    permissions: claims.permissions,
    methods: claims.amr,
    authenticatedAt: claims.auth_time * 1000,
  };
}
