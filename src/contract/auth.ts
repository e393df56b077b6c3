/** The contract of `/api/auth`: registration, login, refresh, logout, passwords and verification. */
import type { Operation } from "./openapi.ts";
import { Message, SignedIn, Tokens, Verdict } from "./answers.ts";
import { LoginAnswer, LoginCodeRequested, ProviderList } from "./login-answers.ts";
import { PasskeyRequestOptions } from "./passkey-answers.ts";

export const authContract: Record<string, Operation> = {
  "POST /api/auth/register": {
    id: "register",
    summary: "Creates an account and signs in; 202 when the mailbox must be proven first",
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
    summary: "Completes the second step",
    answers: { 200: SignedIn },
    errors: ["invalid_two_factor_token", "invalid_code", "invalid_passkey", "authenticator_lost", "too_many_attempts"],
  },
  "POST /api/auth/login/2fa/email": {
    id: "sendLoginCode",
    summary: "Sends the code of the second step",
    answers: { 202: Message },
    errors: ["invalid_two_factor_token", "too_many_attempts"],
  },
  "POST /api/auth/passkey/options": {
    id: "startPasskeyLogin",
    summary: "What a browser needs to sign in with a passkey",
    answers: { 200: PasskeyRequestOptions },
  },
  "POST /api/auth/passkey": {
    id: "logInWithPasskey",
    summary: "Signs in with a passkey alone",
    answers: { 200: SignedIn },
    errors: ["invalid_passkey", "unknown_passkey"],
  },
  "POST /api/auth/email-code": {
    id: "requestLoginCode",
    summary: "Mails a code that signs in, if the address has an account",
    body: "LoginCodeRequest",
    answers: { 202: LoginCodeRequested },
    errors: ["not_found"],
  },
  "POST /api/auth/email-code/verify": {
    id: "logInWithCode",
    summary: "Signs in with a mailed code, or asks for a second factor",
    body: "CodeLogin",
    answers: { 200: LoginAnswer },
    errors: ["invalid_code", "too_many_attempts", "origin_not_allowed", "not_found"],
  },
  "GET /api/auth/federated": {
    id: "listProviders",
    summary: "The other services that people may sign in with",
    answers: { 200: ProviderList },
  },
  "GET /api/auth/federated/:provider": {
    summary: "Sends the browser to another service to sign in",
    answers: { 303: "redirect" },
    errors: ["not_found", "provider_unavailable"],
  },
  "GET /api/auth/federated/:provider/callback": {
    summary: "Where that service sends the browser back: signs in, or says behind the # of the front end why not",
    answers: { 303: "redirect" },
    // All but the first come behind the #; of trouble, programs hear by status.
    errors: [
      "not_found",
      "provider_unavailable",
      "invalid_federation",
      "federation_denied",
      "federation_refused",
      "address_not_provided",
      "address_not_proven",
      "sign_in_to_link",
      "identity_taken",
    ],
  },
  "POST /api/auth/federated/:provider/callback": {
    summary: "The same, for services that post",
    answers: { 303: "redirect" },
    errors: ["not_found"],
  },
  "POST /api/auth/deny-login": {
    id: "denyLogin",
    body: "LinkToken",
    summary: "Reports a login as not the owner's and ends its session",
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
    summary: "Mails a link that resets the password; the same answer for every address",
    answers: { 202: Message },
  },
  "POST /api/auth/reset-password": {
    id: "resetPassword",
    summary: "Sets a password with a link, and ends every session",
    answers: { 200: Message },
    errors: ["invalid_link"],
  },
  "POST /api/auth/verify-email": {
    id: "verifyEmail",
    body: "AddressProof",
    summary: "Proves the mailbox with a link, plus a session of the account (Bearer) or a new password",
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
    summary: "Confirms a change of address",
    answers: { 200: Message },
    errors: ["invalid_link", "email_taken"],
  },
  "POST /api/auth/cancel-email-change": {
    id: "cancelEmailChange",
    body: "LinkToken",
    summary: "Cancels a change of address",
    answers: { 200: Message },
    errors: ["invalid_link"],
  },
  "POST /api/auth/verify-token": {
    id: "verifyToken",
    summary: "Verifies an access token",
    answers: { 200: Verdict },
  },
};
