/** The session by which somebody proves a mailbox: the one that drizzle/functions/users_mailbox_proven.sql leaves alive. */
import { sql, type SQL } from "drizzle-orm";

/** Statement, before the one that proves. The trigger asks whether it is a live session of the account. */
export function provingSession(sessionId: string | undefined): SQL {
  return sql`select set_config('auth_api.proving_session', ${sessionId ?? ""}, true)`;
}
