/** The configuration of the service under test. Its secrets are for tests only. */

export const ISSUER = "http://localhost:3001";
export const AUDIENCE = "auth-api";
export const ALLOWED_ORIGIN = "https://app.example.test";

/** For tests alone, as everything here. */
const IDENTITY_KEY = {
  kty: "RSA",
  kid: "test-rsa-1",
  alg: "RS256",
  use: "sig",
  n: "x2d9uvk5Tb-F0A_BXTziVyW3BDei0_xRnOBpys0NctSIPiVcsSLapytHAESD80maE6IiG5At_GFRj79oUadlIZsem1Id5wcLmCxOTRrkAVDLfRtEm4Se_bfdPwqDNJfFehO1qGIc_54byI30MUrKyccZtNb0dYdAVHA-PhJTT30ABoPHQw96wQH3lWwsl6hubM77WAV0bhBkGSX69IqdZ0WJaxe4fLN-WrJC7UnO6r_sfFvf-BgysgJYEIcxzu0QcdYE9yGdL0weFOYuS_ZXZ91bA7GeqIkFCaxh39bfJ4-ga6tK6CL3pTmBc3KzqN8oknJ6Zt52RaoMK_jDoTD4HQ",
  e: "AQAB",
  d: "AhZcW66XaLj6awJ47RpmPALOKmWr-8lQxvbNtdgVKUdQV6Z71KomM9_aWfQLXthrW_GcpwFInxfkav_6wq8zXqKUzvmjef6sRzgyp8dUdlPHFPclbfXCsQW6vNnO_97nkIydxN-lxGusGrYGjtUboh10C_ibpG296gs5LUo8Uao2hdBzcBZtzqFc_gzvSVAZwJg3RY97f8y5D4FCKdWVCmQGpv_qLARqIve17fEgLKtvVMEhfJ1CPKCacmO6EMIl9qAK4UVJav6ejIGJO4LcWuOxUnS2rxjQ5xC4qdxLUjPhNOC6qtOGBFwwB5wocKCjwInZr3-YnAJRrQEVGus0OQ",
  p: "-m2b1zZwln-ZvCIr_XXzSZz6H_syit-i2EvjjgkgxtN3Oy-snp0lbqeb7SOevxJHHrC-FS7nEkRgmfcnBg88bxub0wb1XESYSmql1KokXfrc1CcWj4TlJG8xdZpdxe5xiXrlIoD2Ghh9zNgpURtHhaZTBVy2r0JTjqlr5mWV7Sk",
  q: "y9dCjDp2ViqpLsFIByolVWIDyp0qXnnqI84045N00CaGjMDS-ZgCbemm60mTB5sZjg-tv3kZCJavgigTyJL6UBl3iaj_T5dvKavYeERLwPxKWLiiyjqaS5xkm6N8GJI9pF1fshdT_7lNdwfwYaI0zsTFDlFPaXG9TnAhD4CNHdU",
  dp: "nqLOZI801PExxq5y5VVRbyFEhPvQMY6nDpNMK852d9y_G7wAgl2Tt7vvF1JIHkuKx9M4Jh0W_UhZVU7t5nXCV7PKiuxOg0tkmUdjkwrQjMP8HVxBe1q4-NKDJzdJDbgVLfyup6O_whofnqKT0bARJ4WL88qeYvkGC0ohcsqJJbk",
  dq: "P5TDQy4xHytrXhQXvXRd9MX_3MEtKA7rA4QcZyfldc-uhFTY-dV6XIJW-GkYnXS5geBOF71UG6O01updUWDXBwkKijvWdyMLH3pkqQ7Ueju3jPj6fg3NduwvTYSu_pMO-yfM46X3I3rPOOOXDT0lL6GcvZyLIp7Bp6e-CDHW0ok",
  qi: "5jSjaZLXmEzetQKTVXtec6H5ou0IJoSnSaxAfzG0rwUUPuhpjW4xu8VUqIpDQJNsaVk1xLV3DYGVyeuhuTiTmMrGVKFrFbs7zvnhhvRR48rXZ4E05AkdSvfsCrPBnfw-G3tfPSNBnV7BDriIJD4GnuPkCyd1m8UVYehXg276DoA",
};

const IDENTITY_KEY_ES256 = {
  kty: "EC",
  crv: "P-256",
  kid: "test-ec-1",
  alg: "ES256",
  use: "sig",
  x: "2fwT1HnoW2eIkpPflJFts7QG-cEiiQP7RopE1cPhDMA",
  y: "veoN3YQK4p9x1pA2XEshacPDw5n8nKO_Lh4sBen7OCk",
  d: "nwMHII0TfTj-HjVOvsrn_lPE8c7ZvopJmFExCZAhENo",
};

/** @param outsideUrl the address of the stand-ins for Resend and Have I Been Pwned (support/mailbox.ts). */
export function testBindings(endpointUrl: string, outsideUrl: string): Record<string, string> {
  return {
    ISSUER,
    AUDIENCE,
    ALLOWED_ORIGINS: ALLOWED_ORIGIN,
    OPEN_CLIENTS: "registration, document",
    OPEN_CLIENT_RESOURCES: "https://mcp.example.test/mcp",
    OPEN_CLIENT_SCOPES: "notes:read, users:read",
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
        IDENTITY_KEY,
        IDENTITY_KEY_ES256,
      ],
    }),
  };
}
