/**
 * The refresh token and the device token as cookies, for browsers: out of reach of scripts and of requests from other
 * sites.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { AppError } from "../errors.ts";
import { SESSION_IDLE_DAYS, type Tokens } from "../services/sessions/session.ts";
import type { AppEnv } from "./context.ts";
import { isAllowedOrigin } from "./cors.ts";

const NAME = "refresh_token";
const DEVICE = "device";
/** The longest lifetime that browsers allow for a cookie. */
const DEVICE_DAYS = 400;
const OPTIONS = { prefix: "host", httpOnly: true, secure: true, sameSite: "Strict", path: "/" } as const;

/** Answers with the tokens; with the cookie transport, the long-lived ones go into cookies instead of the body. */
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

/**
 * @throws AppError origin_not_allowed: browsers send cookies by themselves, so a cookie doesn't prove who made the
 * request.
 */
export function refreshTokenOf(
  c: Context<AppEnv>,
  inBody: string | undefined,
): { refreshToken: string | undefined; transport: "body" | "cookie" } {
  if (inBody !== undefined) return { refreshToken: inBody, transport: "body" };
  const refreshToken = getCookie(c, NAME, "host");
  if (refreshToken === undefined) return { refreshToken, transport: "body" };
  if (!isAllowedOrigin(c.var.platform.config, c.req.header("Origin") ?? "")) throw new AppError("origin_not_allowed");
  return { refreshToken, transport: "cookie" };
}

/** It grants no access alone, so any request may carry it. */
export function deviceTokenOf(c: Context<AppEnv>, inBody: string | undefined): string | undefined {
  return inBody ?? getCookie(c, DEVICE, "host");
}

export function clearRefreshCookie(c: Context<AppEnv>): void {
  deleteCookie(c, NAME, OPTIONS);
}
