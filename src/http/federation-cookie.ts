/** The cookie that a browser brings back from an identity provider: Lax, since the provider sends the browser. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { FLOW_MINUTES } from "../services/login/federation-flow.ts";
import type { AppEnv } from "./context.ts";

const NAME = "federation";
const OPTIONS = { prefix: "host", httpOnly: true, secure: true, sameSite: "Lax", path: "/" } as const;

export function keepFlow(c: Context<AppEnv>, kept: string): void {
  setCookie(c, NAME, kept, { ...OPTIONS, maxAge: FLOW_MINUTES * 60 });
}

export const keptFlow = (c: Context<AppEnv>): string | undefined => getCookie(c, NAME, "host");

export function forgetFlow(c: Context<AppEnv>): void {
  deleteCookie(c, NAME, OPTIONS);
}
