/**
 * Derives an example for every schema in the document from the names of its fields. A text field without an example
 * fails `npm run docs:openapi`.
 */
type Json = Record<string, unknown>;

/** Whole schemas in which some fields exclude others. */
const SCHEMAS: Record<string, unknown> = {
  AnyObject: {},
  BroadcastRequest: { title: "Maintenance", content: "Le service sera arrêté dimanche à 2 h.", all: true },
};

/** By field name, in any schema. */
const FIELDS: Record<string, unknown> = {
  prenom: "Ada",
  nom: "Lovelace",
  email: "ada@example.com",
  pendingEmail: "ada@example.org",
  telephone: "+33 1 23 45 67 89",
  locale: "fr",
  password: "Correct cheval pile agrafe",
  currentPassword: "Correct cheval pile agrafe",
  newPassword: "Un autre cheval très correct",
  passwordHash: "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
  token: "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
  refreshToken: "art_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo",
  deviceToken: "adt_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo",
  twoFactorToken: "att_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo",
  ticket: "awt_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo",
  expiresIn: 600,
  code: "042137",
  recoveryCodes: ["3F7K9-QW2MX", "8HTRB-6ZPNC"],
  secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
  uri: "otpauth://totp/Auth%20API:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Auth%20API",
  qrCode: "<svg></svg>",
  url: "https://example.com/hooks/auth",
  ownerId: "42",
  eventId: "0b1f7a52-6a39-4a2f-9a55-6a4be2f10c11",
  message: "C'est fait",
  title: "Nouvelle connexion",
  content: "Votre compte a été ouvert depuis un nouvel appareil.",
  detail: "Adresse email invalide",
  pointer: "#/email",
  reason: "expired",
  status: "ok",
  id: "42",
  ids: [17, 18],
  userIds: ["42"],
  sessionId: "1b4e28ba-2fa1-4d2b-883f-0016d3cca427",
  actorId: "1",
  userId: "42",
  targetId: "42",
  targetType: "user",
  action: "user.updated",
  type: "new_login",
  requestId: "9d3b1f7e2a6c4058",
  hash: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  anchor: "42:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  nextCursor: null,
  limit: 20,
  role: 0,
  roleId: 0,
  roleName: "user",
  name: "editor",
  description: "Relit et publie",
  permissions: ["articles:write"],
  ipAddress: "192.0.2.1",
  country: "FR",
  city: "Paris",
  browser: "Firefox",
  os: "Linux",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  method: "totp",
  methods: ["totp"],
  date: "2026-01-31",
  iss: "https://auth.example.com",
  issuer: "https://auth.example.com",
  provider: "google",
  returnTo: "https://app.example.com/account",
  linkedAt: "2026-03-01T08:00:00.000Z",
  jwks_uri: "https://auth.example.com/.well-known/jwks.json",
  aud: "https://api.example.com",
  audience: "https://api.example.com",
  permission: "articles:write",
  sub: "42",
  sid: "1b4e28ba-2fa1-4d2b-883f-0016d3cca427",
  jti: "5f2c9a7e1d3b4068",
  amr: ["pwd", "otp"],
  iat: 1_769_851_800,
  auth_time: 1_769_851_800,
  exp: 1_769_852_400,
  kty: "OKP",
  crv: "Ed25519",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  kid: "2026-01",
  alg: "EdDSA",
  use: "sig",
  key: "ak_3f9c2a7be04d5186_9b1f0c…_5e0d7a31",
  expiresInDays: 365,
  overlapSeconds: 86_400,
  n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc",
  e: "AQAB",
  redirectUris: ["https://app.example.com/callback"],
  backchannelLogoutUri: "https://app.example.com/logged-out",
  backchannel_logout_uri: "https://client.example.com/logged-out",
  postLogoutRedirectUris: ["https://app.example.com/"],
  scopes: ["openid", "profile"],
  redirect_uri: "https://app.example.com/callback",
  code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  refresh_token: "art_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo",
  id_token: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl",
  given_name: "Ada",
  family_name: "Lovelace",
  authorization_endpoint: "https://auth.example.com/oauth/authorize",
  userinfo_endpoint: "https://auth.example.com/oauth/userinfo",
  revocation_endpoint: "https://auth.example.com/oauth/revoke",
  registration_endpoint: "https://auth.example.com/oauth/register",
  redirect_uris: ["http://127.0.0.1/callback"],
  client_name: "Inspector",
  client_id_issued_at: 1_769_850_000,
  token_endpoint_auth_method: "none",
  response_types: ["code"],
  grant_types: ["authorization_code", "refresh_token"],
  end_session_endpoint: "https://auth.example.com/oauth/logout",
  audiences: ["https://api.example.com"],
  client_id: "app_3f9c2a7be04d5186",
  grant_id: "0b1d7f0e-6c1f-4d43-9a55-2f6f1f5a9c31",
  client_secret: "acs_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsIQ",
  access_token: "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhcHBfM2Y5YyJ9.c2lnbmF0dXJl",
  token_type: "Bearer",
  expires_in: 600,
  scope: "articles:write",
  resource: "https://api.example.com",
  grant_type: "client_credentials",
  error: "invalid_scope",
  error_description: "The client may not have this scope",
  token_endpoint: "https://auth.example.com/oauth/token",
  introspection_endpoint: "https://auth.example.com/oauth/introspect",
  token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  origins: ["https://auth.example.com", "https://app.example.com"],
  enroll: "https://app.example.com",
  manage: "https://app.example.com",
  rpId: "auth.example.com",
  challenge: "AQLx1v3kq1n8t3Jr0m4oZ2yJ2bV5bG1kYy9sQw",
  credentialId: "cGFzc2tleS1vZi1hZGE",
  rawId: "cGFzc2tleS1vZi1hZGE",
  userHandle: "aGFuZGxlLW9mLWFkYQ",
  displayName: "Ada Lovelace",
  transports: ["internal", "hybrid"],
  clientDataJSON: "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
  authenticatorData: "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
  attestationObject: "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YQ",
  signature: "MEUCIQDx2Z8",
  timeout: 300_000,
  response_types_supported: [],
  grant_types_supported: [],
};

/** Texts with a format of their own. */
const FORMATS: Record<string, string> = {
  "date-time": "2026-01-31T09:30:00.000Z",
  date: "2026-01-31",
  uuid: "1b4e28ba-2fa1-4d2b-883f-0016d3cca427",
};

/** @param schemas the targets of `$ref`. @throws Error for a text whose name and format are both unknown. */
export function exampleOf(schema: Json, schemas: Record<string, Json>, name = ""): unknown {
  const {
    $ref,
    anyOf,
    oneOf,
    items,
    properties,
    required = [],
  } = schema as {
    $ref?: string;
    anyOf?: Json[];
    oneOf?: Json[];
    items?: Json;
    properties?: Record<string, Json>;
    required?: string[];
  };
  if (name in SCHEMAS) return SCHEMAS[name];
  if ($ref !== undefined) {
    const referred = $ref.split("/").at(-1)!;
    return exampleOf(schemas[referred]!, schemas, referred);
  }
  if (schema["const"] !== undefined) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  const formatted = FORMATS[String(schema["format"])];
  if (formatted !== undefined) return formatted;
  // The last of the answers to a second step is a code, which fits on a line.
  if (oneOf) return exampleOf(oneOf.at(-1)!, schemas, name);
  if (anyOf) return exampleOf(anyOf[0]!, schemas, name);
  if (name in FIELDS && fits(FIELDS[name], schema)) return FIELDS[name];
  if (properties) {
    // Optional fields are left out unless there is an example.
    const shown = Object.entries(properties).filter(([key]) => required.includes(key) || key in FIELDS);
    return Object.fromEntries(shown.map(([key, property]) => [key, exampleOf(property, schemas, key)]));
  }
  if (items) return [exampleOf(items, schemas, name)];
  const types = [schema["type"]].flat();
  if (types.includes("object")) return {};
  if (types.includes("boolean")) return true;
  if (types.includes("integer") || types.includes("number")) return Math.max(Number(schema["minimum"] ?? 0), 1);
  if (types.includes("null")) return null;
  throw new Error(`src/contract/examples.ts has no example for ${name}: ${JSON.stringify(schema)}`);
}

/** One name can be a number in one schema and a text in another. */
function fits(example: unknown, { type, items }: Json): boolean {
  const types = [type].flat().map((each) => (each === "integer" ? "number" : each));
  if (Array.isArray(example)) return types.includes("array") && example.every((each) => fits(each, items as Json));
  return types.includes(example === null ? "null" : typeof example);
}
