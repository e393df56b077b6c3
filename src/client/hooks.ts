/** The hooks of `react.ts` and `preact.ts`, made of the two hooks that both libraries have alike. */
import type { AuthClient } from "./client.ts";
import type { AuthError } from "./errors.ts";
import { surroundings } from "./platform.ts";
import type { Session } from "./session.ts";

/** The library's own hooks. */
interface Library {
  useState: <Value>(initial: Value) => [Value, (next: Value | ((before: Value) => Value)) => void];
  useEffect: (effect: () => () => void, inputs: readonly unknown[]) => void;
}

/** How a call stands. */
export interface CallState<Answer> {
  /** The last answer; it stays while another one is loading. */
  data: Answer | undefined;
  /** Why the last call failed. */
  error: AuthError | undefined;
  isLoading: boolean;
}

export interface Hooks {
  /**
   * Who is signed in; null: nobody; undefined: not known yet. The first component that asks has the service asked, and
   * again when the network comes back.
   */
  useSession: (auth: AuthClient) => Session | null | undefined;
  /**
   * Calls when the component appears, and again when one of the inputs changes; an older call is aborted.
   * `useCall((signal) => auth.security.get("/sessions", { signal }), [auth])`
   */
  useCall: <Answer>(
    call: (signal: AbortSignal) => Promise<Answer>,
    inputs: readonly unknown[],
  ) => CallState<Answer> & { reload: () => void };
}

export function createHooks({ useState, useEffect }: Library): Hooks {
  return {
    useSession(auth) {
      const [session, setSession] = useState(auth.session);
      useEffect(() => {
        // It fails without a network: then it stays unknown who this is.
        const ask = () => {
          if (auth.session === undefined) auth.refresh().catch(() => {});
        };
        const stop = auth.onChange(setSession);
        setSession(auth.session);
        ask();
        surroundings.addEventListener?.("online", ask);
        return () => {
          stop();
          surroundings.removeEventListener?.("online", ask);
        };
      }, [auth]);
      return session;
    },
    useCall<Answer>(call: (signal: AbortSignal) => Promise<Answer>, inputs: readonly unknown[]) {
      const [state, setState] = useState<CallState<Answer>>({ data: undefined, error: undefined, isLoading: true });
      const [round, setRound] = useState(0);
      useEffect(() => {
        const control = new AbortController();
        const settle = (next: Partial<CallState<Answer>>) => {
          if (!control.signal.aborted) setState({ data: state.data, error: undefined, isLoading: false, ...next });
        };
        settle({ isLoading: true });
        call(control.signal).then(
          (data) => settle({ data }),
          (error: AuthError) => settle({ error }),
        );
        return () => control.abort();
      }, [...inputs, round]);
      return { ...state, reload: () => setRound((before) => before + 1) };
    },
  };
}
