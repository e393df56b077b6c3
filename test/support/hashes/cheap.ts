/** In tests, stands in password-hash.ts (plugin.ts): a hash made here costs a hundredth, also to check. */
import { computeArgon2Tag } from "../../../src/crypto/argon2.ts";

type Input = Parameters<typeof computeArgon2Tag>[0];

/** By salt. Every other hash is of another origin, imported or an example, and is checked as it is. */
const madeHere = new Set<string>();
let isFull = false;

/** For the rest of the test file. */
export function hashAtFullCost(): void {
  isFull = true;
}

/** Another length or time still makes another tag. */
function cheaply(input: Input): Uint8Array {
  const memoryKib = Math.max(8 * input.parallelism, Math.ceil(input.memoryKib / 128));
  return computeArgon2Tag({ ...input, memoryKib });
}

export function hashCheaply(input: Input): Uint8Array {
  if (isFull) return computeArgon2Tag(input);
  madeHere.add(String(input.salt));
  return cheaply(input);
}

export function checkCheaply(input: Input): Uint8Array {
  return madeHere.has(String(input.salt)) ? cheaply(input) : computeArgon2Tag(input);
}
