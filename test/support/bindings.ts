/** The configuration of the service under test. Its secrets are for tests only. */

export const ISSUER = "http://localhost:3001";
export const AUDIENCE = "auth-api";
export const ALLOWED_ORIGIN = "https://app.example.test";

/** @param outsideUrl the address of the stand-ins for Resend and Have I Been Pwned (support/mailbox.ts). */
export function testBindings(endpointUrl: string, outsideUrl: string): Record<string, string> {
  return {
    ISSUER,
    AUDIENCE,
    ALLOWED_ORIGINS: ALLOWED_ORIGIN,
    BREACH_CHECK: "off",
    BREACH_ENDPOINT: outsideUrl,
    RESOLVER_ENDPOINT: outsideUrl,
    MAIL_PROVIDER: "resend",
    RESEND_ENDPOINT: outsideUrl,
    RESEND_API_KEY: "replaced by each test file",
    // Tests of limits and of the policy for administrators set their own.
    RATE_LIMIT_SCALE: "1000000",
    TWO_FACTOR_REQUIRED_FOR_ADMIN: "off",
    DATABASE_ENDPOINT: endpointUrl,
    DATABASE_URL: "postgresql://test@template.invalid/template",
    AUTH_SECRET: "a secret for tests alone, long enough for HKDF",
    JWT_KEYS: JSON.stringify({
      keys: [
        {
          kty: "OKP",
          crv: "Ed25519",
          kid: "test-1",
          d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
          x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        },
      ],
    }),
  };
}
