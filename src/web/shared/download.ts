/** A download from the service, read as it arrives: how much has come is known, how much is left is not. */
import type { Schemas } from "../../client/index.ts";
import { client } from "./client.ts";
import type { Refusal } from "./refusal.ts";
import { locale } from "./texts.ts";

interface Download {
  path: string;
  onProgress: (bytes: number) => void;
  signal: AbortSignal;
}

/** @throws Refusal, as the client does. */
export async function download({ path, onProgress, signal }: Download): Promise<Blob> {
  const response = await fetch(path, {
    headers: { Authorization: `Bearer ${await client.token()}`, "Accept-Language": locale },
    signal,
  });
  if (!response.ok || !response.body) throw await refusalOf(response);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts, { type: response.headers.get("Content-Type") ?? "" });
    parts.push(value);
    onProgress((bytes += value.length));
  }
}

async function refusalOf(response: Response): Promise<Error & Refusal> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Schemas["Problem"]>;
  const { message = "", code = "unexpected_answer", errors = [] } = problem;
  return Object.assign(new Error(message), { status: response.status, code, errors, retryAfterSeconds: undefined });
}
