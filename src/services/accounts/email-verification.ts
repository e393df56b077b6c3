/** The proof that an address is its owner's. */
import { sql } from "drizzle-orm";
import { hashToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { asAccount } from "../access/actor.ts";
import { consumeToken, killOneTimeTokens, ownerOfToken } from "./one-time-tokens.ts";

/** No trip: whether there is such an account, and whether it is proven already, is the consumer's to find out. */
export async function requestVerification(platform: Platform, { email }: { email: string }): Promise<void> {
  await platform.enqueue({ type: "verification", email, registering: false });
}

/** @throws AppError invalid_link, also for a link that was mailed to an address which the account no longer has. */
export async function verifyEmail(platform: Platform, { token }: { token: string }): Promise<void> {
  const tokenHash = await hashToken(token);
  const others = sql`user_id = (select id from verified) and purpose = 'verify_email' and token <> ${tokenHash}`;
  const verify = sql`
    with consumed as (${consumeToken(tokenHash, ["verify_email"])}),
    verified as (
      update users set is_verified = true, updated_at = now()
      from consumed where users.id = consumed.user_id and users.email = consumed.payload ->> 'email'
      returning users.id
    ),
    killed as (${killOneTimeTokens(others)})
    select id from verified`;
  const { verified } = await asAccount(platform, ownerOfToken(tokenHash), { verified: platform.db.execute(verify) });
  if (verified.rows.length === 0) throw new AppError("invalid_link");
}
