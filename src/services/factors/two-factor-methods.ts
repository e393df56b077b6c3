/** What the factors kept in `two_factor_methods` have in common: a row each, which counts once it is confirmed. */
import { sql, type SQL } from "drizzle-orm";
import type { TWO_FACTOR_TYPES } from "../../db/values.ts";
import type { Factor } from "./factor.ts";

export function keptAsMethod(type: (typeof TWO_FACTOR_TYPES)[number]): Pick<Factor<never, never>, "since" | "remove"> {
  return {
    since: (userId) => sql`(
      select m.confirmed_at from two_factor_methods m where m.user_id = ${userId} and m.type = ${named(type)})`,
    remove: (userId: number, gate: SQL) => sql`
      delete from two_factor_methods where user_id = ${userId} and type = ${named(type)} and ${gate} returning user_id`,
  };
}

/** One of ours, so it may stand in the statement itself, where the planner sees it. */
function named(type: (typeof TWO_FACTOR_TYPES)[number]): SQL {
  return sql.raw(`'${type}'`);
}
