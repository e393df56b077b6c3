/**
 * What looks wrong about a login that shows the right password: where it comes from, compared with where the account
 * has signed in before. Then a password alone is not enough. Computed by the login's own statements.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Text } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";

export type Risk = "travel" | "country" | "tor" | "hosting";

/** As the owner is told. */
export const RISK_NAMES: Record<Risk, Text> = {
  travel: { fr: "trop loin de la connexion précédente", en: "too far from the previous login" },
  country: { fr: "nouveau pays", en: "new country" },
  tor: { fr: "réseau Tor", en: "Tor network" },
  hosting: { fr: "réseau d'un hébergeur", en: "network of a hosting provider" },
};

/** Every threshold. `LOGIN_RISKS` says which of these are asked about. */
export const THRESHOLDS = {
  travel: {
    /** Faster than an airliner, */
    kmPerHour: 900,
    /** and farther than providers err who say where an address is: a mobile network's is often that of its exit. */
    atLeastKm: 500,
  },
  /** What an account has not used for this long is new again. */
  country: { days: 180 },
  hosting: {
    days: 180,
    /** Networks that rent out machines: Amazon, Google, Microsoft, Oracle, Alibaba, Tencent, OVH, Hetzner, … */
    networks: [
      16509, 14618, 8987, 15169, 396982, 8075, 8069, 31898, 45102, 37963, 132203, 45090, 16276, 24940, 213230, 14061,
      63949, 20473, 12876, 51167, 60781, 28753, 9009, 60068, 212238, 36352, 53667, 62567, 197540, 202425,
    ],
  },
} as const;

/** Tor's exits, as Cloudflare names their country. */
const TOR = "T1";

/** Column: the risks of a login to `userId` from here, as text[]; none at an account's first place. */
export function risksOf({ client, config }: Platform, userId: SQL, deviceIsKnown: SQL): SQL {
  const { country, origin } = client;
  const { travel, hosting } = THRESHOLDS;
  const isRented = (hosting.networks as readonly number[]).includes(origin?.network ?? 0);
  const { latitude = null, longitude = null } = origin ?? {};
  const km = sql`12742 * asin(least(1, sqrt(
    power(sind((${latitude}::float8 - last.latitude) / 2), 2)
    + cosd(${latitude}::float8) * cosd(last.latitude) * power(sind((${longitude}::float8 - last.longitude) / 2), 2))))`;
  const hours = sql`extract(epoch from now() - last.seen_at)::float8 / 3600`;
  const found: Record<Risk, SQL> = {
    tor: sql`${country === TOR}::boolean`,
    country: sql`${country !== null && country !== TOR}::boolean and not known.country`,
    hosting: sql`${isRented}::boolean and not known.network and not known.rented`,
    // Two networks of one person, such as those of a phone and of a home, may seem far apart; both are used again.
    travel: sql`${latitude !== null && longitude !== null}::boolean and not (known.network and ${deviceIsKnown})
      and ${km} > greatest(${travel.atLeastKm}::float8, ${travel.kmPerHour}::float8 * ${hours})`,
  };
  const named = config.LOGIN_RISKS.map((risk) => sql`case when ${found[risk]} then ${risk}::text end`);
  const places = sql`from login_places p where p.user_id = ${userId}`;
  const recent = sql`p.seen_at > now() - make_interval(days => ${THRESHOLDS.country.days}::int)`;
  return sql`coalesce((
    select array_remove(array[${sql.join(named, sql`, `)}]::text[], null)
    from (
      select bool_or(p.country = ${country ?? ""}) as country, bool_or(p.network = ${origin?.network ?? 0}::bigint) as network,
        bool_or(p.network = any(${sql.param(hosting.networks)}::bigint[])) as rented
      ${places} and ${recent} having count(*) > 0
    ) known left join lateral (
      select p.latitude, p.longitude, p.seen_at ${places} and p.latitude is not null order by p.seen_at desc limit 1
    ) last on true), '{}')`;
}

/**
 * CTE body: the place of the session in `opened`, one of `account` (the names of CTEs), is known from now on. Before the
 * mailbox is proven somebody else may have signed in.
 */
export function rememberPlace({ client }: Platform, opened: SQL, account: SQL): SQL {
  const { country, origin } = client;
  return sql`
    insert into login_places (user_id, country, network, latitude, longitude)
    select o.user_id, ${country ?? ""}, ${origin?.network ?? 0}::bigint, ${origin?.latitude ?? null}::real, ${origin?.longitude ?? null}::real
    from ${opened} o join ${account} a on a.id = o.user_id and a.is_verified
    where ${country !== null || origin !== null}::boolean
    on conflict (user_id, country, network) do update set
      latitude = excluded.latitude, longitude = excluded.longitude, seen_at = now(), updated_at = now()`;
}

/** Statement: forgets the places that the owner has not signed in from, since they are known by `session`, a column query. */
export function forgetPlacesOf(userId: SQL | number, session: SQL): SQL {
  return sql`
    delete from login_places where user_id = ${userId} and created_at >= (
      select min(s.created_at) from refresh_tokens s where s.session_id = (${session}))`;
}
