/** Links, codes and challenges: one purpose, one user, one use. */
import { sql, type SQL } from "drizzle-orm";

/** Ends every outstanding token that `condition` selects. */
export function killOneTimeTokens(condition: SQL): SQL {
  return sql`update one_time_tokens set used_at = now(), updated_at = now() where used_at is null and ${condition}`;
}
