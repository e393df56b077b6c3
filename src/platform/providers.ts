/** The identity providers that the operator has configured: FEDERATION names them, FEDERATION_SECRETS has their secrets. */
import * as z from "zod/mini";

/** Apple takes a signed token for a secret; this is what signs it. */
export interface SigningKey {
  teamId: string;
  keyId: string;
  /** PKCS #8, in PEM. */
  privateKey: string;
}

export interface Provider {
  /** In paths. */
  id: string;
  /** On buttons. */
  name: string;
  /** What it deviates in from OpenID Connect: GitHub only has OAuth. */
  kind: "oidc" | "microsoft" | "apple" | "github";
  issuer: string;
  clientId: string;
  scopes: string;
  /** Whether its word counts that an address is its user's: for all addresses, or for those of some domains. */
  trustEmail: boolean | string[];
}

/** What a provider says of whoever has signed in there. Nothing of it is canonical. */
export interface Identity {
  issuer: string;
  subject: string;
  email: string | undefined;
  /** Whether the provider says that the address is theirs. */
  emailVerified: boolean;
  name: string | undefined;
  givenName: string | undefined;
  familyName: string | undefined;
}

const OIDC_SCOPES = "openid email profile";
/** What needs no configuring, by `id`. Microsoft's issuer names the tenant. */
const KNOWN: Record<string, Partial<Provider>> = {
  google: { name: "Google", issuer: "https://accounts.google.com", trustEmail: ["gmail.com", "googlemail.com"] },
  microsoft: { name: "Microsoft", kind: "microsoft" },
  apple: { name: "Apple", kind: "apple", issuer: "https://appleid.apple.com", scopes: "openid name email" },
  github: { name: "GitHub", kind: "github", issuer: "https://github.com", scopes: "read:user user:email" },
};

const Issuer = z.string().check(
  z.refine((text) => {
    const url = URL.parse(text);
    return url !== null && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username;
  }),
);
const text = (maxLength: number) => z.string().check(z.minLength(1), z.maxLength(maxLength));

const Written = z.strictObject({
  id: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,30}$/)),
  name: z.optional(text(50)),
  kind: z.optional(z.enum(["oidc", "microsoft", "apple", "github"])),
  issuer: z.optional(Issuer),
  clientId: text(500),
  scopes: z.optional(text(500)),
  trustEmail: z.optional(z.union([z.boolean(), z.array(z.string().check(z.regex(/^[a-z0-9.-]+$/)))])),
});

function complete(written: z.infer<typeof Written>): Partial<Provider> {
  const given = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
  return { name: written.id, kind: "oidc", scopes: OIDC_SCOPES, trustEmail: false, ...KNOWN[written.id], ...given };
}

const parsed = z.transform((value: string, context) => {
  try {
    return JSON.parse(value || "null") as unknown;
  } catch {
    context.issues.push({ code: "custom", input: undefined, message: "not JSON" });
    return z.NEVER;
  }
});

/** A JSON list, or nothing. Each provider once, and each with an issuer. */
export const Providers = z.pipe(
  z.pipe(z.pipe(z.string(), parsed), z._default(z.nullable(z.array(Written)), [])),
  z.pipe(
    z.transform((list: z.infer<typeof Written>[] | null) => (list ?? []).map(complete) as Provider[]),
    z.array(z.custom<Provider>()).check(
      z.refine((list) => list.every(({ issuer }) => issuer !== undefined)),
      z.refine((list) => new Set(list.map(({ id }) => id)).size === list.length),
      z.refine((list) => new Set(list.map(({ issuer }) => issuer)).size === list.length),
    ),
  ),
);

/** By the provider's `id`. */
export const ProviderSecrets = z.pipe(
  z.pipe(z.string(), parsed),
  z._default(
    z.nullable(
      z.record(
        z.string(),
        z.union([text(4096), z.strictObject({ teamId: text(50), keyId: text(50), privateKey: text(4096) })]),
      ),
    ),
    {},
  ),
);
