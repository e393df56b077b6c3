/** The refresh token and the device token as cookies, for browsers: out of reach of scripts, and of other sites' requests. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { AppError } from "../errors.ts";
import { SESSION_IDLE_DAYS, type Tokens } from "../services/sessions/session.ts";
import type { AppEnv } from "./context.ts";

const NAME = "refresh_token";
const DEVICE = "device";
/** The longest that browsers keep a cookie. */
const DEVICE_DAYS = 400;
const OPTIONS = { prefix: "host", httpOnly: true, secure: true, sameSite: "Strict", path: "/" } as const;

/** Answers with the tokens; by the cookie transport those that last leave the body. */
export function deliver<Answer extends Tokens & { deviceToken?: string }>(
  c: Context<AppEnv>,
  transport: "body" | "cookie",
  answer: Answer,
): Partial<Answer> {
  if (transport === "body") return answer;
  setCookie(c, NAME, answer.refreshToken, { ...OPTIONS, maxAge: SESSION_IDLE_DAYS * 86_400 });
  if (answer.deviceToken) setCookie(c, DEVICE, answer.deviceToken, { ...OPTIONS, maxAge: DEVICE_DAYS * 86_400 });
  const { refreshToken: _refreshToken, deviceToken: _deviceToken, ...rest } = answer;
  return rest as Partial<Answer>;
}

/** @throws AppError origin_not_allowed: a cookie that came along by itself proves nothing about who sent the request. */
export function refreshTokenOf(
  c: Context<AppEnv>,
  inBody: string | undefined,
): { refreshToken: string | undefined; transport: "body" | "cookie" } {
  if (inBody !== undefined) return { refreshToken: inBody, transport: "body" };
  const refreshToken = getCookie(c, NAME, "host");
  if (refreshToken === undefined) return { refreshToken, transport: "body" };
  if (!c.var.platform.config.ALLOWED_ORIGINS.includes(c.req.header("Origin") ?? ""))
    throw new AppError("origin_not_allowed");
  return { refreshToken, transport: "cookie" };
}

/** It opens nothing by itself, so it may come along with any request. */
export function deviceTokenOf(c: Context<AppEnv>, inBody: string | undefined): string | undefined {
  return inBody ?? getCookie(c, DEVICE, "host");
}

export function clearRefreshCookie(c: Context<AppEnv>): void {
  deleteCookie(c, NAME, OPTIONS);
}
