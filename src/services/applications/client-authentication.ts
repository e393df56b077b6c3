/** Which application is calling: by its secret, in the header or in the form (RFC 6749 §2.3.1), never in both. */
import { sql, type SQL } from "drizzle-orm";
import { CLIENT_ID } from "../../crypto/access-token-verification.ts";
import { hashClientSecret } from "../../crypto/client-secret.ts";
import type { Platform } from "../../platform/index.ts";
import { OAuthError } from "./oauth-error.ts";

/** Who a client says it is; without a secret where it can't keep one. */
export interface ClientClaim {
  id: string;
  secret?: string | undefined;
}

export interface ClientCredentials {
  id: string;
  secret: string;
}

/** The methods by which a client says who it is, as the metadata names them. */
export const CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post"];

interface SentCredentials {
  client_id?: string | undefined;
  client_secret?: string | undefined;
}

/** @throws OAuthError invalid_client, invalid_request */
export function readCredentials(authorization: string | undefined, form: SentCredentials): ClientCredentials {
  const { id, secret } = readClient(authorization, form);
  if (secret === undefined) throw new OAuthError("invalid_client", "Client authentication is missing");
  return { id, secret };
}

/** @throws OAuthError invalid_client, invalid_request */
export function readClient(authorization: string | undefined, form: SentCredentials): ClientClaim {
  const inHeader = authorization !== undefined && /^Basic /i.test(authorization) ? readBasic(authorization) : undefined;
  if (inHeader && form.client_secret !== undefined)
    throw new OAuthError("invalid_request", "Credentials in the header and in the form");
  if (inHeader && form.client_id !== undefined && form.client_id !== inHeader.id)
    throw new OAuthError("invalid_request", "The form names another client than the header");
  const { client_id: id, client_secret: secret } = form;
  const shown = inHeader ?? (id === undefined ? undefined : { id, secret });
  if (!shown) throw new OAuthError("invalid_client", "Client authentication is missing");
  return shown;
}

/** Each part is encoded as in a form before both are joined. */
function readBasic(authorization: string): ClientCredentials {
  try {
    const [, encoded = ""] = /^Basic +([\w+/=]+) *$/i.exec(authorization) ?? [];
    const [, id, secret] = /^([^:]+):(.+)$/.exec(atob(encoded))!;
    const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
    return { id: decode(id!), secret: decode(secret!) };
  } catch {
    throw new OAuthError("invalid_client", "The Authorization header is not Basic");
  }
}

export interface AuthenticatedClient {
  id: string;
  markId: string;
  permissions: string[];
  /** Never empty. */
  audiences: string[];
  /** Whether the grant that was asked about holds, if one was. */
  isGranted: boolean;
}

/** Condition on `oauth_clients c` (drizzle/functions/client_shows.sql). */
export function clientShows(secretHash: string | null): SQL {
  return sql`client_shows(c.hash, c.previous_hash, c.previous_until, c.disabled_at, ${secretHash})`;
}

/** One trip, or none where nobody can have such credentials. @throws OAuthError invalid_client */
export async function authenticateClient(
  { db, config }: Platform,
  { id, secret }: ClientCredentials,
  grantId?: string,
): Promise<AuthenticatedClient> {
  const secretHash = await hashClientSecret(secret);
  const refusal = new OAuthError("invalid_client", "Unknown client, or a wrong secret");
  if (secretHash === undefined || !CLIENT_ID.test(id)) throw refusal;
  const grant = grantId ?? null;
  const { rows } = await db.execute<AuthenticatedClient & Record<string, unknown>>(sql`
    select c.client_id as id, c.mark_id as "markId", c.permissions, c.audiences, ${grant}::uuid is null or exists (
        select from oauth_grants g where g.grant_id = ${grant}::uuid and g.revoked_at is null) as "isGranted"
    from oauth_clients c
    where c.client_id = ${id} and ${clientShows(secretHash)}`);
  const [client] = rows;
  if (!client) throw refusal;
  return { ...client, audiences: client.audiences.length > 0 ? client.audiences : [config.AUDIENCE] };
}
