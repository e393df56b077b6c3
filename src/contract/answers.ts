/**
 * Strict response schemas: extra fields fail. The services define the shapes. Each schema has a name of its own, which
 * the document and generated clients use.
 */
import * as z from "zod";
import { LOGIN_OUTCOMES } from "../db/values.ts";
import { GUARD_NAMES } from "../services/factors/list.ts";

export const text = z.string();
export const count = z.int().min(0);
export const flag = z.boolean();
export const time = z.iso.datetime({ precision: 3 });
export const texts = z.array(text);
export const maybe = text.nullable();
const id = text.regex(/^\d+$/);
/** Of our own making, or a role's: whatever is stored with it. */
export const facts = z.record(text, z.unknown());

export const AnyObject = facts.meta({ id: "AnyObject" });

export const object = <Shape extends z.ZodRawShape>(name: string, shape: Shape) =>
  z.strictObject(shape).meta({ id: name });
/** An object with a message for people. */
export const said = <Shape extends z.ZodRawShape>(name: string, shape: Shape) =>
  object(name, { message: text, ...shape });
export const Message = said("Message", {});

/** One shape for every list (http/lists.ts). */
const Pagination = object("Pagination", { limit: count, nextCursor: maybe });
export const listOf = (name: string, item: z.ZodType, shape: z.ZodRawShape = {}) =>
  object(name, { data: z.array(item), pagination: Pagination, ...shape });

export const User = object("User", {
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
});

export const ManagedUser = object("ManagedUser", {
  ...User.shape,
  isActive: flag,
  lastLoginAt: time.nullable(),
  deletedAt: time.nullable(),
  roleId: count,
  roleName: text,
});

/** Of one account, and of many. */
export const ManagedUserAnswer = said("ManagedUserAnswer", { user: ManagedUser });
export const ManagedUserList = listOf("ManagedUserList", ManagedUser);

export const Role = object("Role", {
  id: count,
  name: text,
  description: text,
  permissions: texts,
  isSystem: flag,
  inUse: flag,
  createdAt: time,
  updatedAt: time,
});

const accessToken = { token: text, expiresIn: count };
export const AccessToken = said("AccessToken", accessToken);
/** With the cookie transport, the refresh token and the device token are cookies. */
export const Tokens = object("Tokens", { ...accessToken, refreshToken: text.optional() });
export const SignedIn = said("SignedIn", { ...Tokens.shape, user: User, deviceToken: text.optional() });
export const Claims = object("Claims", {
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
  client_id: text.optional(),
  scope: text.optional(),
  grant_id: text.optional(),
});
export const Verdict = z
  .union([
    object("GoodToken", { active: z.literal(true), claims: Claims }),
    object("BadToken", { active: z.literal(false), reason: text }),
  ])
  .meta({ id: "Verdict" });

export const TwoFactor = object("TwoFactor", {
  methods: z.array(object("TwoFactorMethod", { method: z.enum(GUARD_NAMES), since: time })),
  recoveryCodesLeft: count,
});
export const RecoveryCodes = said("RecoveryCodes", { recoveryCodes: texts });

const place = { ipAddress: maybe, country: maybe, city: maybe };
const Device = object("Device", { browser: maybe, os: maybe, type: z.enum(["desktop", "mobile"]).nullable() });
const login = { ...place, outcome: z.enum(LOGIN_OUTCOMES), reason: maybe, method: maybe, createdAt: time };
const session = { ...place, id: z.uuid(), methods: texts, createdAt: time, lastUsedAt: time, expiresAt: time };
export const Session = object("Session", {
  ...session,
  current: flag,
  impersonated: flag,
  device: Device,
  authenticatedAt: time,
});
export const Login = object("Login", { ...login, id: count, sessionId: maybe, device: Device });
export const Identity = object("Identity", {
  id: count,
  provider: maybe,
  issuer: text,
  email: maybe,
  linkedAt: time,
  lastUsedAt: time.nullable(),
});
export const UserDetails = object("UserDetails", {
  user: ManagedUser,
  sessions: z.array(object("ManagedSession", { ...session, impersonated: flag, userAgent: maybe })),
  twoFactorMethods: z.array(object("ManagedTwoFactorMethod", { type: text, confirmedAt: time })),
  recoveryCodesLeft: count,
  identities: z.array(Identity),
  lastLogins: z.array(object("ManagedLogin", { ...login, id, userAgent: maybe })),
});

export const Notification = object("Notification", {
  id: count,
  type: text,
  title: text,
  content: text,
  data: facts,
  readAt: time.nullable(),
  createdAt: time,
});

export const BroadcastProgress = object("BroadcastProgress", {
  broadcastId: z.uuid(),
  state: z.enum(["waiting", "sending", "sent"]),
  share: z.number(),
  createdAt: time,
});

export const AuditRecord = object("AuditRecord", {
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
export const AuditVerification = object("AuditVerification", {
  intact: flag,
  checked: count,
  firstBroken: object("BrokenAuditRecord", { id, reason: z.enum(["missing", "changed", "rewritten"]) }).nullable(),
  anchor: maybe,
  complete: flag,
});

const FieldError = object("FieldError", { pointer: text, detail: text });
const Outcome = object("ImportOutcome", {
  line: count,
  status: z.enum(["created", "exists", "invalid", "refused"]),
  id: id.optional(),
  errors: z.array(FieldError).optional(),
});
export const Imported = said("Imported", { data: z.array(Outcome) });

export const Statistics = object("Statistics", {
  totals: object("StatisticsTotals", {
    users: count,
    disabledUsers: count,
    deletedUsers: count,
    twoFactorUsers: count,
    twoFactorShare: z.number(),
    passkeyUsers: count,
    passkeyShare: z.number(),
    liveSessions: count,
  }),
  countedAt: time,
  days: z.array(object("StatisticsDay", { date: text, signUps: count, logins: count, failures: count })),
});

export const DeadJob = object("DeadJob", { id: count, type: text, userId: maybe, createdAt: time });

const rows = z.array(facts);
/** For the user's own account. */
export const ProfileAnswer = said("ProfileAnswer", { user: User, pendingEmail: text.optional() });
export const ProfileChanged = said("ProfileChanged", { user: User, pendingEmail: text.optional() });

export const AccountExport = object("AccountExport", {
  exportedAt: time,
  account: facts,
  refresh_tokens: rows,
  one_time_tokens: rows,
  two_factor_methods: rows,
  recovery_codes: rows,
  passkeys: rows,
  identities: rows,
  api_keys: rows,
  oauth_consents: rows,
  oauth_grants: rows,
  login_history: rows,
  known_devices: rows,
  login_places: rows,
  notifications: rows,
  login_throttles: rows,
  audit_logs: rows,
  dead_jobs: rows,
});

export const Health = object("Health", { status: text });
