/**
 * Devices that have signed in to an account. One sends its token at the next login and then has a throttle of its own,
 * so that a stranger's failures don't lock the owner out (OWASP: device cookies); the owner is told of any other login.
 */
import { sql, type SQL } from "drizzle-orm";
import { generateDeviceId, hashDeviceId, parseDeviceToken } from "../../crypto/device-token.ts";
import type { Platform } from "../../platform/index.ts";

/** The device of a login. `userId` is the account that its token was issued to; null without a token. */
export interface Device {
  id: string;
  hash: string;
  userId: number | null;
}

/** A forged token counts as none: the device is then a new one. */
export async function readDevice({ secrets }: Platform, token: string | undefined): Promise<Device> {
  const parsed = token === undefined ? undefined : await parseDeviceToken(secrets, token);
  return parsed
    ? { id: parsed.deviceId, hash: await hashDeviceId(parsed.deviceId), userId: parsed.userId }
    : newDevice();
}

export async function newDevice(): Promise<Device> {
  const id = generateDeviceId();
  return { id, hash: await hashDeviceId(id), userId: null };
}

/** Whether the account `userId` knows the device, and the token was issued to that same account. */
export function isKnown(device: Pick<Device, "hash" | "userId">, userId: SQL): SQL {
  return sql`exists (
    select from known_devices d
    where d.user_id = ${userId} and d.device = ${device.hash} and d.user_id = ${device.userId}::int)`;
}

/** CTE body: the device of the session in `opened` (the name of a CTE, as below) is known from now on. */
export function rememberDevice(deviceHash: string, opened: SQL): SQL {
  return sql`
    insert into known_devices (user_id, device) select user_id, ${deviceHash} from ${opened}
    on conflict (user_id, device) do update set last_seen_at = now(), updated_at = now()`;
}

/** Of one account. */
const MAX_DEVICES = 50;

/** CTE body: removes the devices unused for longest to make room for that of the session in `opened`. */
export function forgetSurplusDevices(deviceHash: string, opened: SQL): SQL {
  return sql`
    delete from known_devices where id in (
      select id from known_devices where user_id = (select user_id from ${opened}) and device <> ${deviceHash}
      order by last_seen_at desc offset ${MAX_DEVICES - 1}::int)`;
}

/**
 * CTE body: the row of `opened` if its device or country is new to the account. The very first device doesn't count as
 * new. A client that stores no tokens would be new each time: if none of an account's devices ever came back with its
 * token, the user agent identifies them instead.
 */
export function unfamiliarLogin({ client }: Platform, deviceHash: string, opened: SQL): SQL {
  const logins = sql`from login_history h where h.user_id = o.user_id and h.outcome = 'success'`;
  const before = sql`select ${logins}`;
  // "Is not distinct from" would be no question for an index; "exists … country is not null" would be
  // one for the wrong index, and "max" is one for that of countries alone.
  const { userAgent } = client;
  const sameAgent = userAgent === null ? sql`h.user_agent is null` : sql`h.user_agent = ${userAgent}::text`;
  const devices = sql`select from known_devices d where d.user_id = o.user_id`;
  return sql`
    select o.user_id from ${opened} o
    where (
      exists (${devices}) and not exists (${devices} and d.device = ${deviceHash}) and (
        exists (${devices} and d.last_seen_at > d.created_at)
        or not exists (${before} and ${sameAgent})
      )
    ) or (
      ${client.country}::text is not null and (select max(h.country) ${logins}) is not null
      and not exists (${before} and h.country = ${client.country}::text)
    )`;
}
