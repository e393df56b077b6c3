/** What the SDK uses of its surroundings: browsers have all of it, React Native, Node and Workers a part. */

interface Channel {
  postMessage: (message: unknown) => void;
  addEventListener: (type: "message", listener: (event: { data: any }) => void) => void;
  /** Node's alone: an open channel must not keep a process alive. */
  unref?: () => void;
}

interface Locks {
  request: <Result>(
    name: string,
    options: { ifAvailable?: boolean },
    work: (lock: object | null) => Promise<Result>,
  ) => Promise<Result>;
}

export interface Socket {
  readonly readyState: number;
  send: (text: string) => void;
  close: (code?: number) => void;
  addEventListener: (type: string, listener: (event: any) => void) => void;
}

type Credentials = Record<"get" | "create", (options: object) => Promise<{ toJSON: () => any }>>;

/** What not every browser listens to yet. */
export type Signal = "UnknownCredential" | "AllAcceptedCredentials" | "CurrentUserDetails";

/** WebAuthn Level 3: what reads the service's JSON (all browsers since 2025), and how to speak to the passkeys' keeper. */
interface PasskeySupport extends Partial<Record<`signal${Signal}`, (about: object) => Promise<void>>> {
  parseRequestOptionsFromJSON: (options: object) => object;
  parseCreationOptionsFromJSON: (options: object) => object;
  isConditionalMediationAvailable: () => Promise<boolean>;
}

/** A WebSocket's constructor, as browsers, Node and React Native have it. */
export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

interface Surroundings {
  fetch: typeof globalThis.fetch;
  navigator?: { onLine?: boolean; locks?: Locks; credentials?: Credentials };
  PublicKeyCredential?: PasskeySupport;
  BroadcastChannel?: new (name: string) => Channel;
  WebSocket?: SocketConstructor;
  addEventListener?: (type: string, listener: () => void) => void;
  removeEventListener?: (type: string, listener: () => void) => void;
}

/** Read at each use: a test or a polyfill may put things in place later. */
export const surroundings = globalThis as unknown as Surroundings;
