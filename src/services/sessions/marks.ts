/**
 * Revocation for verifiers that don't query the database: marks are written after the act, and say which tokens are
 * refused.
 */
import type { Platform } from "../../platform/index.ts";
import type { Marks } from "../../platform/revocations.ts";
import { issuedAtMs } from "../../crypto/token-id.ts";
import type { Revocable, RevocationState } from "../../verifier/contract.ts";

/** The state of a token with a valid signature; `unknown` when the marks can't be read. */
export async function readRevocation({ revocations }: Platform, token: Revocable): Promise<RevocationState> {
  const marks = await revocations.read({ sessionId: token.sid, userId: token.sub, roleId: token.role });
  const state = judge(marks, token);
  return state === "live" && !marks.complete ? "unknown" : state;
}

/**
 * The maximum time between a statement of the database and the clock reading of the Worker that sent it. If a session
 * was authenticated longer than this before its end, none of its tokens can be valid, whenever it was issued: a refresh
 * may have raced the act.
 */
const ACT_MS = 5_000;

/**
 * Ended by a mark on the user: covers the sessions opened before it. They are recognised by `auth_time`, which a
 * refresh keeps; around the moment of the act by the millisecond of issue, so that a new login in the same second may
 * pass, and a refresh fixes a token that is refused in error.
 */
function judge({ session, sessions, authority, role }: Marks, token: Revocable): RevocationState {
  const issuedAt = issuedAtMs(token);
  const endedAt = sessions?.exceptSessionId === token.sid ? sessions.withoutExceptionAt : sessions?.at;
  const isEnded = endedAt !== undefined && (token.auth_time * 1000 < endedAt - ACT_MS || issuedAt <= endedAt);
  if (session || isEnded) return "session_revoked";
  const isStale = [authority, role].some((mark) => mark !== undefined && issuedAt <= mark.at);
  return isStale ? "token_stale" : "live";
}
