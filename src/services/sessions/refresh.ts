/**
 * Rotation of refresh tokens, in one statement. The row is locked first, so of many parallel uses of one token the
 * first rotates and the others, when they get the lock, see the row as it then is: they get the same successor,
 * which is a pure function of session and generation. After the grace a used token ends the session.
 */
import { sql } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { issueRefreshToken, parseRefreshToken } from "../../crypto/refresh-token.ts";
import { writtenHere } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { AccountRow } from "../accounts/view.ts";
import { asAccount } from "../access/actor.ts";
import { auditStatement } from "../events/audit.ts";
import { afterNotice, noticeStatement } from "../events/notices.ts";
import { afterSessionsEnded, issueTokens, SESSION_ABSOLUTE_DAYS, SESSION_IDLE_DAYS, type Tokens } from "./session.ts";

/** Two tabs, a lost answer, a retry: within this time of its rotation a token is no theft. */
const GRACE_SECONDS = 30;

interface Rotation extends Record<string, unknown>, Pick<AccountRow, "id" | "roleId" | "permissions"> {
  outcome: "rotated" | "repeated" | "reused" | "refused";
  methods: string[];
  authenticatedAt: string;
}

/** @throws AppError invalid_refresh_token, without a trip for a token that is not ours; refresh_token_reused. */
export async function refresh(platform: Platform, token: string | undefined): Promise<Tokens> {
  const parsed = token === undefined ? undefined : await parseRefreshToken(platform.secrets, token);
  if (token === undefined || parsed === undefined) throw new AppError("invalid_refresh_token");
  const { sessionId, generation } = parsed;
  const successor = await issueRefreshToken(platform.secrets, { sessionId, generation: generation + 1 });
  const issuedAt = new Date();
  const rotation = await rotate(platform, {
    ...parsed,
    isOfPresentSecret: token === (await issueRefreshToken(platform.secrets, parsed)),
    tokenHash: await hashToken(token),
    successorHash: await hashToken(successor),
  });
  switch (rotation?.outcome) {
    case "rotated":
    case "repeated":
      return issueTokens(platform, { ...rotation, account: rotation, sessionId, refreshToken: successor, issuedAt });
    case "reused":
      afterSessionsEnded(platform, { sessionId, userId: rotation.id });
      afterNotice(platform, rotation.id, { type: "session_reuse_detected" });
      throw new AppError("refresh_token_reused");
    default:
      throw new AppError("invalid_refresh_token");
  }
}

interface RotationInput {
  sessionId: string;
  generation: number;
  /** What only a former AUTH_SECRET vouches for is also compared with what is stored: that secret may have been stolen. */
  isOfPresentSecret: boolean;
  tokenHash: string;
  successorHash: string;
}

async function rotate(platform: Platform, input: RotationInput): Promise<Rotation | undefined> {
  const audit = {
    actorId: null,
    action: "session.reuse_detected",
    targetType: "user",
    targetId: sql`select t.user_id from refresh_tokens t where t.session_id = ${input.sessionId}::uuid`,
    metadata: { sessionId: input.sessionId },
  };
  const rotation = sql`
    with current as (
      select t.id, t.user_id, t.methods, t.authenticated_at,
        case
          when t.revoked_at is not null or t.expires_at <= now() then 'refused'
          when t.generation = ${input.generation}::bigint then
            case when ${input.isOfPresentSecret}::boolean or t.token = ${input.tokenHash} then 'rotated' else 'refused' end
          when t.generation = ${input.generation}::bigint + 1 and t.rotated_at > now() - make_interval(secs => ${GRACE_SECONDS}::int) then 'repeated'
          else 'reused'
        end as outcome
      from refresh_tokens t
      where t.session_id = ${input.sessionId}::uuid
      for update of t
    ), live as (
      select current.*, u.role_id, r.permissions
      from current
      join users u on u.id = current.user_id and u.is_active and u.deleted_at is null
      join roles r on r.id = u.role_id
    ), rotated as (
      update refresh_tokens t set
        token = ${input.successorHash}, generation = t.generation + 1, rotated_at = now(), last_used_at = now(), updated_at = now(),
        expires_at = least(now() + make_interval(days => ${SESSION_IDLE_DAYS}::int), t.created_at + make_interval(days => ${SESSION_ABSOLUTE_DAYS}::int))
      from live where live.id = t.id and live.outcome = 'rotated' and t.generation = ${input.generation}::bigint
    ), repeated as (
      -- While AUTH_SECRET is being rotated the same step has two successors: what was handed out last must be known.
      update refresh_tokens t set token = ${input.successorHash}
      from live where live.id = t.id and live.outcome = 'repeated' and t.token <> ${input.successorHash}
    ), revoked as (
      update refresh_tokens t set revoked_at = now(), revoked_reason = 'token_reused', updated_at = now()
      from current where current.id = t.id and current.outcome = 'reused'
      returning t.user_id
    ), noticed as (
      ${noticeStatement({ type: "session_reuse_detected" }, sql`u.id = (select user_id from revoked)`)}
    )
    select live.user_id as id, live.role_id as "roleId", live.permissions, live.outcome, live.methods,
      live.authenticated_at as "authenticatedAt"
    from live`;
  const { db } = platform;
  const session = sql`t.session_id = ${input.sessionId}::uuid`;
  const isReused = sql`t.revoked_reason = 'token_reused' and ${writtenHere("t")}`;
  const { rotated } = await asAccount(platform, sql`u.id = (select t.user_id from refresh_tokens t where ${session})`, {
    rotated: db.execute<Rotation>(rotation),
    audited: db.execute(
      auditStatement(platform, audit, sql`exists (select from refresh_tokens t where ${session} and ${isReused})`),
    ),
  });
  return rotated.rows[0];
}
