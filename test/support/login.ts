/** Logs in, successfully or not, and reads what the database stores about it. */
import { database, post, type Answer, type Member } from "./service.ts";

/** The second of a login's two statements. */
export const OPENING = /touched as/;

export const attempt = (email: string, password = "faux mot de passe", headers = {}): Promise<Answer> =>
  post("/api/auth/login", { email, password }, { headers });

/** With other fields in the body, in addition to the member's address and password or instead of them. */
export const logIn = (
  { email, password }: Pick<Member, "email" | "password">,
  fields: Record<string, unknown> = {},
  headers = {},
): Promise<Answer> => post("/api/auth/login", { email, password, ...fields }, { headers });

export const guess = (email: string, fields: Record<string, unknown> = {}): Promise<Answer> =>
  logIn({ email, password: "wrong password" }, fields);

/** Makes callers that have to wait, wait for longer than a slow machine takes. */
export const prolongWaits = () =>
  database.query("update login_throttles set locked_until = now() + interval '10 min' where failures >= 5");

/** Fails until the address is locked. */
export async function lockOut(email: string): Promise<void> {
  for (let i = 0; i < 5; i++) await guess(email);
  await prolongWaits();
}

export const throttles = () =>
  database.query<{ failures: number; wait: number | null }>(
    "select failures, extract(epoch from locked_until - last_failed_at)::int as wait from login_throttles",
  );

/** Including rows written after the answer. */
export const historyOf = (userId: number) =>
  database.query(
    "select outcome, reason, method from login_history where user_id = $1 and method <> 'registration' order by id",
    [userId],
  );

export const storedHash = async ({ userId }: Pick<Member, "userId">) =>
  (await database.query<{ hash: string }>("select password_hash as hash from users where id = $1", [userId]))[0]!.hash;
