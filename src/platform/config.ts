/** The configuration: every variable with its bounds, checked once per isolate, so that a wrong one fails loudly and at once. */
import * as z from "zod";

const Switch = z.enum(["on", "off"]).transform((value) => value === "on");
const WholeNumber = z.string().regex(/^\d+$/).transform(Number);
/** An origin exactly as a browser sends it: scheme, host and port, with nothing behind. */
const Origin = z.string().refine((value) => URL.canParse(value) && new URL(value).origin === value, "not an origin");
const OriginList = z
  .string()
  .transform((list) =>
    list
      .split(",")
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .pipe(z.array(Origin));

const Variables = z.object({
  PRODUCT_NAME: z.string().min(1).max(100),
  ISSUER: Origin,
  AUDIENCE: z.string().min(1).max(200),
  APP_URL: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]),
  ALLOWED_ORIGINS: OriginList,
  ACCESS_TOKEN_TTL: WholeNumber.pipe(z.number().min(60).max(3600)),
  REGISTRATION: z.enum(["open", "verified"]),
  PASSWORD_MIN_LENGTH: WholeNumber.pipe(z.number().min(6).max(64)),
  BREACH_CHECK: Switch,
  TWO_FACTOR_REQUIRED_FOR_ADMIN: Switch,
  MAIL_PROVIDER: z.enum(["cloudflare", "resend"]),
  MAIL_FROM: z.email(),
  RATE_LIMIT_SCALE: z.string().transform(Number).pipe(z.number().positive().max(1_000_000)),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//),
  /** Local only: the address of an endpoint that speaks Neon's protocol. */
  DATABASE_ENDPOINT: z.url().optional(),
  /** Local only: where to send what is meant for Resend, for the breach check. */
  RESEND_ENDPOINT: z.url().optional(),
  BREACH_ENDPOINT: z.url().optional(),
  AUTH_SECRET: z.string().min(32),
  AUTH_SECRET_PREVIOUS: z.string().min(32).optional(),
  JWT_KEYS: z.string().min(1),
  RESEND_API_KEY: z.string().min(1).optional(),
});

/** A provider without its key would fail at the first mail only, hours after the deploy. */
const Config = Variables.refine(
  ({ MAIL_PROVIDER, RESEND_API_KEY }) => MAIL_PROVIDER !== "resend" || RESEND_API_KEY !== undefined,
  { path: ["RESEND_API_KEY"] },
);

const VARIABLES = Object.keys(Variables.shape) as (keyof Env)[];

export type Config = z.infer<typeof Config>;

/** @throws Error, named ConfigurationError, naming the variables that are missing or out of bounds, never their values. */
export function readConfig(env: Env): Config {
  const parsed = Config.safeParse(env);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")} (${issue.code})`);
  throw Object.assign(new Error(`Configuration: ${wrong.join(", ")}`), { name: "ConfigurationError" });
}

/** Whether any variable of the configuration differs between the two. */
export function hasChanged(before: Partial<Env>, now: Env): boolean {
  return VARIABLES.some((name) => before[name] !== now[name]);
}
