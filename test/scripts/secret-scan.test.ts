/** The search for secrets finds each kind, also in a commit that a later one took back, and does not repeat what it found. */
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { secretsIn, secretsInHistory } from "../../scripts/check/secret-scan.ts";
import { temporaryFolder } from "./local-neon.ts";

const random = (characters: number) => "aB3-xY_9".repeat(20).slice(0, characters);
const word = (characters: number) => "aB3xY9".repeat(20).slice(0, characters);

/** In parts, so that this file has none itself. */
const PLANTED: [kind: string, text: string][] = (
  [
    ["a private JWK", '{"kty":"OKP","d', `":"${random(43)}"}`],
    ["a private JWK", "d", `: "${random(43)}",`],
    ["a private key", "-----BEGIN PRIVATE", " KEY-----\n"],
    ["a private key", "-----BEGIN EC PRIVATE", ` KEY-----\\n${word(40)}`],
    ["a database password", `postgresql://owner:${word(12)}@ep-cool-sea-1-pooler.aws.neon`, ".tech/db"],
    ["an AUTH_SECRET", "AUTH_SECRET", `='${random(43)}'`],
    ["a refresh token", "art_", random(76)],
    ["a Resend key", "re_", `${word(8)}_${word(24)}`],
    ["a Cloudflare token", "CLOUDFLARE_API_TOKEN", `=${random(40)}`],
    ["a cloud or registry key", "ghp_", word(36)],
  ] as const
).map(([kind, ...parts]) => [kind, parts.join("")]);

describe("the search for secrets", () => {
  test.each(PLANTED)("finds %s", (kind, text) => {
    expect(secretsIn(`before ${text} after`)).toEqual([kind]);
  });

  test("knows what is public, and examples, for what they are", () => {
    expect(secretsIn('if (!pem.startsWith("-----BEGIN PRIVATE KEY-----")) throw')).toEqual([]);
    expect(secretsIn(`{"kty":"OKP","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`)).toEqual([]);
    expect(secretsIn("DATABASE_URL='postgresql://…' AUTH_SECRET=… npx wrangler secret put AUTH_SECRET")).toEqual([]);
  });

  test("finds what a later commit took back, names file and commit, and does not show it", async () => {
    const directory = temporaryFolder();
    try {
      const git = (...args: string[]) =>
        execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.test", ...args], { cwd: directory });
      const commit = (text: string) => {
        writeFileSync(path.join(directory, "notes.txt"), text);
        git("add", ".");
        git("commit", "-qm", "Change notes");
      };
      git("init", "-q");
      commit("nothing yet\n");
      expect(await secretsInHistory(directory)).toEqual([]);
      const [kind, secret] = PLANTED[3]!;
      commit(`${secret}\n`);
      commit("nothing any more\n");
      expect(await secretsInHistory(directory)).toEqual([
        expect.stringMatching(new RegExp(`^${kind} in notes\\.txt \\([0-9a-f]+\\)$`)),
      ]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test("fails where there is no history, instead of finding nothing", async () => {
    const directory = temporaryFolder();
    await expect(secretsInHistory(directory)).rejects.toThrow("git does not show the history");
    rmSync(directory, { recursive: true, force: true });
  });
});
