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
  const { body: signedIn } = await post("/api/auth/login", { email: ADDRESSES.admin, password: PASSWORD });
  const application = { name: "Carnet de bord", redirectUris: [ASKED.redirect_uri] };
  const { body } = await post("/api/admin/applications", application, { Authorization: `Bearer ${signedIn.token}` });
  return new URLSearchParams({ client_id: body.application.id, ...ASKED }).toString();
}
