/** What a member's account looks like after a while, and an application that asks for consent. For pictures of them. */
import { CHALLENGE } from "../../test/support/pkce.ts";
import type { RunningService } from "../../test/support/system.ts";
import { ADDRESSES, PASSWORD } from "./shots.ts";

const ASKED = {
  response_type: "code",
  scope: "openid profile email offline_access",
  redirect_uri: "https://carnet.example.test/callback",
  state: "some",
  code_challenge: CHALLENGE,
  code_challenge_method: "S256",
};

/** @returns what an application asks for. */
export async function fillAccounts({ query, post }: RunningService): Promise<string> {
  await query(
    `insert into two_factor_methods (user_id, type, confirmed_at) select id, 'email', now() from users where email = $1`,
    [ADDRESSES.guarded],
  );
  await query(
    `insert into identities (user_id, issuer, subject, email, email_verified, last_used_at)
     select id, issuer, 'some', email, true, used
     from users, (values ('https://accounts.google.com', now()), ('https://login.example.test', null)) as other (issuer, used)
     where email = $1`,
    [ADDRESSES.member],
  );
  await query(
    `insert into api_keys (user_id, key_id, name, hash, mark_id, permissions, expires_at)
     select id, '0f1e2d3c4b5a6978', 'Sauvegarde du soir', 'none', gen_random_uuid(), '[]', now() + interval '90 days'
     from users where email = $1`,
    [ADDRESSES.member],
  );
  const { body: signedIn } = await post("/api/auth/login", { email: ADDRESSES.admin, password: PASSWORD });
  const application = { name: "Carnet de bord", redirectUris: [ASKED.redirect_uri] };
  const { body } = await post("/api/admin/applications", application, { Authorization: `Bearer ${signedIn.token}` });
  return new URLSearchParams({ client_id: body.application.id, ...ASKED }).toString();
}

/** Gives an account all that an account can have, once its reader has signed in without; or takes it away again. */
export async function settle({ query }: RunningService, has: boolean): Promise<void> {
  const [{ id } = { id: 0 }] = await query<{ id: number }>("select id from users where email = $1", [
    ADDRESSES.settled,
  ]);
  for (const table of ["two_factor_methods", "recovery_codes", "passkeys", "oauth_consents"])
    await query(`delete from ${table} where user_id = $1`, [id]);
  if (!has) return;
  await query("insert into two_factor_methods (user_id, type, confirmed_at) values ($1, 'totp', now())", [id]);
  await query("insert into recovery_codes (user_id, code) select $1, md5(n::text) from generate_series(1, 3) n", [id]);
  await query(
    `insert into passkeys (user_id, credential_id, public_key, algorithm, counter, aaguid, transports, backup_eligible, backed_up, signs_in, name, last_used_at)
     select $1, md5(name), '{}', 'ES256', 0, gen_random_uuid(), '{}', synced, synced, synced, name, now()
     from (values ('Téléphone', true), ('Clé de bureau', false)) keys (name, synced)`,
    [id],
  );
  await query(
    `insert into oauth_consents (user_id, client_id, scopes)
     select $1, client_id, '["openid", "profile", "email"]' from oauth_clients where name in ('Carnet de bord', 'Billetterie')`,
    [id],
  );
}
