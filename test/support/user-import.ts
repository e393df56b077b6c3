/** Imports users from another system, with rows to import. */
import bcrypt from "bcryptjs";
import { request, type Answer } from "./service.ts";

export const OLD_PASSWORD = "l'ancien mot de passe";
/** Of the old password. */
export const BCRYPT = bcrypt.hashSync(OLD_PASSWORD, 4);

export const row = (email: string, fields: Record<string, unknown> = {}) => ({
  email,
  prenom: "Ida",
  nom: "Rhodes",
  passwordHash: BCRYPT,
  ...fields,
});

export const importText = (rawBody: string, token: string, headers: Record<string, string> = {}): Promise<Answer> =>
  request("POST", "/api/admin/users/import", {
    rawBody,
    token,
    headers: { "Content-Type": "application/x-ndjson", ...headers },
  });

/** A text is used as a line unchanged. */
export const importRows = (rows: unknown[], token: string, headers: Record<string, string> = {}): Promise<Answer> =>
  importText(rows.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"), token, headers);
