/** Downloads what the service holds about one's own account: as a stream, since it may be large, showing the size so far. */
import { createWriteStream, rmSync, statSync } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AuthError, type FailureCode } from "../../src/client/index.ts";
import type { Progress } from "../process/terminal.ts";
import type { Output } from "./output.ts";

interface ExportOptions {
  url: string;
  file: string;
  token: string;
  progress: Progress;
}

/** @throws Error; a part of it is not kept, since it would look like the whole. */
export async function exportAccount({ url, file, token, progress }: ExportOptions): Promise<Output> {
  const answer = await fetch(`${url}/api/users/me/export`, {
    headers: { Authorization: `Bearer ${token}` },
    redirect: "manual",
  });
  if (!answer.ok || !answer.body) {
    const { code, message } = await answer.json<{ code: FailureCode; message: string }>();
    throw new AuthError(code, { status: answer.status, message });
  }
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      progress.show(`${(bytes / 1e6).toFixed(1)} MB`);
      done(null, chunk);
    },
  });
  // Refused if there is such a file: it may be an earlier export.
  const target = createWriteStream(file, { flags: "wx", mode: 0o600 });
  try {
    await pipeline(answer.body, counted, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") rmSync(file, { force: true });
    throw error;
  }
  progress.clear();
  const { size } = statSync(file);
  return { json: { file, bytes: size }, lines: [`${(size / 1e6).toFixed(1)} MB in ${file}.`] };
}
