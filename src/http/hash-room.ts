/** At the door of the routes where anybody can have a password hashed: who would find no turn is refused before anything else. */
import type { Context, Next } from "hono";
import { AppError } from "../errors.ts";
import { readDevice } from "../services/login/known-devices.ts";
import type { AppEnv } from "./context.ts";
import { deviceTokenOf } from "./refresh-cookie.ts";

/** @throws AppError service_unavailable while too many hashes wait; only devices that have signed in may wait for longer. */
export async function requireHashRoom(c: Context<AppEnv>, next: Next): Promise<void> {
  const { platform } = c.var;
  if (!(await platform.hasHashRoom("stranger")) && !((await isDevice(c)) && (await platform.hasHashRoom("known")))) {
    platform.log("hash_turn_refused", { runs: null });
    throw new AppError("service_unavailable", { headers: { "Retry-After": "1" } });
  }
  await next();
}

/** Strangers can't forge its token; whether the account knows the device is in the database. */
async function isDevice(c: Context<AppEnv>): Promise<boolean> {
  const { deviceToken } = await c.req.json<{ deviceToken?: unknown }>().catch(() => ({ deviceToken: undefined }));
  const token = deviceTokenOf(c, typeof deviceToken === "string" ? deviceToken : undefined);
  return (await readDevice(c.var.platform, token)).userId !== null;
}
