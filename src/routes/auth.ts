/** `/api/auth`: registration, login, refresh, logout, passwords and verification. */
import { Hono } from "hono";
import * as z from "zod/mini";
import { AppError } from "../errors.ts";
import type { AppEnv } from "../http/context.ts";
import { shownToken, sessionShown } from "../http/guards.ts";
import { requireHashRoom } from "../http/hash-room.ts";
import { localeOf, say } from "../http/locale.ts";
import { hasRoom, limit } from "../http/rate-limit.ts";
import {
  clearCodeRequest,
  clearRefreshCookie,
  codeRequestOf,
  deliver,
  deliverCodeRequest,
  deviceTokenOf,
  refreshTokenOf,
  welcome,
} from "../http/refresh-cookie.ts";
import { validate } from "../http/validate.ts";
import { denyLogin } from "../services/login/denial.ts";
import { cancelEmailChange, confirmEmailChange } from "../services/accounts/email-change.ts";
import { requestVerification, verifyEmail } from "../services/accounts/email-verification.ts";
import { readDevice, type Device } from "../services/login/known-devices.ts";
import { askForLogin, logInWithPasskey } from "../services/login/passkey.ts";
import { logInWithCode, requestLoginCode } from "../services/login/login-code.ts";
import { logIn } from "../services/login/password.ts";
import { logOut } from "../services/sessions/logout.ts";
import { requestPasswordReset, resetPassword } from "../services/accounts/password-reset.ts";
import { refresh } from "../services/sessions/refresh.ts";
import { register } from "../services/accounts/registration.ts";
import { sendLoginCode } from "../services/login/code-mail.ts";
import { logInWithSecondFactor } from "../services/login/second-step.ts";
import { Code } from "../services/factors/code.ts";
import { PasskeyAssertion } from "../services/factors/passkey-fields.ts";
import { FACTORS } from "../services/factors/list.ts";
import { AUDIENCE_MAX_LENGTH, PERMISSION, verifyToken } from "../services/sessions/token-verification.ts";
import { answerOf, Email, Password, PersonName, Telephone, Token, Transport } from "./fields.ts";
import { ownAccountRoutes } from "./users.ts";

const Registration = z.object({
  prenom: PersonName,
  nom: PersonName,
  email: Email,
  password: Password,
  telephone: z.optional(z.nullable(Telephone)),
  transport: Transport,
});
const Credentials = z.object({
  email: Email,
  password: Password,
  transport: Transport,
  deviceToken: z.optional(Token),
});
const SecondFactor = answerOf(FACTORS, (answer) =>
  z.object({ twoFactorToken: Token, ...answer, transport: Transport }),
);
const PasskeyLogin = z.object({
  credential: PasskeyAssertion,
  transport: Transport,
  deviceToken: z.optional(Token),
});
const CodeRequest = z.object({ email: Email, transport: Transport, deviceToken: z.optional(Token) });
const CodeLogin = z.object({
  code: Code,
  emailCodeToken: z.optional(Token),
  transport: Transport,
  deviceToken: z.optional(Token),
});
const RefreshRequest = z.object({ refreshToken: z.optional(Token) });
const AddressRequest = z.object({ email: Email });
const ResetRequest = z.object({ email: Email, deviceToken: z.optional(Token) });
const LinkToken = z.object({ token: Token });
const Verification = z.object({ token: Token, password: z.optional(Password) });
const PasswordReset = z.object({ token: Token, password: Password });
/** Junk identifies no session, and logout must still succeed: clients send `null` when they have stored nothing. */
const LogoutRequest = z.object({ refreshToken: z.catch(z.optional(Token), undefined) });
/** Strict, like every way to verify: a misspelt `permission` must not verify without one. */
const VerificationRequest = z.strictObject({
  token: Token,
  audience: z.optional(z.string().check(z.minLength(1), z.maxLength(AUDIENCE_MAX_LENGTH))),
  permission: z.optional(z.string().check(z.regex(PERMISSION))),
  strict: z.optional(z.boolean()),
  ifUnknown: z.optional(z.enum(["accept", "refuse"])),
});

/** A device with one of our tokens has its own counter of mails: strangers can't use up its limit. */
const askedBy = (device: Device, email: string) => (device.userId === null ? email : `${email} ${device.hash}`);

export const auth = new Hono<AppEnv>()
  .post("/register", requireHashRoom, limit("register"), validate("json", Registration), async (c) => {
    const { transport, ...input } = c.req.valid("json");
    const signedIn = await register(c.var.platform, { ...input, locale: localeOf(c) });
    if (!signedIn) return c.json({ message: say(c, "registrationAccepted") }, 202);
    return c.json({ message: say(c, "registered"), ...welcome(c, transport, signedIn) }, 201);
  })
  .post("/login", requireHashRoom, limit("login"), validate("json", Credentials), async (c) => {
    const { transport, ...input } = c.req.valid("json");
    const deviceToken = deviceTokenOf(c, input.deviceToken);
    const answer = await logIn(c.var.platform, { ...input, deviceToken });
    if ("twoFactorRequired" in answer) return c.json({ message: say(c, "secondFactorNeeded"), ...answer });
    return c.json({ message: say(c, "loggedIn"), ...welcome(c, transport, answer) });
  })
  .post("/login/2fa", limit("login"), validate("json", SecondFactor), async (c) => {
    const { twoFactorToken, method, transport, ...answer } = c.req.valid("json");
    const signedIn = await logInWithSecondFactor(c.var.platform, { twoFactorToken, method, answer });
    return c.json({ message: say(c, "loggedIn"), ...welcome(c, transport, signedIn) });
  })
  .post("/login/2fa/email", limit("mail"), validate("json", z.object({ twoFactorToken: Token })), async (c) => {
    await sendLoginCode(c.var.platform, c.req.valid("json").twoFactorToken);
    return c.json({ message: say(c, "codeSent") }, 202);
  })
  .post("/passkey/options", limit("default"), async (c) => c.json(await askForLogin(c.var.platform)))
  .post("/passkey", limit("login"), validate("json", PasskeyLogin), async (c) => {
    const { transport, ...input } = c.req.valid("json");
    const deviceToken = deviceTokenOf(c, input.deviceToken);
    const signedIn = await logInWithPasskey(c.var.platform, { ...input, deviceToken });
    return c.json({ message: say(c, "loggedIn"), ...welcome(c, transport, signedIn) });
  })
  .post("/email-code", limit("mail"), validate("json", CodeRequest), async (c) => {
    const { email, deviceToken, transport } = c.req.valid("json");
    if (!c.var.platform.config.EMAIL_CODE_LOGIN) throw new AppError("not_found");
    const device = await readDevice(c.var.platform, deviceTokenOf(c, deviceToken));
    const room = await hasRoom(c.var.platform, "mail", `code ${askedBy(device, email)}`);
    const token = await requestLoginCode(c.var.platform, { email, device, hasRoom: room });
    return c.json({ message: say(c, "loginCodeSent"), ...deliverCodeRequest(c, transport, token) }, 202);
  })
  .post("/email-code/verify", limit("login"), validate("json", CodeLogin), async (c) => {
    const { transport, code, ...input } = c.req.valid("json");
    if (!c.var.platform.config.EMAIL_CODE_LOGIN) throw new AppError("not_found");
    const emailCodeToken = codeRequestOf(c, input.emailCodeToken);
    const deviceToken = deviceTokenOf(c, input.deviceToken);
    const answer = await logInWithCode(c.var.platform, { emailCodeToken, code, deviceToken });
    clearCodeRequest(c);
    if ("twoFactorRequired" in answer) return c.json({ message: say(c, "secondFactorNeeded"), ...answer });
    return c.json({ message: say(c, "loggedIn"), ...welcome(c, transport, answer) });
  })
  .post("/deny-login", limit("link"), validate("json", z.object({ token: Token })), async (c) => {
    await denyLogin(c.var.platform, c.req.valid("json").token);
    return c.json({ message: say(c, "loginDenied") });
  })
  .post("/refresh", limit("refresh"), validate("json", RefreshRequest), async (c) => {
    const { refreshToken, transport } = refreshTokenOf(c, c.req.valid("json").refreshToken);
    return c.json(deliver(c, transport, await refresh(c.var.platform, refreshToken)));
  })
  .post("/logout", limit("default"), validate("json", LogoutRequest), async (c) => {
    const { refreshToken } = refreshTokenOf(c, c.req.valid("json").refreshToken);
    await logOut(c.var.platform, { refreshToken, accessToken: shownToken(c) });
    clearRefreshCookie(c);
    return c.json({ message: say(c, "loggedOut") });
  })
  .post("/forgot-password", limit("mail"), validate("json", ResetRequest), async (c) => {
    const { email, deviceToken } = c.req.valid("json");
    const device = await readDevice(c.var.platform, deviceTokenOf(c, deviceToken));
    if (await hasRoom(c.var.platform, "mail", askedBy(device, email)))
      await requestPasswordReset(c.var.platform, { email, device });
    return c.json({ message: say(c, "linkSent") }, 202);
  })
  .post("/reset-password", limit("link"), validate("json", PasswordReset), async (c) => {
    await resetPassword(c.var.platform, c.req.valid("json"));
    return c.json({ message: say(c, "passwordReset") });
  })
  .post("/verify-email", limit("link"), validate("json", Verification), async (c) => {
    await verifyEmail(c.var.platform, { ...c.req.valid("json"), sessionId: await sessionShown(c) });
    return c.json({ message: say(c, "emailVerified") });
  })
  .post("/verify-email/resend", limit("mail"), validate("json", AddressRequest), async (c) => {
    const { email } = c.req.valid("json");
    if (await hasRoom(c.var.platform, "mail", email)) await requestVerification(c.var.platform, { email });
    return c.json({ message: say(c, "linkSent") }, 202);
  })
  .post("/confirm-email", limit("link"), validate("json", LinkToken), async (c) => {
    await confirmEmailChange(c.var.platform, { ...c.req.valid("json"), sessionId: await sessionShown(c) });
    return c.json({ message: say(c, "emailChanged") });
  })
  .post("/cancel-email-change", limit("link"), validate("json", LinkToken), async (c) => {
    await cancelEmailChange(c.var.platform, c.req.valid("json"));
    return c.json({ message: say(c, "emailChangeCancelled") });
  })
  .post("/verify-token", limit("verify-token"), validate("json", VerificationRequest), async (c) => {
    const verdict = await verifyToken(c.var.platform, c.req.valid("json"));
    if (verdict.ok) return c.json({ active: true, claims: verdict.claims });
    if (verdict.code === "service_unavailable") throw new AppError(verdict.code);
    return c.json({ active: false, reason: verdict.code });
  })
  .route("/", ownAccountRoutes({ profile: "/profile", password: "/change-password", account: "/account" }));
