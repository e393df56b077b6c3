/** The account that acts race for: made in one statement, with everything that an act may need in every hand. */
import { createApiKeyId } from "../../src/crypto/api-key.ts";
import { createClientId } from "../../src/crypto/client-secret.ts";
import { generateDeviceId, hashDeviceId } from "../../src/crypto/device-token.ts";
import { generateRecoveryCodes, normaliseRecoveryCode } from "../../src/crypto/one-time-code.ts";
import { createOneTimeToken } from "../../src/crypto/one-time-token.ts";
import { issueRefreshToken } from "../../src/crypto/refresh-token.ts";
import { encodeBase64url } from "../../src/crypto/base64url.ts";
import { issueChallenge } from "../../src/crypto/passkey-challenge.ts";
import { verifyRegistration } from "../../src/crypto/webauthn.ts";
import { sealAuthorization } from "../../src/services/applications/sealed.ts";
import { CHALLENGE } from "../../test/support/pkce.ts";
import { createPasskey, FLAGS } from "../../test/support/passkeys/authenticator.ts";
import type { World } from "./world.ts";

/** What an act needs the account to be; what is left out may be either. */
export interface State {
  totp?: "off" | "pending" | "on";
  email?: "off" | "on";
  /** Two of them, or none. */
  passkey?: "off" | "on";
  active?: boolean;
  deleted?: boolean;
  proven?: boolean;
}

const LINKS = [
  "reset_password",
  "verify_email",
  "change_email",
  "cancel_email_change",
  "deny_login",
  "login_challenge",
  "login_code",
] as const;
type Link = (typeof LINKS)[number];

/** What one client holds. */
export interface Hand {
  at: number;
  sessionId: string;
  token: string;
  refreshToken: string;
  links: Record<Link, string>;
  /** Of passkey ceremonies; that of the second step is kept with the login's challenge. */
  challenges: Record<"login" | "registration" | "reauthentication" | "secondStep", string>;
  /** For the challenge. */
  mailedCode: string;
  recoveryCode: string;
  /** The address that its links and its requests are about. */
  newEmail: string;
  /** Of the notice about a new device, which opened the session of the hand beside it. */
  noticeId: number;
  admin: string;
  apiKeyId: string;
  /** Of the application that it is signed in to, or about to be. */
  grantToken: string;
  code: string;
  question: string;
}

export interface Subject {
  userId: number;
  email: string;
  /** An application without a secret, which the account has let in. */
  clientId: string;
  roleId: number;
  /** Somebody whom the subject may administer. */
  victimId: number;
  state: Required<State>;
  totpSecret: string;
  /** When its codes are of, in milliseconds: no step ends in the middle of a schedule. */
  madeAt: number;
  setUpCode: string;
  /** Linked, of the provider. */
  identityIds: number[];
  passkeys: { id: number; answer: (challenge: string) => Promise<object> }[];
  createPasskey: (challenge: string) => Promise<object>;
  /** One for each act, and one that stands by. */
  hands: Hand[];
}

export const ROLE = ["users:read", "users:write", "things:do", "things:sell"];
export const LOW_ROLE = ["things:do"];
/** RFC 4648, of 160 bits. */
const TOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/** What the ceremonies of the service in development and under test are for. */
const CEREMONY = { rpId: "localhost", origins: ["http://localhost:3001"] };
const SYNCED = FLAGS.userPresent | FLAGS.userVerified | FLAGS.backupEligible | FLAGS.backedUp;
const REDIRECT_URI = "http://127.0.0.1/callback";
const SET_UP_CODE = "424242";

let made = 0;

/** @param handCount even, since each hand has another beside it. */
export async function createSubject(world: World, wanted: State, handCount: number): Promise<Subject> {
  const state: Required<State> = {
    totp: "off",
    email: "off",
    passkey: "off",
    active: true,
    deleted: false,
    proven: true,
    ...wanted,
  };
  // Apart from what registers by itself.
  const userId = 1_000_000 + 2 * ++made;
  const roleId = userId;
  const { secrets } = world;
  const name = `race-${made}`;
  const clientId = createClientId();
  const isProtected = state.totp === "on" || state.email === "on" || state.passkey === "on";
  const methods = [
    "pwd",
    ...(state.totp === "on" ? ["otp"] : state.email === "on" ? ["email"] : []),
    ...(state.passkey === "on" ? ["swk", "user"] : []),
    ...(isProtected ? ["mfa"] : []),
  ];
  const software =
    state.passkey === "on" ? await Promise.all([0, 1].map(() => createPasskey("ES256", { flags: SYNCED }))) : [];
  const userHandle = encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
  const codes = generateRecoveryCodes(handCount);
  const drafts = await Promise.all(
    codes.map(async (recoveryCode, at) => {
      const sessionId = crypto.randomUUID();
      const refreshToken = await issueRefreshToken(secrets, { sessionId, generation: 0 });
      const tokens = await Promise.all(LINKS.map(() => createOneTimeToken()));
      const challenges = {
        login: await issueChallenge(secrets, { kind: "login" }),
        registration: await issueChallenge(secrets, { kind: "registration", sessionId }),
        reauthentication: await issueChallenge(secrets, { kind: "reauthentication", sessionId }),
        secondStep: encodeBase64url(crypto.getRandomValues(new Uint8Array(32))),
      };
      const apiKeyId = createApiKeyId();
      const authorization = { client: clientId, userId, sessionId, redirectUri: REDIRECT_URI, scopes: ["openid"] };
      const code = await sealAuthorization(secrets, "oauth-code", { ...authorization, challenge: CHALLENGE });
      const question = await sealAuthorization(secrets, "oauth-consent", authorization);
      const grantId = crypto.randomUUID();
      const grantToken = await issueRefreshToken(secrets, { sessionId: grantId, generation: 0 });
      return {
        code,
        question,
        grantId,
        grantToken,
        at,
        sessionId,
        refreshToken,
        challenges,
        apiKeyId,
        tokens,
        recoveryCode,
        newEmail: `${name}-${at}@example.test`,
      };
    }),
  );
  const deviceId = generateDeviceId();
  const deviceHash = await hashDeviceId(deviceId);
  const mailedCode = "171717";
  const payloadOf = async (link: Link, tokenHash: string, at: number): Promise<object> => {
    const { newEmail } = drafts[at]!;
    if (link === "verify_email") return { email: `${name}@example.test` };
    if (link === "change_email") return { email: newEmail };
    if (link === "deny_login") return { sessionId: drafts[at ^ 1]!.sessionId };
    if (link !== "login_challenge") return {};
    const hash = await secrets.keyedHash("email-code", `${tokenHash}:${mailedCode}`);
    return {
      deviceId,
      deviceHash,
      throttleKey: `race:${name}`,
      secondFactorKey: `2fa:${userId}`,
      passkeyChallenge: drafts[at]!.challenges.secondStep,
      emailCode: { hash, expiresAt: new Date(Date.now() + 600_000).toISOString() },
    };
  };
  const links = await Promise.all(
    drafts.flatMap(({ tokens, at }) =>
      tokens.map(async ({ tokenHash }, place) => ({
        purpose: LINKS[place]!,
        hash: tokenHash,
        payload: await payloadOf(LINKS[place]!, tokenHash, at),
      })),
    ),
  );
  if (state.email === "off") {
    const { tokenHash } = await createOneTimeToken();
    const code = await secrets.keyedHash("email-code", `set-up:${userId}:${SET_UP_CODE}`);
    links.push({ purpose: "email_code" as Link, hash: tokenHash, payload: { code } });
  }
  const factors = [
    ...(state.totp === "off"
      ? []
      : [{ type: "totp", secret: await secrets.seal(TOTP_SECRET, `totp:${userId}`), on: state.totp === "on" }]),
    ...(state.email === "off" ? [] : [{ type: "email", secret: null, on: true }]),
  ];
  const registered = await Promise.all(
    software.map((passkey) => passkey.register({ ...CEREMONY, challenge: drafts[0]!.challenges.registration })),
  );
  const keys = await Promise.all(
    registered.map((response) =>
      verifyRegistration(response, {
        ...CEREMONY,
        challenge: drafts[0]!.challenges.registration,
        requireUserVerification: true,
      }),
    ),
  );
  const rows = await world.query<{ id: string; at: string; passkeys: number[]; identities: number[] }>(PREPARE, [
    JSON.stringify({
      ...state,
      userId,
      roleId,
      name,
      email: `${name}@example.test`,
      passwordHash: world.passwordHash,
      permissions: ROLE,
      methods,
      sessions: await Promise.all(
        drafts.map(async ({ sessionId, refreshToken, at }) => ({ sessionId, hash: await hashOf(refreshToken), at })),
      ),
      clientId,
      grants: await Promise.all(
        drafts.map(async ({ grantId, grantToken, sessionId }) => ({
          grantId,
          sessionId,
          hash: await hashOf(grantToken),
        })),
      ),
      apiKeys: drafts.map(({ apiKeyId }) => apiKeyId),
      links,
      factors,
      userHandle,
      issuer: world.provider.issuer,
      passkeys: keys,
      codes: isProtected
        ? await Promise.all(codes.map((code) => secrets.keyedHash("recovery-code", normaliseRecoveryCode(code))))
        : [],
    }),
  ]);
  const noticeIds = new Map(rows.map((row) => [Number(row.at), Number(row.id)]));
  const hands = await Promise.all(
    drafts.map(async ({ tokens, ...draft }): Promise<Hand> => ({
      ...draft,
      token: await world.sign({ userId, role: roleId, permissions: ROLE, methods, ...draft }),
      links: Object.fromEntries(LINKS.map((link, place) => [link, tokens[place]!.token])) as Record<Link, string>,
      mailedCode,
      noticeId: noticeIds.get(draft.at)!,
      admin: world.admins[draft.at % 2]!,
    })),
  );
  const email = `${name}@example.test`;
  return {
    userId,
    roleId,
    email,
    clientId,
    state,
    hands,
    victimId: userId + 1,
    totpSecret: TOTP_SECRET,
    madeAt: Date.now(),
    setUpCode: SET_UP_CODE,
    identityIds: rows[0]!.identities,
    passkeys: software.map((passkey, at) => ({
      id: rows[0]!.passkeys[at]!,
      answer: async (challenge) => {
        const credential = await passkey.authenticate({ ...CEREMONY, challenge });
        return { ...credential, response: { ...credential.response, userHandle } };
      },
    })),
    createPasskey: async (challenge) =>
      (await createPasskey("ES256", { flags: SYNCED })).register({ ...CEREMONY, challenge }),
  };
}

async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** A link or a session of an account that is set aside is over, as the act that set it aside left it. */
const PREPARE = `
  with input as (select $1::jsonb as i),
  over as (
    select case when (i->>'active')::boolean and not (i->>'deleted')::boolean then null else now() end as at from input
  ),
  role as (
    insert into roles (id, name, permissions)
    select (i->>'roleId')::int, i->>'name', i->'permissions' from input returning id
  ),
  account as (
    insert into users (id, email, password_hash, prenom, nom, role_id, is_active, is_verified, deleted_at, webauthn_handle, subject)
    overriding system value
    select (i->>'userId')::int, i->>'email', i->>'passwordHash', 'Ada', 'Lovelace', role.id,
      (i->>'active')::boolean, (i->>'proven')::boolean, case when (i->>'deleted')::boolean then now() end,
      i->>'userHandle', gen_random_uuid()
    from input, role
    union all
    select (i->>'userId')::int + 1, 'victim-' || (i->>'email'), 'none', 'Jean', 'Personne', 0, true, true, null, null, null from input
    returning id, role_id
  ),
  owner as (select id from account where role_id <> 0),
  sessions as (
    insert into refresh_tokens (user_id, session_id, token, methods, expires_at, revoked_at, revoked_reason)
    select owner.id, (s->>'sessionId')::uuid, s->>'hash', array(select jsonb_array_elements_text(i->'methods')),
      now() + interval '30 days', over.at, case when over.at is not null then 'set_aside' end
    from input, owner, over, jsonb_array_elements(i->'sessions') s order by s->>'at'
  ),
  client as (
    insert into oauth_clients (client_id, name, mark_id, permissions, audiences, redirect_uris)
    select i->>'clientId', 'raced', gen_random_uuid(), '[]', '[]', '["http://127.0.0.1/callback"]' from input returning id
  ),
  consents as (
    insert into oauth_consents (user_id, client_id, scopes) select owner.id, client.id, '["openid"]' from owner, client
  ),
  grants as (
    insert into oauth_grants (user_id, client_id, grant_id, session_id, code_hash, scopes, token)
    select owner.id, client.id, (g->>'grantId')::uuid, (g->>'sessionId')::uuid, g->>'grantId', '["openid"]', g->>'hash'
    from input, owner, client, jsonb_array_elements(i->'grants') g
  ),
  keys as (
    insert into api_keys (user_id, key_id, name, hash, mark_id, permissions, expires_at)
    select owner.id, k #>> '{}', 'raced', k #>> '{}', gen_random_uuid(), '[]', now() + interval '1 day'
    from input, owner, over, jsonb_array_elements(i->'apiKeys') k where over.at is null
  ),
  links as (
    insert into one_time_tokens (user_id, purpose, token, payload, expires_at, used_at)
    select owner.id, l->>'purpose', l->>'hash', l->'payload', now() + interval '30 min', over.at
    from input, owner, over, jsonb_array_elements(i->'links') l
  ),
  factors as (
    insert into two_factor_methods (user_id, type, secret, confirmed_at, last_used_step)
    select owner.id, f->>'type', f->>'secret', case when (f->>'on')::boolean then now() end,
      case when (f->>'on')::boolean and f->>'type' = 'totp' then 0 end
    from input, owner, jsonb_array_elements(i->'factors') f
  ),
  passkeys as (
    insert into passkeys (user_id, credential_id, public_key, algorithm, counter, aaguid, transports, backup_eligible,
      backed_up, signs_in)
    select owner.id, k->>'credentialId', k->'publicKey', k->>'algorithm', (k->>'counter')::int, (k->>'aaguid')::uuid, '{}',
      (k->>'backupEligible')::boolean, (k->>'backedUp')::boolean, true
    from input, owner, jsonb_array_elements(i->'passkeys') with ordinality as key (k, place) order by place
    returning id
  ),
  identities as (
    insert into identities (user_id, issuer, subject, email_verified)
    select owner.id, i->>'issuer', owner.id || '-' || place, true from input, owner, generate_series(0, 1) place order by place
    returning id
  ),
  codes as (
    insert into recovery_codes (user_id, code) select owner.id, c from input, owner, jsonb_array_elements_text(i->'codes') c
  )
  insert into notifications (user_id, type, title, content, data)
  select owner.id, 'new_device', 'Nouvel appareil', 'Nouvel appareil', jsonb_build_object(
    'at', s->>'at',
    'sessionId', i->'sessions'->((s->>'at')::int # 1)->>'sessionId')
  from input, owner, jsonb_array_elements(i->'sessions') s
  returning id, data->>'at' as at, (select coalesce(jsonb_agg(passkeys.id order by passkeys.id), '[]') from passkeys) as passkeys,
    (select jsonb_agg(identities.id order by identities.id) from identities) as identities`;
