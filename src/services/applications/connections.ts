/** What acts for an account while nobody is signed in, or is let in without a question. */
import { sql, type SQL } from "drizzle-orm";

/**
 * Statement: the keys of an account are over, and no application is let in any more. Whoever ends its sessions with them has
 * marked the keys; the grants of applications end with the sessions.
 */
export function dropConnections(condition: SQL): SQL {
  return sql`
    with keys as (delete from api_keys where ${condition})
    delete from oauth_consents where ${condition}`;
}
