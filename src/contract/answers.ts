/** What answers are made of, to the letter: an object with a field too many is another object. Shapes as the services have them. */
import * as z from "zod";
import { LOGIN_OUTCOMES, TWO_FACTOR_TYPES } from "../db/values.ts";

export const text = z.string();
export const count = z.int().min(0);
export const flag = z.boolean();
export const time = z.iso.datetime({ precision: 3 });
export const texts = z.array(text);
export const maybe = text.nullable();
const id = text.regex(/^\d+$/);
/** Of our own making, or a role's: whatever is stored with it. */
export const facts = z.record(text, z.unknown());

export const said = (shape: z.ZodRawShape = {}) => z.strictObject({ message: text, ...shape });
export const Message = said();

/** One shape for every list (http/lists.ts). */
export const listOf = (item: z.ZodType, shape: z.ZodRawShape = {}) =>
  z.strictObject({
    data: z.array(item),
    pagination: z.strictObject({ limit: count, nextCursor: maybe }),
    ...shape,
  });

export const User = z
  .strictObject({
    id,
    prenom: text,
    nom: text,
    email: text,
    role: count,
    createdAt: time,
    updatedAt: time,
    telephone: maybe,
    isVerified: flag,
    twoFactorEnabled: flag,
    permissions: texts,
    locale: z.enum(["fr", "en"]),
  })
  .meta({ id: "User" });

export const ManagedUser = z
  .strictObject({
    ...User.shape,
    isActive: flag,
    lastLoginAt: time.nullable(),
    deletedAt: time.nullable(),
    roleId: count,
    roleName: text,
  })
  .meta({ id: "ManagedUser" });

export const Role = z
  .strictObject({
    id: count,
    name: text,
    description: text,
    permissions: texts,
    isSystem: flag,
    inUse: flag,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "Role" });

const accessToken = { token: text, expiresIn: count };
export const AccessToken = said(accessToken);
/** By the cookie transport the refresh token and the device token are cookies. */
export const Tokens = z.strictObject({ ...accessToken, refreshToken: text.optional() });
export const SignedIn = said({ ...Tokens.shape, user: User, deviceToken: text.optional() }).meta({ id: "SignedIn" });
export const Challenge = said({
  twoFactorRequired: z.literal(true),
  twoFactorToken: text,
  methods: z.array(z.enum([...TWO_FACTOR_TYPES, "recovery_code"])),
});

const Claims = z
  .strictObject({
    iss: text,
    aud: z.union([text, texts]),
    sub: text,
    iat: count,
    exp: count,
    jti: text,
    sid: text,
    role: count,
    permissions: texts,
    amr: texts,
    auth_time: count,
  })
  .meta({ id: "Claims" });
export const Verdict = z.union([
  z.strictObject({ active: z.literal(true), claims: Claims }),
  z.strictObject({ active: z.literal(false), reason: text }),
]);

export const TwoFactor = z.strictObject({
  methods: z.array(z.strictObject({ method: z.enum(TWO_FACTOR_TYPES), since: time })),
  recoveryCodesLeft: count,
});
export const RecoveryCodes = said({ recoveryCodes: texts });

const place = { ipAddress: maybe, country: maybe, city: maybe };
const device = z.strictObject({ browser: maybe, os: maybe, type: z.enum(["desktop", "mobile"]).nullable() });
const login = { ...place, outcome: z.enum(LOGIN_OUTCOMES), reason: maybe, method: maybe, createdAt: time };
const session = { ...place, id: z.uuid(), methods: texts, createdAt: time, lastUsedAt: time, expiresAt: time };
export const Session = z.strictObject({ ...session, current: flag, device, authenticatedAt: time });
export const Login = z.strictObject({ ...login, id: count, sessionId: maybe, device });
export const UserDetails = z.strictObject({
  user: ManagedUser,
  sessions: z.array(z.strictObject({ ...session, userAgent: maybe })),
  twoFactorMethods: z.array(z.strictObject({ type: text, confirmedAt: time })),
  recoveryCodesLeft: count,
  lastLogins: z.array(z.strictObject({ ...login, id, userAgent: maybe })),
});

export const Notification = z.strictObject({
  id: count,
  type: text,
  title: text,
  content: text,
  data: facts,
  readAt: time.nullable(),
  createdAt: time,
});

export const AuditRecord = z.strictObject({
  id,
  actorId: maybe,
  action: text,
  targetType: text,
  targetId: maybe,
  metadata: facts,
  ipAddress: maybe,
  requestId: maybe,
  hash: text,
  createdAt: time,
});
export const AuditVerification = z.strictObject({
  intact: flag,
  checked: count,
  firstBroken: z.strictObject({ id, reason: z.enum(["missing", "changed", "rewritten"]) }).nullable(),
  anchor: maybe,
  complete: flag,
});

const outcome = z.strictObject({
  line: count,
  status: z.enum(["created", "exists", "invalid", "refused"]),
  id: id.optional(),
  errors: z.array(z.strictObject({ pointer: text, detail: text })).optional(),
});
export const Imported = said({ data: z.array(outcome) });

export const Statistics = z.strictObject({
  totals: z.strictObject({
    users: count,
    disabledUsers: count,
    deletedUsers: count,
    twoFactorUsers: count,
    twoFactorShare: z.number(),
    liveSessions: count,
  }),
  countedAt: time,
  days: z.array(z.strictObject({ date: text, signUps: count, logins: count, failures: count })),
});

export const DeadJob = z.strictObject({ id: count, type: text, userId: maybe, createdAt: time });

const rows = z.array(facts);
export const AccountExport = z.strictObject({
  exportedAt: time,
  account: facts,
  refresh_tokens: rows,
  one_time_tokens: rows,
  two_factor_methods: rows,
  recovery_codes: rows,
  login_history: rows,
  known_devices: rows,
  notifications: rows,
  login_throttles: rows,
  audit_logs: rows,
  dead_jobs: rows,
});

const jwk = z.strictObject({ kty: text, crv: text, x: text, kid: text, alg: text, use: text });
export const KeySet = z.strictObject({ keys: z.array(jwk) });
export const Metadata = z.strictObject({
  issuer: text,
  jwks_uri: text,
  response_types_supported: texts,
  grant_types_supported: texts,
});
export const Health = z.strictObject({ status: text });
