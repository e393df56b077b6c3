/** The acts that are measured on both sides, and how much faster ours have to be. */
import { oursOf } from "./ours.ts";
import { theirsOf } from "./theirs.ts";

export interface Pair {
  name: string;
  /** How many times theirs ours has to be. */
  budget?: number;
  /** Takes so long that a slice has to be longer. */
  hashes?: true;
  ours: keyof ReturnType<typeof oursOf>;
  theirs: keyof ReturnType<typeof theirsOf>;
  /** Their Worker with our password hash. */
  sameHash?: true;
}

export const PAIRS: Pair[] = [
  { name: "sign-up", budget: 3, hashes: true, ours: "signUp", theirs: "signUp" },
  { name: "sign-in", budget: 2, hashes: true, ours: "signIn", theirs: "signIn" },
  { name: "sign-in, our hash in both", hashes: true, ours: "signIn", theirs: "signIn", sameHash: true },
  { name: "session check", budget: 6, ours: "check", theirs: "check" },
  { name: "session check, theirs from a cookie", ours: "check", theirs: "checkCookie" },
  { name: "refresh; theirs: a new JWT", budget: 3, ours: "refresh", theirs: "newToken" },
  { name: "profile read", budget: 3, ours: "profile", theirs: "check" },
  { name: "profile change", budget: 3, ours: "profileChange", theirs: "profileChange" },
  { name: "passkey login", budget: 3, ours: "passkey", theirs: "passkey" },
  { name: "authorize and token", budget: 3, ours: "authorize", theirs: "authorize" },
];
