/** Something read from the API, with its four states: loading, failed, empty, there. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { describeRefusal } from "../shared/refusal.ts";
import { say } from "./texts.ts";

export type State<Value> = { is: "loading" } | { is: "failed"; why: string } | { is: "there"; value: Value };

export interface Resource<Value> {
  state: ReadonlySignal<State<Value>>;
  /** Reads it again; what is there stays until the new one is. */
  reload: () => Promise<void>;
  /** Puts another value in its place: what an act answered. */
  replace: (value: Value) => void;
}

/**
 * Reads at once, and again whenever one of `inputs` changes: then it is about something else. When one of `news` changes,
 * what is there stays until the new one is, with whatever is open in it. An answer that is no longer asked for is dropped.
 */
export function useResource<Value>(
  read: () => Promise<Value>,
  inputs: unknown[] = [],
  news: unknown[] = [],
): Resource<Value> {
  const state = useSignal<State<Value>>({ is: "loading" });
  const latest = useRef(0);
  const reload = async () => {
    const turn = ++latest.current;
    if (state.value.is === "failed") state.value = { is: "loading" };
    try {
      const value = await read();
      if (turn === latest.current) state.value = { is: "there", value };
    } catch (error) {
      if (turn === latest.current) state.value = { is: "failed", why: describeRefusal(error) };
    }
  };
  useEffect(() => {
    state.value = { is: "loading" };
    void reload();
    return () => void latest.current++;
  }, inputs);
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) void reload();
    isFirst.current = false;
  }, news);
  return { state, reload, replace: (value) => (state.value = { is: "there", value }) };
}

interface LoadedProps<Value> {
  of: Resource<Value>;
  /** How many lines to keep room for. */
  lines?: number;
  isEmpty?: (value: Value) => boolean;
  empty?: ComponentChildren;
  children: (value: Value) => ComponentChildren;
}

export function Loaded<Value>({ of: { state, reload }, lines = 3, isEmpty, empty, children }: LoadedProps<Value>) {
  const now = state.value;
  if (now.is === "loading") return <Loading lines={lines} />;
  if (now.is === "failed") return <Failed why={now.why} retry={reload} />;
  if (isEmpty?.(now.value)) return <>{empty}</>;
  return <>{children(now.value)}</>;
}

/** Takes the room of what will come, so that nothing jumps. */
export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="for-readers">{say.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="line" />
      ))}
    </div>
  );
}

export function Failed({ why, retry }: { why: string; retry?: () => unknown }) {
  return (
    <div class="state" role="alert">
      <h3>{say.failed}</h3>
      <p class="soft">{why}</p>
      {retry && (
        <button data-reads onClick={() => void retry()}>
          {say.retry}
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <h3>{title}</h3>
      {children && <p class="soft">{children}</p>}
    </div>
  );
}
