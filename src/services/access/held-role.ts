/** The role of an account: while the stored one is being deleted, the one that replaces it. */
import { sql, type SQL } from "drizzle-orm";

/** Joins the role of the account `u` as `r`. */
export const joinRole: SQL = sql`
  join roles stored on stored.id = u.role_id join roles r on r.id = coalesce(stored.replacement_id, stored.id)`;
