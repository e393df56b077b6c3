/**
 * The acts that change an account, one a row: whoever adds such a route adds its row here, and every pair and every walk
 * then tries it. A row says what the act needs, what it asks, and what must be true once it was answered with success.
 */
import { TOTP } from "otpauth";
import { codeOfHash } from "../../src/crypto/one-time-code.ts";
import { VERIFIER } from "../../test/support/pkce.ts";
import { comingBack } from "./federation.ts";
import { LOW_ROLE, ROLE, type Hand, type State, type Subject } from "./subject.ts";
import { NEW_PASSWORD, PASSWORD, type Answer, type Request, type World } from "./world.ts";

/** What two acts may share: then they are also tried with the same one. */
export type Thing =
  | "session"
  | "reset link"
  | "challenge"
  | "login challenge of a passkey"
  | "registration challenge"
  | "reauthentication challenge"
  | "login code"
  | "change link"
  | "identity"
  | "new identity"
  | "totp code"
  | "recovery code"
  | "notice"
  | "new address"
  | "deny link"
  | "code";

export interface Act {
  name: string;
  /** The routes that it goes through, as the app has them. */
  routes: string[];
  needs?: State;
  request: (context: { world: World; subject: Subject; hand: Hand; other: Hand }) => Request | Promise<Request>;
  /** What it comes to, where the answer doesn't say it by its status and its body. */
  read?: (answer: Answer, world: World) => Promise<Answer>;
  /** The person, as the provider names them, whose identity it uses or links. */
  identity?: (subject: Subject, hand: Hand) => string;
  /** What of its hand it uses. */
  uses?: Thing[];
  /** What of that is good once. */
  once?: Thing[];
  /** What it stands on: `authority` stands on the session as well as on the role. */
  standsOn?: "session" | "authority";
  /** What it is in the audit log, if its actor or its target is the account. */
  audit?: string;
  /** A success that found nothing to change is not audited. */
  auditsChangesOnly?: true;
  /** The sessions that a success ends: those that stood before, and what those were about to do. */
  ends?: "own" | "other" | "others" | "all";
  /** Sessions that were opened meanwhile with this are ended too, or not opened. */
  outdates?: "everything" | "password" | "without the mailbox" | "one factor" | "second factor";
  /** Every outstanding link and challenge is dead afterwards. */
  killsLinks?: true;
  /** Afterwards the address that the account had may be somebody else's. */
  freesAddress?: true;
  /** The grants to applications that it ends. */
  endsGrants?: "own" | "all";
  /** Every API key that stood before is gone afterwards. */
  dropsKeys?: true;
  /** Turns a second factor off. */
  takesFactors?: true;
  /** Takes permissions from whoever holds the role. */
  demotes?: true;
}

const post = (path: string, body: unknown = {}, token?: string): Request => ({ method: "POST", path, body, token });
const own = (method: string, path: string, { token }: Hand, body?: unknown): Request => ({ method, path, body, token });
const admin = (method: string, path: string, { admin: token }: Hand, body?: unknown): Request => ({
  method,
  path: `/api/admin${path}`,
  body,
  token,
});

const form = (path: string, fields: Record<string, string>): Request => ({ method: "POST", path, form: fields });
const cookieOf = ({ refreshToken }: Hand) => `__Host-refresh_token=${refreshToken}`;
const ofClient = ({ clientId: client_id }: Subject) => ({ client_id });

/** No step is good twice, so that each hand has a step of its own. */
const totpCode = ({ totpSecret: secret, madeAt }: Subject, { at }: Hand) =>
  new TOTP({ secret }).generate({ timestamp: madeAt - (at % 2) * 30_000 });

const second = (
  method: string,
  code: (subject: Subject, hand: Hand) => string,
): Pick<Act, "routes" | "request" | "uses"> => ({
  routes: ["POST /api/auth/login/2fa"],
  request: ({ subject, hand }) =>
    post("/api/auth/login/2fa", { twoFactorToken: hand.links.login_challenge, method, code: code(subject, hand) }),
  uses: ["challenge", "totp code", "recovery code"],
});
const reauthentication = (
  body: (subject: Subject, hand: Hand) => object | Promise<object>,
): Pick<Act, "routes" | "request" | "standsOn"> => ({
  routes: ["POST /api/security/reauthenticate"],
  request: async ({ subject, hand }) => own("POST", "/api/security/reauthenticate", hand, await body(subject, hand)),
  standsOn: "session",
});

/** What the browser that asked for the code keeps, and the code. */
const codeFor = async ({ secrets }: World, { email }: Subject, { links: { login_code: id } }: Hand) => ({
  emailCodeToken: await secrets.seal(
    JSON.stringify({ id, email, expiresAt: new Date(Date.now() + 600_000).toISOString() }),
    "email_code",
  ),
  code: codeOfHash(await secrets.keyedHash("login-code", id)),
});
const loginCode: Pick<Act, "routes" | "request" | "uses" | "once"> = {
  routes: ["POST /api/auth/email-code/verify"],
  request: async ({ world, subject, hand }) => post("/api/auth/email-code/verify", await codeFor(world, subject, hand)),
  uses: ["login code"],
  once: ["login code"],
};

/** The answer of the hand's passkey. */
const credentialFor = async (subject: Subject, hand: Hand, challenge: string) =>
  subject.passkeys[hand.at % 2]!.answer(challenge);

export const ACTS: Act[] = [
  {
    name: "register",
    routes: ["POST /api/auth/register"],
    request: ({ hand: { newEmail: email } }) =>
      post("/api/auth/register", { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD }),
    uses: ["new address"],
    once: ["new address"],
  },
  {
    name: "verify",
    dropsKeys: true,
    routes: ["POST /api/auth/verify-email"],
    needs: { proven: false },
    request: ({ hand }) => own("POST", "/api/auth/verify-email", hand, { token: hand.links.verify_email }),
    uses: ["session"],
    standsOn: "session",
    audit: "email.verified",
    ends: "others",
    killsLinks: true,
  },
  {
    name: "verify-by-password",
    dropsKeys: true,
    routes: ["POST /api/auth/verify-email"],
    needs: { proven: false },
    request: ({ hand }) =>
      post("/api/auth/verify-email", { token: hand.links.verify_email, password: `${NEW_PASSWORD} ${hand.at}` }),
    audit: "email.verified",
    ends: "all",
    outdates: "password",
    killsLinks: true,
  },
  {
    name: "login",
    routes: ["POST /api/auth/login"],
    request: ({ subject: { email } }) => post("/api/auth/login", { email, password: PASSWORD }),
  },
  { name: "second-step-totp", ...second("totp", totpCode), needs: { totp: "on" }, once: ["challenge", "totp code"] },
  {
    name: "second-step-mail",
    ...second("email", (_, hand) => hand.mailedCode),
    needs: { email: "on" },
    once: ["challenge"],
  },
  {
    name: "second-step-recovery",
    ...second("recovery_code", (_, hand) => hand.recoveryCode),
    needs: { email: "on" },
    once: ["challenge", "recovery code"],
  },
  { name: "login-code", ...loginCode, needs: { proven: true } },
  {
    name: "prove-by-code",
    ...loginCode,
    needs: { proven: false },
    audit: "email.verified",
    ends: "all",
    outdates: "password",
    killsLinks: true,
  },
  {
    name: "login-passkey",
    routes: ["POST /api/auth/passkey"],
    needs: { passkey: "on" },
    request: async ({ subject, hand }) =>
      post("/api/auth/passkey", { credential: await credentialFor(subject, hand, hand.challenges.login) }),
    uses: ["login challenge of a passkey"],
    once: ["login challenge of a passkey"],
  },
  {
    name: "second-step-passkey",
    routes: ["POST /api/auth/login/2fa"],
    needs: { passkey: "on" },
    request: async ({ subject, hand }) =>
      post("/api/auth/login/2fa", {
        twoFactorToken: hand.links.login_challenge,
        method: "passkey",
        credential: await credentialFor(subject, hand, hand.challenges.secondStep),
      }),
    uses: ["challenge"],
    once: ["challenge"],
  },
  {
    name: "login-federated",
    ...comingBack(({ userId }, { at }) => ({ sub: `${userId}-${at % 2}` })),
    uses: ["identity"],
  },
  {
    // The account that has the address is linked; where none has it any more, one is made.
    name: "login-by-address",
    ...comingBack(({ userId, email }, { at }) => ({ sub: `${userId}-new-${at}`, email, email_verified: true })),
    needs: { proven: true },
    uses: ["new identity"],
    audit: "identity.linked",
    auditsChangesOnly: true,
  },
  {
    // Makes an account, or enters the one that has got the address meanwhile.
    name: "login-by-new-address",
    ...comingBack(({ userId }, { at, newEmail: email }) => ({
      sub: `${userId}-first-${at}`,
      email,
      email_verified: true,
    })),
    uses: ["new address"],
    audit: "identity.linked",
    auditsChangesOnly: true,
  },
  {
    name: "link-identity",
    ...comingBack(({ userId }, { at }) => ({ sub: `${userId}-new-${at}` }), { links: true }),
    uses: ["session", "new identity"],
    standsOn: "session",
    audit: "identity.linked",
    auditsChangesOnly: true,
  },
  {
    name: "start-passkey",
    routes: ["POST /api/security/passkeys/options"],
    request: ({ hand }) => own("POST", "/api/security/passkeys/options", hand),
    uses: ["session"],
    standsOn: "session",
  },
  {
    name: "add-passkey",
    routes: ["POST /api/security/passkeys"],
    request: async ({ subject, hand }) =>
      own("POST", "/api/security/passkeys", hand, {
        credential: await subject.createPasskey(hand.challenges.registration),
      }),
    uses: ["session", "registration challenge"],
    once: ["registration challenge"],
    standsOn: "session",
    audit: "passkey.added",
    ends: "others",
    outdates: "one factor",
  },
  {
    name: "rename-passkey",
    routes: ["PATCH /api/security/passkeys/:id"],
    needs: { passkey: "on" },
    request: ({ subject, hand }) =>
      own("PATCH", `/api/security/passkeys/${subject.passkeys[hand.at % 2]!.id}`, hand, { name: `Key ${hand.at}` }),
    uses: ["session"],
    standsOn: "session",
    audit: "passkey.renamed by",
  },
  {
    name: "remove-passkey",
    takesFactors: true,
    routes: ["DELETE /api/security/passkeys/:id"],
    needs: { passkey: "on" },
    request: ({ subject, hand }) => own("DELETE", `/api/security/passkeys/${subject.passkeys[hand.at % 2]!.id}`, hand),
    uses: ["session"],
    standsOn: "session",
    audit: "passkey.removed",
    ends: "others",
  },
  {
    name: "unlink-identity",
    routes: ["DELETE /api/security/identities/:id"],
    request: ({ subject, hand }) =>
      own("DELETE", `/api/security/identities/${subject.identityIds[hand.at % 2]!}`, hand),
    uses: ["session", "identity"],
    standsOn: "session",
    audit: "identity.unlinked",
    ends: "others",
  },
  {
    name: "remove-password",
    routes: ["DELETE /api/users/me/password"],
    needs: { passkey: "on" },
    request: ({ hand }) => own("DELETE", "/api/users/me/password", hand),
    uses: ["session"],
    standsOn: "session",
    audit: "password.removed",
    ends: "others",
    outdates: "one factor",
    killsLinks: true,
  },
  {
    name: "add-key",
    routes: ["POST /api/security/api-keys"],
    request: ({ hand }) => own("POST", "/api/security/api-keys", hand, { name: "raced", permissions: ["things:sell"] }),
    uses: ["session"],
    // Not its authority: at each use, a key may only do what its owner's role permits then.
    standsOn: "session",
    audit: "api_key.created by",
  },
  {
    name: "rename-key",
    routes: ["PATCH /api/security/api-keys/:id"],
    request: ({ hand }) => own("PATCH", `/api/security/api-keys/${hand.apiKeyId}`, hand, { name: `Key ${hand.at}` }),
    uses: ["session"],
    standsOn: "session",
    audit: "api_key.renamed by",
  },
  {
    name: "rotate-key",
    routes: ["POST /api/security/api-keys/:id/rotate"],
    request: ({ hand }) => own("POST", `/api/security/api-keys/${hand.apiKeyId}/rotate`, hand, { overlapSeconds: 0 }),
    uses: ["session"],
    standsOn: "session",
    audit: "api_key.rotated by",
  },
  {
    name: "revoke-key",
    routes: ["DELETE /api/security/api-keys/:id"],
    request: ({ hand }) => own("DELETE", `/api/security/api-keys/${hand.apiKeyId}`, hand),
    uses: ["session"],
    standsOn: "session",
    audit: "api_key.revoked by",
  },
  {
    name: "consent",
    routes: ["POST /oauth/consent"],
    request: ({ hand }) => ({
      method: "POST",
      path: "/oauth/consent",
      form: { request: hand.question, decision: "allow" },
      cookie: cookieOf(hand),
    }),
    uses: ["session"],
    standsOn: "session",
    audit: "consent.given by",
  },
  {
    name: "withdraw-consent",
    routes: ["DELETE /api/security/applications/:id"],
    request: ({ subject, hand }) => own("DELETE", `/api/security/applications/${subject.clientId}`, hand),
    uses: ["session"],
    standsOn: "session",
    audit: "consent.withdrawn by",
    endsGrants: "all",
  },
  {
    name: "exchange-code",
    routes: ["POST /oauth/token"],
    request: ({ subject, hand: { code } }) =>
      form("/oauth/token", { ...ofClient(subject), grant_type: "authorization_code", code, code_verifier: VERIFIER }),
    uses: ["session", "code"],
    once: ["code"],
    standsOn: "session",
  },
  {
    name: "refresh-grant",
    routes: ["POST /oauth/token"],
    request: ({ subject, hand: { grantToken: refresh_token } }) =>
      form("/oauth/token", { ...ofClient(subject), grant_type: "refresh_token", refresh_token }),
    uses: ["session"],
    standsOn: "session",
  },
  {
    name: "revoke-grant",
    routes: ["POST /oauth/revoke"],
    request: ({ subject, hand: { grantToken: token } }) => form("/oauth/revoke", { ...ofClient(subject), token }),
    endsGrants: "own",
  },
  {
    name: "sign-out",
    routes: ["POST /oauth/logout"],
    request: async ({ world, hand }) => {
      const content = JSON.stringify({ back: "", expiresAt: Date.now() + 60_000 });
      const request = await world.secrets.seal(content, "oauth-logout");
      return { method: "POST", path: "/oauth/logout", form: { request }, cookie: cookieOf(hand) };
    },
    uses: ["session"],
    ends: "own",
  },
  {
    name: "send-code",
    routes: ["POST /api/auth/login/2fa/email"],
    needs: { email: "on" },
    request: ({ hand }) => post("/api/auth/login/2fa/email", { twoFactorToken: hand.links.login_challenge }),
    uses: ["challenge"],
  },
  {
    name: "refresh",
    routes: ["POST /api/auth/refresh"],
    request: ({ hand: { refreshToken } }) => post("/api/auth/refresh", { refreshToken }),
    uses: ["session"],
    standsOn: "session",
  },
  {
    name: "logout",
    routes: ["POST /api/auth/logout"],
    request: ({ hand: { refreshToken } }) => post("/api/auth/logout", { refreshToken }),
    uses: ["session"],
    ends: "own",
  },
  {
    name: "end-one",
    routes: ["DELETE /api/security/sessions/:id"],
    request: ({ hand, other }) => own("DELETE", `/api/security/sessions/${other.sessionId}`, hand),
    uses: ["session"],
    standsOn: "session",
    ends: "other",
  },
  {
    name: "end-others",
    routes: ["DELETE /api/security/sessions"],
    request: ({ hand }) => own("DELETE", "/api/security/sessions", hand),
    uses: ["session"],
    standsOn: "session",
    audit: "sessions.revoked",
    auditsChangesOnly: true,
    ends: "others",
  },
  {
    name: "change-password",
    routes: ["PUT /api/users/me/password", "PUT /api/auth/change-password"],
    request: ({ hand }) =>
      own("PUT", "/api/users/me/password", hand, {
        currentPassword: PASSWORD,
        newPassword: `${NEW_PASSWORD} ${hand.at}`,
      }),
    uses: ["session"],
    standsOn: "session",
    audit: "password.changed",
    ends: "others",
    outdates: "password",
    killsLinks: true,
  },
  {
    name: "reset",
    dropsKeys: true,
    routes: ["POST /api/auth/reset-password"],
    request: ({ hand }) =>
      post("/api/auth/reset-password", { token: hand.links.reset_password, password: `${NEW_PASSWORD} ${hand.at}` }),
    uses: ["reset link"],
    once: ["reset link"],
    audit: "password.reset",
    ends: "all",
    outdates: "password",
    killsLinks: true,
  },
  {
    name: "ask-address",
    routes: ["PUT /api/users/me", "PUT /api/auth/profile"],
    request: ({ hand }) => own("PUT", "/api/users/me", hand, { email: `asked-${hand.newEmail}` }),
    uses: ["session"],
    standsOn: "session",
    audit: "email_change.requested",
  },
  {
    name: "confirm-address",
    freesAddress: true,
    routes: ["POST /api/auth/confirm-email"],
    request: ({ hand }) => post("/api/auth/confirm-email", { token: hand.links.change_email }),
    uses: ["change link", "new address"],
    once: ["change link", "new address"],
    audit: "email_change.confirmed",
    killsLinks: true,
  },
  {
    name: "cancel-address",
    routes: ["POST /api/auth/cancel-email-change"],
    request: ({ hand }) => post("/api/auth/cancel-email-change", { token: hand.links.cancel_email_change }),
    uses: ["change link"],
    once: ["change link"],
    audit: "email_change.cancelled",
  },
  {
    name: "withdraw-address",
    routes: ["DELETE /api/users/me/pending-email"],
    request: ({ hand }) => own("DELETE", "/api/users/me/pending-email", hand),
    uses: ["session"],
    standsOn: "session",
    audit: "email_change.cancelled",
    auditsChangesOnly: true,
  },
  {
    name: "profile",
    routes: ["PUT /api/users/me", "PUT /api/auth/profile"],
    request: ({ hand }) => own("PUT", "/api/users/me", hand, { prenom: `Grace ${hand.at}` }),
    uses: ["session"],
    standsOn: "session",
  },
  {
    name: "start-totp",
    routes: ["POST /api/security/2fa/totp"],
    needs: { totp: "off" },
    request: ({ hand }) => own("POST", "/api/security/2fa/totp", hand),
    uses: ["session"],
    standsOn: "session",
  },
  {
    name: "totp-on",
    routes: ["POST /api/security/2fa/totp/verify"],
    needs: { totp: "pending" },
    request: ({ subject, hand }) =>
      own("POST", "/api/security/2fa/totp/verify", hand, { code: totpCode(subject, hand) }),
    uses: ["session"],
    standsOn: "session",
    audit: "two_factor.enabled",
    ends: "others",
    outdates: "one factor",
  },
  {
    name: "start-mail-codes",
    routes: ["POST /api/security/2fa/email"],
    needs: { email: "off" },
    request: ({ hand }) => own("POST", "/api/security/2fa/email", hand),
    uses: ["session"],
    standsOn: "session",
  },
  {
    name: "mail-codes-on",
    routes: ["POST /api/security/2fa/email/verify"],
    needs: { email: "off" },
    request: ({ subject, hand }) => own("POST", "/api/security/2fa/email/verify", hand, { code: subject.setUpCode }),
    uses: ["session"],
    standsOn: "session",
    audit: "two_factor.enabled",
    ends: "others",
    outdates: "without the mailbox",
  },
  {
    name: "totp-off",
    takesFactors: true,
    routes: ["DELETE /api/security/2fa/:method"],
    needs: { totp: "on" },
    request: ({ hand }) => own("DELETE", "/api/security/2fa/totp", hand),
    uses: ["session"],
    standsOn: "session",
    audit: "two_factor.disabled",
    ends: "others",
  },
  {
    name: "mail-codes-off",
    takesFactors: true,
    routes: ["DELETE /api/security/2fa/:method"],
    needs: { email: "on" },
    request: ({ hand }) => own("DELETE", "/api/security/2fa/email", hand),
    uses: ["session"],
    standsOn: "session",
    audit: "two_factor.disabled",
    ends: "others",
  },
  {
    name: "new-codes",
    routes: ["POST /api/security/2fa/recovery-codes"],
    needs: { email: "on" },
    request: ({ hand }) => own("POST", "/api/security/2fa/recovery-codes", hand),
    uses: ["session"],
    standsOn: "session",
    audit: "recovery_codes.replaced",
  },
  {
    name: "reauthenticate",
    ...reauthentication(() => ({ password: PASSWORD })),
    uses: ["session"],
  },
  {
    name: "reauthenticate-totp",
    ...reauthentication((subject, hand) => ({ method: "totp", code: totpCode(subject, hand) })),
    needs: { totp: "on" },
    uses: ["session", "totp code"],
    once: ["totp code"],
  },
  {
    name: "reauthenticate-recovery",
    ...reauthentication((_, { recoveryCode: code }) => ({ method: "recovery_code", code })),
    needs: { email: "on" },
    uses: ["session", "recovery code"],
    once: ["recovery code"],
  },
  {
    name: "reauthenticate-passkey",
    ...reauthentication(async (subject, hand) => ({
      method: "passkey",
      credential: await credentialFor(subject, hand, hand.challenges.reauthentication),
    })),
    needs: { passkey: "on" },
    uses: ["session", "reauthentication challenge"],
    once: ["reauthentication challenge"],
  },
  {
    name: "deny-link",
    routes: ["POST /api/auth/deny-login"],
    request: ({ hand }) => post("/api/auth/deny-login", { token: hand.links.deny_login }),
    uses: ["deny link"],
    once: ["deny link"],
    audit: "login.denied",
    ends: "other",
  },
  {
    name: "deny-notice",
    routes: ["POST /api/users/me/notifications/:id/deny"],
    request: ({ hand }) => own("POST", `/api/users/me/notifications/${hand.noticeId}/deny`, hand),
    uses: ["session", "notice"],
    once: ["notice"],
    standsOn: "session",
    audit: "login.denied",
    ends: "other",
  },
  {
    name: "confirm-notice",
    routes: ["POST /api/users/me/notifications/:id/confirm"],
    request: ({ hand }) => own("POST", `/api/users/me/notifications/${hand.noticeId}/confirm`, hand),
    uses: ["session", "notice"],
    once: ["notice"],
    standsOn: "session",
    audit: "login.confirmed",
  },
  {
    name: "read-notices",
    routes: ["POST /api/users/me/notifications/read"],
    request: ({ hand }) => own("POST", "/api/users/me/notifications/read", hand, { all: true }),
    uses: ["session"],
    standsOn: "session",
  },
  {
    name: "ws-ticket",
    routes: ["POST /api/users/me/ws-ticket"],
    request: ({ hand }) => own("POST", "/api/users/me/ws-ticket", hand),
    uses: ["session"],
    standsOn: "session",
  },
  {
    name: "delete",
    freesAddress: true,
    dropsKeys: true,
    routes: ["DELETE /api/users/me", "DELETE /api/auth/account"],
    request: ({ hand }) => own("DELETE", "/api/users/me", hand),
    uses: ["session"],
    standsOn: "session",
    audit: "user.deleted",
    ends: "all",
    outdates: "everything",
    killsLinks: true,
  },
  {
    name: "administer",
    routes: ["PATCH /api/admin/users/:id"],
    request: ({ subject, hand }) =>
      own("PATCH", `/api/admin/users/${subject.victimId}`, hand, { prenom: `J${hand.at}` }),
    uses: ["session"],
    standsOn: "authority",
    audit: "user.updated by",
  },
  {
    name: "invite",
    routes: ["POST /api/admin/users"],
    request: ({ hand: { newEmail: email, ...hand } }) =>
      own(
        "POST",
        "/api/admin/users",
        { ...hand, newEmail: email },
        { email, prenom: "Jean", nom: "Personne", roleId: 0, locale: "fr" },
      ),
    uses: ["session", "new address"],
    once: ["new address"],
    standsOn: "authority",
    audit: "user.invited by",
  },
  {
    name: "rename",
    routes: ["PATCH /api/admin/users/:id"],
    request: ({ subject, hand }) => admin("PATCH", `/users/${subject.userId}`, hand, { prenom: `Hedy ${hand.at}` }),
    audit: "user.updated",
    auditsChangesOnly: true,
  },
  {
    name: "demote",
    routes: ["PATCH /api/admin/users/:id"],
    request: ({ world, subject, hand }) =>
      admin("PATCH", `/users/${subject.userId}`, hand, { roleId: world.lowRoleId }),
    audit: "user.updated",
    auditsChangesOnly: true,
    demotes: true,
  },
  {
    name: "disable",
    dropsKeys: true,
    routes: ["PATCH /api/admin/users/:id"],
    request: ({ subject, hand }) => admin("PATCH", `/users/${subject.userId}`, hand, { isActive: false }),
    audit: "user.updated",
    auditsChangesOnly: true,
    ends: "all",
    outdates: "everything",
    killsLinks: true,
  },
  {
    name: "enable",
    routes: ["PATCH /api/admin/users/:id"],
    needs: { active: false },
    request: ({ subject, hand }) => admin("PATCH", `/users/${subject.userId}`, hand, { isActive: true }),
    audit: "user.updated",
    auditsChangesOnly: true,
  },
  {
    name: "readdress",
    freesAddress: true,
    dropsKeys: true,
    routes: ["PATCH /api/admin/users/:id"],
    request: ({ subject, hand }) =>
      admin("PATCH", `/users/${subject.userId}`, hand, { email: `moved-${hand.newEmail}` }),
    audit: "user.updated",
    auditsChangesOnly: true,
    ends: "all",
    killsLinks: true,
  },
  {
    // A proof that came before it leaves nothing to end, and may have spared a session.
    name: "verify-by-admin",
    dropsKeys: true,
    routes: ["PATCH /api/admin/users/:id"],
    needs: { proven: false },
    request: ({ subject, hand }) => admin("PATCH", `/users/${subject.userId}`, hand, { isVerified: true }),
    audit: "user.updated",
    auditsChangesOnly: true,
  },
  {
    name: "end-one-by-admin",
    routes: ["DELETE /api/admin/users/:id/sessions/:sessionId"],
    request: ({ subject, hand, other }) =>
      admin("DELETE", `/users/${subject.userId}/sessions/${other.sessionId}`, hand),
    ends: "other",
  },
  {
    name: "revoke-key-by-admin",
    routes: ["DELETE /api/admin/users/:id/api-keys/:keyId"],
    request: ({ subject, other, hand }) => admin("DELETE", `/users/${subject.userId}/api-keys/${other.apiKeyId}`, hand),
  },
  {
    name: "delete-by-admin",
    freesAddress: true,
    dropsKeys: true,
    routes: ["DELETE /api/admin/users/:id"],
    request: ({ subject, hand }) => admin("DELETE", `/users/${subject.userId}`, hand),
    audit: "user.deleted",
    ends: "all",
    outdates: "everything",
    killsLinks: true,
  },
  {
    name: "restore",
    routes: ["POST /api/admin/users/:id/restore"],
    needs: { deleted: true },
    request: ({ subject, hand }) => admin("POST", `/users/${subject.userId}/restore`, hand),
    audit: "user.restored",
  },
  {
    name: "unlock",
    routes: ["POST /api/admin/users/:id/unlock"],
    request: ({ subject, hand }) => admin("POST", `/users/${subject.userId}/unlock`, hand),
    audit: "user.unlocked",
  },
  {
    name: "logout-by-admin",
    routes: ["POST /api/admin/users/:id/logout"],
    request: ({ subject, hand }) => admin("POST", `/users/${subject.userId}/logout`, hand),
    audit: "user.logged_out",
    ends: "all",
    killsLinks: true,
  },
  {
    name: "reset-factors",
    dropsKeys: true,
    takesFactors: true,
    routes: ["POST /api/admin/users/:id/2fa/reset"],
    request: ({ subject, hand }) => admin("POST", `/users/${subject.userId}/2fa/reset`, hand),
    audit: "two_factor.reset",
    ends: "all",
    outdates: "second factor",
    killsLinks: true,
  },
  {
    name: "change-role",
    routes: ["PATCH /api/admin/roles/:id"],
    request: ({ subject, hand }) => admin("PATCH", `/roles/${subject.roleId}`, hand, { permissions: LOW_ROLE }),
    audit: "role.updated",
    auditsChangesOnly: true,
    demotes: true,
  },
  {
    name: "widen-role",
    routes: ["PATCH /api/admin/roles/:id"],
    request: ({ subject, hand }) =>
      admin("PATCH", `/roles/${subject.roleId}`, hand, { permissions: [...ROLE, "things:more"] }),
    audit: "role.updated",
    auditsChangesOnly: true,
  },
  {
    name: "delete-role",
    routes: ["DELETE /api/admin/roles/:id"],
    request: ({ world, subject, hand }) =>
      admin("DELETE", `/roles/${subject.roleId}?replacementId=${world.lowRoleId}`, hand),
    audit: "role.deleted",
    demotes: true,
  },
];
