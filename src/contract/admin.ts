/** The contract of `/api/admin`: accounts, roles, the audit log. */
import * as z from "zod";
import type { Operation } from "./openapi.ts";
import * as application from "./application-answers.ts";
import * as answer from "./answers.ts";
import { said } from "./answers.ts";

/** A role after a change. */
const RoleAnswer = said("RoleAnswer", { role: answer.Role });

/** An act on an account that may have more permissions than the actor. */
const act = (id: string, summary: string, errors: Operation["errors"] = []): Operation => ({
  id,
  summary,
  answers: { 200: answer.Message },
  errors: ["not_found", "above_you", ...errors],
});

export const adminContract: Record<string, Operation> = {
  "GET /api/admin/users": { id: "listManagedUsers", summary: "Accounts", answers: { 200: answer.ManagedUserList } },
  "POST /api/admin/users": {
    id: "inviteUser",
    summary: "Creates an account and mails the link that sets its password",
    answers: { 201: answer.ManagedUserAnswer },
    errors: ["email_taken", "not_grantable", "unknown_role"],
  },
  "POST /api/admin/users/import": {
    id: "importUsers",
    summary: "Imports up to 1,000 accounts with their hashes, one JSON object per line",
    answers: { 200: answer.Imported },
  },
  "GET /api/admin/users/:id": {
    id: "getManagedUser",
    summary: "One account, its sessions, second factors, linked identities and last logins",
    answers: { 200: answer.UserDetails },
    errors: ["not_found"],
  },
  "PATCH /api/admin/users/:id": {
    id: "changeUser",
    summary: "Changes an account or its address, confirms the address, disables or enables it, gives it a role",
    answers: { 200: answer.ManagedUserAnswer },
    errors: ["not_found", "above_you", "email_taken", "not_grantable", "unknown_role", "last_admin"],
  },
  "DELETE /api/admin/users/:id": act("deleteUser", "Deletes an account; it can be restored for 30 days", [
    "last_admin",
  ]),
  "POST /api/admin/users/:id/restore": {
    id: "restoreUser",
    summary: "Restores a deleted account",
    answers: { 200: answer.ManagedUserAnswer },
    errors: ["not_found", "above_you", "email_taken"],
  },
  "POST /api/admin/users/:id/unlock": act("unlockUser", "Clears the failed attempts"),
  "POST /api/admin/users/:id/logout": act("logOutUser", "Ends every session of an account"),
  "DELETE /api/admin/users/:id/sessions/:sessionId": act("endUserSession", "Ends one session of an account"),
  "GET /api/admin/users/:id/api-keys": {
    id: "listUserApiKeys",
    summary: "The API keys of an account",
    answers: { 200: application.ApiKeys },
  },
  "DELETE /api/admin/users/:id/api-keys/:keyId": act("revokeUserApiKey", "Revokes an API key of an account"),
  "POST /api/admin/users/:id/impersonate": {
    id: "impersonateUser",
    summary: "Opens somebody's account for ten minutes, for reading; the person is told",
    answers: { 201: said("Impersonation", { token: answer.text, expiresIn: answer.count, sessionId: answer.text }) },
    errors: ["not_found", "above_you"],
  },
  "POST /api/admin/users/:id/2fa/reset": act("resetTwoFactor", "Removes the second factors and ends every session"),
  "GET /api/admin/roles": {
    id: "listRoles",
    summary: "Roles",
    answers: { 200: answer.listOf("RoleList", answer.Role) },
  },
  "POST /api/admin/roles": {
    id: "createRole",
    summary: "Creates a role",
    answers: { 201: RoleAnswer },
    errors: ["not_grantable", "role_name_taken"],
  },
  "GET /api/admin/roles/:id": {
    id: "getRole",
    summary: "One role",
    answers: { 200: answer.object("RoleDetails", { role: answer.Role }) },
    errors: ["not_found"],
  },
  "PATCH /api/admin/roles/:id": {
    id: "changeRole",
    summary: "Changes a role",
    answers: { 200: RoleAnswer },
    errors: ["not_found", "above_you", "not_grantable", "system_role", "role_name_taken", "last_admin"],
  },
  "DELETE /api/admin/roles/:id": {
    id: "deleteRole",
    summary: "Deletes a role; its accounts get another one",
    answers: { 200: answer.Message },
    errors: ["not_found", "role_in_use", "above_you", "not_grantable", "system_role", "unknown_role", "last_admin"],
  },
  "GET /api/admin/permissions": {
    id: "listPermissions",
    summary: "The permissions of this service",
    answers: {
      200: answer.object("PermissionList", {
        data: z.array(answer.object("Permission", { name: answer.text, description: answer.text })),
      }),
    },
  },
  "GET /api/admin/applications": {
    id: "listApplications",
    summary: "Applications",
    answers: { 200: answer.listOf("ApplicationList", application.Application) },
  },
  "POST /api/admin/applications": {
    id: "addApplication",
    body: "NewApplication",
    summary: "Registers an application; its secret is shown once",
    answers: { 201: application.ApplicationIssued },
    errors: ["not_grantable"],
  },
  "PATCH /api/admin/applications/:id": {
    id: "changeApplication",
    body: "ApplicationChange",
    summary: "Changes, disables or enables an application",
    answers: { 200: said("ApplicationAnswer", { application: application.Application }) },
    errors: ["not_found", "not_grantable"],
  },
  "POST /api/admin/applications/:id/secret": {
    id: "rotateSecret",
    body: "SecretRotation",
    summary: "A new secret for an application; the one before works for a while more",
    answers: { 200: application.ApplicationIssued },
    errors: ["not_found", "not_grantable"],
  },
  "DELETE /api/admin/applications/:id": {
    id: "removeApplication",
    summary: "Deletes an application, and ends its tokens",
    answers: { 200: answer.Message },
    errors: ["not_found", "not_grantable"],
  },
  "GET /api/admin/audit-logs": {
    id: "listAuditRecords",
    summary: "The audit log, newest first",
    answers: { 200: answer.listOf("AuditRecordList", answer.AuditRecord) },
  },
  "GET /api/admin/audit-logs/verify": {
    id: "verifyAuditLog",
    summary: "Verifies the hash chain",
    answers: { 200: answer.AuditVerification },
  },
  "GET /api/admin/stats": {
    id: "getStatistics",
    summary: "Statistics: totals and figures per day",
    answers: { 200: answer.Statistics },
  },
  "GET /api/admin/dead-jobs": {
    id: "listDeadJobs",
    summary: "Jobs that failed for good, newest first",
    answers: { 200: answer.listOf("DeadJobList", answer.DeadJob) },
  },
  "POST /api/admin/dead-jobs/:id/replay": {
    id: "replayDeadJob",
    summary: "Retries a job that failed for good",
    answers: { 202: answer.Message },
    errors: ["not_found"],
  },
  "POST /api/admin/notifications": {
    id: "broadcast",
    summary: "Notifies some users, a role, or all",
    answers: { 202: said("BroadcastAccepted", { broadcastId: z.uuid() }) },
    errors: ["not_found"],
  },
  "GET /api/admin/notifications/:broadcastId": {
    id: "getBroadcast",
    summary: "How far a broadcast has come",
    answers: { 200: answer.BroadcastProgress },
    errors: ["not_found"],
  },
};
