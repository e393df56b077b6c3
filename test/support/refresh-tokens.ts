/** Refresh tokens as a client uses them, and the session as the database has it. */
import { createSecrets } from "../../src/crypto/secrets.ts";
import { testBindings } from "./bindings.ts";
import { database, post, sidOf, type Answer } from "./service.ts";

/** The only statement that rotates. */
export const ROTATION = /rotate_session/;
/** The key that the service signs refresh tokens with. */
export const secrets = createSecrets(testBindings("", "")["AUTH_SECRET"]!);

export const refresh = (refreshToken: unknown): Promise<Answer> => post("/api/auth/refresh", { refreshToken });

/** @throws Error when refused. */
export async function rotate(refreshToken: string): Promise<string> {
  const { status, body, text } = await refresh(refreshToken);
  if (status !== 200) throw new Error(`refresh answered ${status}: ${text}`);
  return body.refreshToken;
}

interface SessionRow {
  generation: number;
  revoked: string | null;
}

export async function sessionOf(session: { token: string }): Promise<SessionRow> {
  const rows = await database.query<SessionRow>(
    "select generation, revoked_reason as revoked from refresh_tokens where session_id = $1",
    [sidOf(session)],
  );
  return rows[0]!;
}

/** Moves the session in time: `assignments` are SQL. */
export const shift = (session: { token: string }, assignments: string) =>
  database.query(`update refresh_tokens set ${assignments} where session_id = $1`, [sidOf(session)]);
