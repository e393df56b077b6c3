/**
 * Who holds an API key, for other Workers: one read by index, then remembered for up to a minute. Meanwhile the marks that
 * end tokens end it too: one on the key refuses it, one on its owner or their role has it read again.
 */
import { sql } from "drizzle-orm";
import { parseApiKey } from "../../crypto/api-key.ts";
import type { KnownApiKey } from "../../platform/api-keys.ts";
import type { Platform } from "../../platform/index.ts";
import { hasPermission, refuse, type Verdict, type VerifyOptions } from "../../verifier/contract.ts";
import { asAccount } from "../access/actor.ts";
import { joinRole } from "../access/held-role.ts";

const REMEMBERED_SECONDS = 60;

/** What `amr` says of a key: nobody signed in. */
const METHODS = ["api_key"];

/** @throws the database's error, when it is asked and does not answer. */
export async function verifyApiKey(
  platform: Platform,
  input: VerifyOptions & { token: string; boundAudience?: string | undefined },
): Promise<Verdict> {
  const parsed = await parseApiKey(input.token);
  if (!parsed) return refuse("token_malformed");
  const { AUDIENCE } = platform.config;
  if ([input.audience, input.boundAudience].some((audience) => (audience ?? AUDIENCE) !== AUDIENCE))
    return refuse("audience_mismatch");
  const remembered = input.strict ? "unknown" : await recall(platform, parsed.keyHash, input.ifUnknown);
  const found = remembered === "unknown" ? await read(platform, parsed) : remembered;
  if (typeof found === "string") return refuse(found);
  if (input.permission !== undefined && !hasPermission(found.permissions, input.permission))
    return refuse("permission_missing");
  return { ok: true, claims: claimsOf(platform, found, parsed.id) };
}

/** `unknown`: the database must say. */
async function recall(
  { apiKeys, revocations }: Platform,
  keyHash: string,
  ifUnknown: VerifyOptions["ifUnknown"],
): Promise<KnownApiKey | "session_revoked" | "unknown"> {
  const known = apiKeys.get(keyHash);
  if (!known) return "unknown";
  const { markId: sessionId, userId, role: roleId, readAt } = known;
  const marks = await revocations.read({ sessionId, userId: String(userId), roleId });
  if (marks.session) return "session_revoked";
  const isOutdated = [marks.sessions, marks.authority, marks.role].some((mark) => mark && mark.at >= readAt);
  return isOutdated || (!marks.complete && ifUnknown === "refuse") ? "unknown" : known;
}

interface Found extends Record<string, unknown>, Pick<KnownApiKey, "userId" | "markId" | "role" | "permissions"> {
  granted: string[];
  createdAt: string;
  expiresAt: string;
  isExpired: boolean;
  mayAct: boolean;
  isUnmarked: boolean;
}

async function read(
  platform: Platform,
  { id, keyHash }: { id: string; keyHash: string },
): Promise<KnownApiKey | "token_invalid" | "token_expired" | "session_revoked"> {
  const readAt = Date.now();
  const isPrevious = sql`k.previous_hash = ${keyHash} and k.previous_until > now()`;
  const { rows } = await platform.db.execute<Found>(sql`
    select k.user_id as "userId", case when k.hash = ${keyHash} then k.mark_id else k.previous_mark_id end as "markId",
      r.id as role, k.permissions, r.permissions as granted, k.created_at as "createdAt", k.expires_at <= now() as "isExpired",
      case when k.hash = ${keyHash} then k.expires_at else least(k.expires_at, k.previous_until) end as "expiresAt",
      u.is_active and u.deleted_at is null as "mayAct",
      k.last_used_at is null or k.last_used_at < now() - interval '1 minute' as "isUnmarked"
    from api_keys k join users u on u.id = k.user_id ${joinRole}
    where k.key_id = ${id} and (k.hash = ${keyHash} or ${isPrevious})`);
  const [found] = rows;
  if (!found) return "token_invalid";
  if (found.isExpired) return "token_expired";
  if (!found.mayAct) return "session_revoked";
  if (found.isUnmarked) platform.defer(noteUse(platform, found.userId, id));
  const { userId, markId, role, permissions, granted } = found;
  const known = {
    userId,
    markId,
    role,
    // The owner may have lost some since.
    permissions: permissions.filter((permission) => hasPermission(granted, permission)),
    createdAt: Date.parse(found.createdAt),
    expiresAt: Date.parse(found.expiresAt),
    readAt,
  };
  platform.apiKeys.set(keyHash, known, Math.min(REMEMBERED_SECONDS * 1000, known.expiresAt - readAt));
  return known;
}

/** After the answer, and at most once a minute. */
async function noteUse(platform: Platform, userId: number, id: string): Promise<void> {
  await asAccount(platform, sql`u.id = ${userId}`, {
    noted: platform.db.execute(sql`
      update api_keys set last_used_at = now(), updated_at = now()
      where key_id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')`),
  });
}

/** As a token of a minute would say it. */
function claimsOf({ config }: Platform, known: KnownApiKey, id: string) {
  const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
  return {
    iss: config.ISSUER,
    aud: config.AUDIENCE,
    sub: String(known.userId),
    iat: seconds(known.readAt),
    exp: Math.min(seconds(known.readAt) + REMEMBERED_SECONDS, seconds(known.expiresAt)),
    jti: id,
    sid: known.markId,
    role: known.role,
    permissions: [...known.permissions],
    amr: [...METHODS],
    auth_time: seconds(known.createdAt),
  };
}
