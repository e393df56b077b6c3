/**
 * Chooses an existing account for a login with an unknown address, so that the decoy has the same kind of hash. The
 * share of unknown addresses that take as long as an imported hash equals the share of accounts that have one, and each
 * address always takes the same time.
 */
import { sql, type SQL } from "drizzle-orm";
import { HASH_PARAMETERS } from "../../crypto/password-hash.ts";

/**
 * The parameters of that account's hash; null if there is no account. `key` is a keyed hash of the address. It selects one
 * of the first 2^n ids, or one of half as many if the ids do not reach that far. So an address gets another account at
 * most once each time the number of accounts doubles.
 */
export function standInOf(key: string | SQL): SQL {
  return sql`(
    select substring(u.password_hash from ${HASH_PARAMETERS}) from users u
    where u.id >= (
      select case when place > last then place & (half - 1) else place end
      from (select max(id) as last from users) ids,
        lateral (select 1::bigint << floor(log(2, last))::int as half) span,
        lateral (select hashtextextended(${key}, 0) & (2 * half - 1) as place) chosen)
    order by u.id limit 1)`;
}
