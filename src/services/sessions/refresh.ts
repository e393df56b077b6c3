/**
 * Rotation of refresh tokens (drizzle/functions/rotate_session.sql). Many parallel uses of one token get the same
 * successor, which is a pure function of session and generation. After the grace a used token ends the session.
 */
import { sql } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { isOfPresentSecret, issueRefreshToken, parseRefreshToken } from "../../crypto/refresh-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { AccountRow } from "../accounts/view.ts";
import { auditStatement } from "../events/audit.ts";
import { storeNotices } from "../events/notices.ts";
import { queuedRows, sendNow, writeOutbox, type OutboxRow } from "../events/outbox.ts";
import { issueTokens, SESSION_ABSOLUTE_DAYS, SESSION_IDLE_DAYS, type Tokens } from "./session.ts";

/** Two tabs, a lost answer, a retry: within this time after its rotation a reused token is not a theft. */
export const GRACE_SECONDS = 30;

interface Rotation extends Record<string, unknown>, Pick<AccountRow, "id" | "roleId" | "permissions"> {
  outcome: "rotated" | "repeated" | "reused" | "refused";
  methods: string[];
  authenticatedAt: string;
  outbox: OutboxRow[] | null;
}

/** @throws AppError invalid_refresh_token, without a trip if the token is not ours; refresh_token_reused. */
export async function refresh(platform: Platform, token: string | undefined): Promise<Tokens> {
  const parsed = token === undefined ? undefined : await parseRefreshToken(platform.secrets, token);
  if (token === undefined || parsed === undefined) throw new AppError("invalid_refresh_token");
  const { sessionId, generation } = parsed;
  const successor = await issueRefreshToken(platform.secrets, { sessionId, generation: generation + 1 });
  const issuedAt = new Date();
  const rotation = await rotate(platform, {
    ...parsed,
    isOfPresentSecret: await isOfPresentSecret(platform.secrets, token),
    tokenHash: await hashToken(token),
    successorHash: await hashToken(successor),
  });
  switch (rotation?.outcome) {
    case "rotated":
    case "repeated":
      return issueTokens(platform, { ...rotation, account: rotation, sessionId, refreshToken: successor, issuedAt });
    case "reused":
      throw new AppError("refresh_token_reused");
    default:
      throw new AppError("invalid_refresh_token");
  }
}

interface RotationInput {
  sessionId: string;
  generation: number;
  /** A token that only the previous AUTH_SECRET signed is also compared with the stored one. */
  isOfPresentSecret: boolean;
  tokenHash: string;
  successorHash: string;
}

/** One statement, in which each part depends on the one before: session, then notice, then audit log. */
async function rotate(platform: Platform, input: RotationInput): Promise<Rotation | undefined> {
  const event = "session.reuse_detected";
  const audit = {
    actorId: null,
    action: event,
    targetType: "user",
    targetId: sql`select user_id from noticed`,
    metadata: { sessionId: input.sessionId },
  };
  const facts = {
    userId: sql`(select user_id from noticed)`,
    client: platform.client,
    sessionIds: [input.sessionId],
  };
  const isReused = sql`exists (select from noticed)`;
  const reused = sql`select owner from rotation where outcome = 'reused'`;
  const { rows } = await platform.db.execute<Rotation>(sql`
    with rotation as materialized (
      select * from rotate_session(${input.sessionId}::uuid, ${input.generation}::bigint, ${input.isOfPresentSecret}::boolean,
        ${input.tokenHash}, ${input.successorHash}, make_interval(secs => ${GRACE_SECONDS}::int),
        make_interval(days => ${SESSION_IDLE_DAYS}::int), make_interval(days => ${SESSION_ABSOLUTE_DAYS}::int))
    ), noticed as (
      ${storeNotices([{ type: "session_reuse_detected", owners: sql`u.id = (${reused})` }])} returning user_id
    ), queued as (${writeOutbox([{ event, facts, where: isReused }])}),
    audited as (${auditStatement(platform, audit, isReused)})
    select owner as id, owner_role as "roleId", owner_permissions as permissions, outcome, shown as methods,
      shown_at as "authenticatedAt", ${queuedRows} as outbox
    from rotation`);
  sendNow(platform, rows[0]?.outbox);
  return rows[0];
}
