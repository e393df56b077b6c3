/**
 * Finds secrets where they must not be: in the repository's history, and in the deployed bundle. Prints their kind,
 * never their value.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** By kind, the pattern of a real one; the group is the secret itself. */
const KINDS: Record<string, RegExp> = {
  "a private JWK": /["']?\bd\b["']?\s*:\s*["']([\w-]{43})["']/g,
  // Libraries contain only the header; in a real key, data follows on the next line, which may be written as `\\n`.
  "a private key": /(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?=\s*$|(?:\\n|\s)+[\w+/]{32})/gm,
  "a database password": /postgres(?:ql)?:\/\/[^\s:@/'"`]+:([^\s@/'"`]+)@[\w.-]+\.neon\.tech/g,
  "an AUTH_SECRET": /AUTH_SECRET(?:_PREVIOUS)?["']?\s*[=:]\s*["']?([\w-]{43})\b/g,
  "a refresh token": /\b(art_[\w-]{70,})/g,
  "a Resend key": /\b(re_\w{8}_\w{16,})/g,
  "a Cloudflare token": /CLOUDFLARE_API_TOKEN["']?\s*[=:]\s*["']?([\w-]{40})\b/g,
  "a cloud or registry key": /\b(AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}|github_pat_\w{60,}|npm_\w{36})\b/g,
};

/**
 * Public: the first two test keys of RFC 8032 §7.1, two more that stand in test/support alone and open nothing else, and a
 * placeholder.
 */
const PUBLISHED = new Set([
  "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs",
  "nwMHII0TfTj-HjVOvsrn_lPE8c7ZvopJmFExCZAhENo",
  "8Y6giH9-e-P35msGDutpln9rhMRGC92UoEzKtxmIriI",
  "a-password",
]);

/** The kinds of secret in a text. */
export function secretsIn(text: string): string[] {
  return Object.entries(KINDS).flatMap(([kind, pattern]) =>
    [...text.matchAll(pattern)].filter(([, secret]) => !PUBLISHED.has(secret!)).map(() => kind),
  );
}

/** Every line added by any commit so far, and where; a clone without history only has its last commit. */
export async function secretsInHistory(directory: string): Promise<string[]> {
  const git = spawn("git", ["log", "-p", "--unified=0", "--no-color", "--no-ext-diff", "--format=commit %h"], {
    cwd: directory,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<number | null>((resolve, reject) => git.once("error", reject).once("close", resolve));
  const found: string[] = [];
  let [commit, file] = ["", ""];
  for await (const line of createInterface({ input: git.stdout })) {
    if (line.startsWith("commit ")) commit = line.slice(7);
    else if (line.startsWith("+++ ")) file = line.slice(6);
    else if (line.startsWith("+")) for (const kind of secretsIn(line)) found.push(`${kind} in ${file} (${commit})`);
  }
  if ((await ended) !== 0) throw new Error("git does not show the history");
  return found;
}
