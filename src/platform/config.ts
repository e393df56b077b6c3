/** The configuration: every variable with its bounds, checked once per isolate, so that a wrong value fails at once. */
import * as z from "zod/mini";
import { OPEN_CLIENT_SOURCES } from "../db/values.ts";
import { configurationError } from "./log.ts";
import { Providers, ProviderSecrets } from "./providers.ts";

const text = (minLength: number, maxLength = Infinity) =>
  z.string().check(z.minLength(minLength), z.maxLength(maxLength));
const Switch = z.pipe(
  z.enum(["on", "off"]),
  z.transform((value) => value === "on"),
);
const toNumber = z.transform((value: string) => Number(value));
const wholeNumber = (minimum: number, maximum: number) =>
  z.pipe(
    z.pipe(z.string().check(z.regex(/^\d+$/)), toNumber),
    z.number().check(z.minimum(minimum), z.maximum(maximum)),
  );
/** An origin exactly as a browser sends it: scheme, host and port, nothing else. */
const Origin = z.string().check(z.refine((value) => URL.canParse(value) && new URL(value).origin === value));
const List = z.pipe(
  z.string(),
  z.transform((list) =>
    list
      .split(",")
      .map((entry) => entry.trim())
      .filter(Boolean),
  ),
);
const OriginList = z.pipe(List, z.array(Origin));

/** A domain as a browser writes it, or nothing. */
function isDomain(text: string): boolean {
  return text === "" || (URL.canParse(`https://${text}`) && new URL(`https://${text}`).host === text);
}

/** The parts that Neon's driver requires: without one, the first request would fail and quote the address. */
function isDatabaseUrl(text: string): boolean {
  const url = /^postgres(ql)?:\/\//.test(text) ? URL.parse(text) : null;
  return !!url && url.hostname !== "" && url.username !== "" && url.pathname.length > 1;
}

const Variables = z.object({
  PRODUCT_NAME: text(1, 100),
  ISSUER: Origin,
  AUDIENCE: text(1, 200),
  APP_URL: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]),
  ALLOWED_ORIGINS: OriginList,
  PAGES: Switch,
  BRAND_COLOR: z.union([z.literal(""), z.string().check(z.regex(/^#[0-9a-f]{6}$/i))]),
  BRAND_LOGO: z.union([z.literal(""), z.url({ protocol: /^https$/ })]),
  PASSKEY_DOMAIN: z.string().check(z.refine(isDomain)),
  ACCESS_TOKEN_TTL: wholeNumber(60, 3600),
  REGISTRATION: z.enum(["open", "verified"]),
  PASSWORD_MIN_LENGTH: wholeNumber(6, 64),
  EMAIL_CODE_LOGIN: Switch,
  FEDERATION: Providers,
  BREACH_CHECK: Switch,
  TWO_FACTOR_REQUIRED_FOR_ADMIN: Switch,
  MAIL_PROVIDER: z.enum(["cloudflare", "resend"]),
  MAIL_FROM: z.email(),
  LOGIN_RISKS: z.pipe(List, z.array(z.enum(["travel", "country", "tor", "hosting"]))),
  OPEN_CLIENTS: z.pipe(List, z.array(z.enum(OPEN_CLIENT_SOURCES))),
  OPEN_CLIENT_RESOURCES: z.pipe(List, z.array(z.string().check(z.regex(/^[!-~]{1,200}$/)))),
  OPEN_CLIENT_SCOPES: z.pipe(List, z.array(z.string().check(z.regex(/^[\w:.-]{1,100}$/)))),
  RATE_LIMIT_SCALE: z.pipe(z.pipe(z.string(), toNumber), z.number().check(z.positive(), z.maximum(1_000_000))),
  DATABASE_URL: z.string().check(z.refine(isDatabaseUrl)),
  /** Local only: the address of an endpoint that speaks Neon's protocol. */
  DATABASE_ENDPOINT: z.optional(z.url()),
  /** Local only: where requests meant for Resend and for the breach check go. */
  RESEND_ENDPOINT: z.optional(z.url()),
  BREACH_ENDPOINT: z.optional(z.url()),
  /** Local only: the resolver that is asked about addresses of others. */
  RESOLVER_ENDPOINT: z.optional(z.url()),
  /** Local only: `messages` logs error messages, which may contain anything. */
  LOG_ERRORS: z.optional(z.enum(["frames", "messages"])),
  /** Where to report a vulnerability: `mailto:` or `https://`; empty for none. */
  SECURITY_CONTACT: z.union([z.literal(""), z.url({ protocol: /^(mailto|https)$/ })]),
  AUTH_SECRET: text(32),
  AUTH_SECRET_PREVIOUS: z.optional(text(32)),
  JWT_KEYS: text(1),
  RESEND_API_KEY: z.optional(text(1)),
  FEDERATION_SECRETS: z.optional(ProviderSecrets),
});

/** A provider without its key would only fail at the first mail, hours after the deploy. */
const Config = Variables.check(
  z.refine(({ MAIL_PROVIDER, RESEND_API_KEY }) => MAIL_PROVIDER !== "resend" || RESEND_API_KEY !== undefined, {
    path: ["RESEND_API_KEY"],
  }),
  z.refine(({ FEDERATION, FEDERATION_SECRETS }) => FEDERATION.every(({ id }) => FEDERATION_SECRETS?.[id]), {
    path: ["FEDERATION_SECRETS"],
  }),
);

/** Without one of these, a request would fail hours later with "property of undefined". */
const BINDINGS = [
  "KV",
  "JOBS",
  "NOTIFICATION_HUB",
  "LIMIT_5",
  "LIMIT_10",
  "LIMIT_60",
  "LIMIT_300",
  "LIMIT_600",
] as const satisfies (keyof Env)[];

const VARIABLES = Object.keys(Variables.shape) as (keyof Env)[];

export type Config = z.infer<typeof Config>;

/**
 * @throws Error named ConfigurationError, which lists the missing or invalid variables and bindings, never their
 * values.
 */
export function readConfig(env: Env): Config {
  const parsed = Config.safeParse(env);
  const missing = BINDINGS.filter((name) => !env[name]).map((name) => `${name} (no such binding)`);
  if (parsed.success && missing.length === 0) return parsed.data;
  const issues = parsed.error?.issues ?? [];
  const wrong = [...issues.map((issue) => `${issue.path.join(".")} (${issue.code})`), ...missing];
  throw configurationError(wrong.join(", "));
}

/** Only a development service is reached without TLS. */
export const isInDevelopment = ({ ISSUER }: Config): boolean => new URL(ISSUER).protocol === "http:";

/** Whether any variable of the configuration differs. */
export function hasChanged(before: Partial<Env>, now: Env): boolean {
  return VARIABLES.some((name) => before[name] !== now[name]);
}
