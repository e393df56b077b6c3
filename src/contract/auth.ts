/** The contract of `/api/auth`: getting in, staying in, getting out. */
import type { Operation } from "./openapi.ts";
import { LoginAnswer, Message, SignedIn, Tokens, Verdict } from "./answers.ts";

export const authContract: Record<string, Operation> = {
  "POST /api/auth/register": {
    id: "register",
    summary: "Makes an account and signs in; 202 where the mailbox must be proven first",
    answers: { 201: SignedIn, 202: Message },
    errors: ["email_taken"],
  },
  "POST /api/auth/login": {
    id: "logIn",
    summary: "Signs in, or asks for a second factor",
    answers: { 200: LoginAnswer },
    errors: ["invalid_credentials", "too_many_attempts"],
  },
  "POST /api/auth/login/2fa": {
    id: "logInWithSecondFactor",
    summary: "The second step",
    answers: { 200: SignedIn },
    errors: ["invalid_two_factor_token", "invalid_code", "authenticator_lost", "too_many_attempts"],
  },
  "POST /api/auth/login/2fa/email": {
    id: "sendLoginCode",
    summary: "Sends the code of the second step",
    answers: { 202: Message },
    errors: ["invalid_two_factor_token", "too_many_attempts"],
  },
  "POST /api/auth/deny-login": {
    id: "denyLogin",
    body: "LinkToken",
    summary: "Closes a login that was not the owner's",
    answers: { 200: Message },
    errors: ["invalid_link"],
  },
  "POST /api/auth/refresh": {
    id: "refreshTokens",
    summary: "New tokens for a refresh token, which is used up",
    answers: { 200: Tokens },
    errors: ["invalid_refresh_token", "refresh_token_reused", "origin_not_allowed"],
  },
  "POST /api/auth/logout": {
    id: "logOut",
    summary: "Ends the session",
    answers: { 200: Message },
    errors: ["origin_not_allowed"],
  },
  "POST /api/auth/forgot-password": {
    id: "requestPasswordReset",
    body: "PasswordResetRequest",
    summary: "Mails the link that resets a password; the same answer for every address",
    answers: { 202: Message },
  },
  "POST /api/auth/reset-password": {
    id: "resetPassword",
    summary: "Sets a password by a link, and ends every session",
    answers: { 200: Message },
    errors: ["invalid_link"],
  },
  "POST /api/auth/verify-email": {
    id: "verifyEmail",
    body: "AddressProof",
    summary: "Proves the mailbox by a link, and a session of the account (Bearer) or a chosen password",
    answers: { 200: Message },
    errors: ["invalid_link"],
  },
  "POST /api/auth/verify-email/resend": {
    id: "resendVerification",
    body: "AddressRequest",
    summary: "Mails that link again; the same answer for every address",
    answers: { 202: Message },
  },
  "POST /api/auth/confirm-email": {
    id: "confirmEmailChange",
    body: "LinkToken",
    summary: "A change of address takes effect",
    answers: { 200: Message },
    errors: ["invalid_link", "email_taken"],
  },
  "POST /api/auth/cancel-email-change": {
    id: "cancelEmailChange",
    body: "LinkToken",
    summary: "A change of address is cancelled",
    answers: { 200: Message },
    errors: ["invalid_link"],
  },
  "POST /api/auth/verify-token": {
    id: "verifyToken",
    summary: "Is this access token good?",
    answers: { 200: Verdict },
  },
};
