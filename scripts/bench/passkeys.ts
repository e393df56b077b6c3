/** Members with a passkey in software, for the benchmarks. */
import { issueChallenge } from "../../src/crypto/passkey-challenge.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";
import { createPasskey, FLAGS } from "../../test/support/passkeys/authenticator.ts";
import type { Client } from "./service.ts";

const SYNCED = FLAGS.userPresent | FLAGS.userVerified | FLAGS.backupEligible | FLAGS.backedUp;

/** Makes the body of the next login: with a challenge of its own, which the service can't tell from one that it issued. */
export type PasskeyLogin = () => Promise<{ credential: object }>;

export async function createPasskeyLogin(client: Client, variables: Record<string, string>): Promise<PasskeyLogin> {
  const secrets = createSecrets(variables["AUTH_SECRET"]!);
  const { token } = await client.createMember();
  const passkey = await createPasskey("ES256", { flags: SYNCED });
  const options = await client.request("POST", "/api/security/passkeys/options", { token, body: {} });
  const ceremony = { rpId: options.rp.id as string, origins: [variables["ISSUER"]!] };
  const credential = await passkey.register({ ...ceremony, challenge: options.challenge });
  await client.request("POST", "/api/security/passkeys", { token, body: { credential } });
  return async () => {
    const challenge = await issueChallenge(secrets, { kind: "login" });
    const { response, ...made } = await passkey.authenticate({ ...ceremony, challenge });
    return { credential: { ...made, response: { ...response, userHandle: options.user.id } } };
  };
}
