/** The session that proves a mailbox: drizzle/functions/users_mailbox_proven.sql keeps it alive. */
import { sql, type SQL } from "drizzle-orm";

/** Statement, before the one that proves. The trigger checks whether it is a live session of the account. */
export function provingSession(sessionId: string | undefined): SQL {
  return sql`select set_config('auth_api.proving_session', ${sessionId ?? ""}, true)`;
}
