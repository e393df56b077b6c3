/** `@auth-api-edge/client`: everything a front end needs of auth-api, in one call; see docs/front-ends.md. */
export { createAuthClient, type AuthClient, type AuthClientOptions, type Login } from "./client.ts";
export { AuthError, type FieldFailure, type NetworkCode } from "./errors.ts";
export type { Notification, NotificationOptions, Notifications } from "./notifications.ts";
export type { AnswerOf, BodyOf, CallOptions, FailureOf, InputOf, OperationName, Room } from "./operations.ts";
export type { PasskeyLoginOptions, Passkeys } from "./passkeys.ts";
export type { Session, StoredTokens, TokenStore } from "./session.ts";
export type { FailureCode, Operations, Schemas } from "./api.ts";
