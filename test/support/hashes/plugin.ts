/**
 * Tests only: password hashes at full cost would be a third of the suite's time, nearly all to make accounts that tests
 * then need. With `npm run test:whole` they have it; the hash's own test and whatever runs the built Worker always.
 */
import path from "node:path";
import type { Plugin } from "vite";

const FILE = "/src/crypto/password-hash.ts";
const CALLS = [
  ["computeArgon2Tag({ ...TODAY", "hashCheaply({ ...TODAY"],
  ["computeArgon2Tag({ ...stored", "checkCheaply({ ...stored"],
] as const;

export function cheapHashes(): Plugin {
  return {
    name: "cheap-hashes",
    enforce: "pre",
    transform(code, id) {
      if (!id.split("?")[0]!.endsWith(FILE)) return undefined;
      let cheap = `import { checkCheaply, hashCheaply } from "${path.join(import.meta.dirname, "cheap.ts")}";\n${code}`;
      for (const [call, instead] of CALLS) {
        if (!cheap.includes(call)) throw new Error(`${FILE} no longer has ${call}: see ${import.meta.filename}`);
        cheap = cheap.replace(call, instead);
      }
      return { code: cheap, map: null };
    },
  };
}
