/**
 * The refresh token, the device token and the request for a mailed code as cookies, for browsers: out of reach of
 * scripts and of requests from other sites.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { AppError } from "../errors.ts";
import { LOGIN_CODE_MINUTES } from "../services/login/login-code.ts";
import { SESSION_IDLE_DAYS, type Tokens } from "../services/sessions/session.ts";
import type { AppEnv } from "./context.ts";
import { isAllowedOrigin } from "./cors.ts";
import { forgetFlow, keptFlow } from "./federation-cookie.ts";

/** Without its prefix. */
export const NAME = "refresh_token";
const DEVICE = "device";
const EMAIL_CODE = "email_code";
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
 * Answers a login. With it ends what this browser has left for: whoever comes back from another service now would link
 * its account to the session before.
 */
export function welcome<Answer extends Tokens & { deviceToken?: string }>(
  c: Context<AppEnv>,
  transport: "body" | "cookie",
  answer: Answer,
): Partial<Answer> {
  if (keptFlow(c) !== undefined) forgetFlow(c);
  return deliver(c, transport, answer);
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
  requireAllowedOrigin(c);
  return { refreshToken, transport: "cookie" };
}

/** The request that a mailed code is good for: in the browser that asked, or in the answer. */
export function deliverCodeRequest(
  c: Context<AppEnv>,
  transport: "body" | "cookie",
  emailCodeToken: string,
): { emailCodeToken?: string } {
  if (transport === "body") return { emailCodeToken };
  setCookie(c, EMAIL_CODE, emailCodeToken, { ...OPTIONS, maxAge: LOGIN_CODE_MINUTES * 60 });
  return {};
}

/** @throws AppError origin_not_allowed, as for the refresh token. */
export function codeRequestOf(c: Context<AppEnv>, inBody: string | undefined): string | undefined {
  const token = inBody ?? getCookie(c, EMAIL_CODE, "host");
  if (inBody === undefined && token !== undefined) requireAllowedOrigin(c);
  return token;
}

export function clearCodeRequest(c: Context<AppEnv>): void {
  if (getCookie(c, EMAIL_CODE, "host") !== undefined) deleteCookie(c, EMAIL_CODE, OPTIONS);
}

function requireAllowedOrigin(c: Context<AppEnv>): void {
  if (!isAllowedOrigin(c.var.platform.config, c.req.header("Origin") ?? "")) throw new AppError("origin_not_allowed");
}

/** It grants no access alone, so any request may carry it. */
export function deviceTokenOf(c: Context<AppEnv>, inBody: string | undefined): string | undefined {
  return inBody ?? getCookie(c, DEVICE, "host");
}

export function clearRefreshCookie(c: Context<AppEnv>): void {
  deleteCookie(c, NAME, OPTIONS);
}
