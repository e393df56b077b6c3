/** An administrator sees the API keys of an account, and revokes one. */
import { remembered } from "../../db/batch.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Actor } from "../access/actor.ts";
import { asAdmin, mayChangeUser } from "../access/authority.ts";
import { keyWasRevoked, revokedKey } from "../applications/api-keys.ts";
import { happened } from "../events/happened.ts";

/** @throws AppError not_found, above_you */
export async function revokeUserApiKey(
  platform: Platform,
  actor: Actor,
  { userId, id }: { userId: number; id: string },
): Promise<void> {
  const { gone } = await asAdmin(
    platform,
    actor,
    {
      allowed: platform.db.execute(mayChangeUser(actor, userId)),
      ...revokedKey(platform, { userId, id }),
      ...happened(platform, {
        event: "api_key.revoked_by_admin",
        userId,
        actorId: actor.userId,
        target: ["api_key", id],
        metadata: { userId },
        facts: { data: { apiKeyId: id }, sessionIds: remembered },
        where: keyWasRevoked,
      }),
    },
    userId,
  );
  if (gone.rows.length === 0) throw new AppError("not_found");
}
