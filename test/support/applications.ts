/** Applications and what they send. */
import { createClientId, createClientSecret } from "../../src/crypto/client-secret.ts";
import { database, request, type Answer } from "./service.ts";

export interface Credentials {
  client_id: string;
  client_secret: string;
}

/** As an administrator registers one. */
export async function registerApplication({
  permissions = [],
  audiences = [],
}: { permissions?: string[]; audiences?: string[] } = {}): Promise<Credentials> {
  const id = createClientId();
  const { secret, secretHash } = await createClientSecret();
  await database.query(
    `insert into oauth_clients (client_id, name, hash, mark_id, permissions, audiences)
     values ($1, 'Export', $2, gen_random_uuid(), $3::jsonb, $4::jsonb)`,
    [id, secretHash, JSON.stringify(permissions), JSON.stringify(audiences)],
  );
  return { client_id: id, client_secret: secret };
}

/** What `request` needs to send a form, nobody being signed in. */
export const formOf = (fields: object) => ({
  rawBody: new URLSearchParams(fields as Record<string, string>).toString(),
  headers: { "Content-Type": "application/x-www-form-urlencoded" },
});

export function sendForm(path: string, fields: object, headers: Record<string, string> = {}): Promise<Answer> {
  const form = formOf(fields);
  return request("POST", path, { ...form, headers: { ...form.headers, ...headers } });
}
