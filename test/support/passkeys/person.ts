/** A person with a passkey in software, at the front door of the service. */
import { createPasskey, FLAGS, type Bends, type SoftwarePasskey } from "./authenticator.ts";
import { ISSUER } from "../bindings.ts";
import { database, post, type Answer } from "../service.ts";

/** What the service under test asks its ceremonies for. */
export const RP_ID = "localhost";
export const ORIGINS = [ISSUER];
/** A key that stays in its hardware, and one that is synchronised. */
export const HARDWARE = FLAGS.userPresent | FLAGS.userVerified;
export const SYNCED = HARDWARE | FLAGS.backupEligible | FLAGS.backedUp;
/** A security key without a PIN. */
export const WITHOUT_PIN = FLAGS.userPresent;

interface Owner {
  token: string;
  userId: number;
}

export interface OwnPasskey {
  id: number;
  passkey: SoftwarePasskey;
  /** As the authenticator keeps it. */
  userHandle: string;
  recoveryCodes?: string[];
}

const ask = { rpId: RP_ID, origins: ORIGINS };

export async function startPasskey(token: string) {
  const { status, body, text } = await post("/api/security/passkeys/options", {}, { token });
  if (status !== 200) throw new Error(`passkeys/options answered ${status}: ${text}`);
  return body;
}

export async function registerPasskey(
  token: string,
  passkey: SoftwarePasskey,
  { bends = {}, fields = {}, challenge }: { bends?: Bends; fields?: object; challenge?: string } = {},
): Promise<Answer> {
  const asked = challenge ?? (await startPasskey(token)).challenge;
  const credential = await passkey.register({ ...ask, challenge: asked }, bends);
  return post("/api/security/passkeys", { credential, ...fields }, { token });
}

export async function enrolPasskey(
  { token, userId }: Owner,
  { flags = SYNCED, counter = 0 } = {},
): Promise<OwnPasskey> {
  const passkey = await createPasskey("ES256", { flags, counter });
  const options = await startPasskey(token);
  const { status, body, text } = await registerPasskey(token, passkey, { challenge: options.challenge });
  if (status !== 201) throw new Error(`passkeys answered ${status}: ${text}`);
  const [{ id }] = (await database.query<{ id: number }>("select max(id) as id from passkeys where user_id = $1", [
    userId,
  ])) as [{ id: number }];
  return { id, passkey, userHandle: options.user.id, ...body };
}

/** What a browser sends for a challenge; a discoverable passkey says whose it is. */
export async function assertion(
  { passkey, userHandle }: Pick<OwnPasskey, "passkey"> & { userHandle?: string | undefined },
  challenge: string,
  bends: Bends = {},
): Promise<any> {
  if (passkey.counter > 0 && bends.counter === undefined) passkey.counter++;
  const credential = (await passkey.authenticate({ ...ask, challenge }, bends)) as any;
  return userHandle === undefined ? credential : { ...credential, response: { ...credential.response, userHandle } };
}

export async function loginChallenge(): Promise<string> {
  const { status, body, text } = await post("/api/auth/passkey/options", {});
  if (status !== 200) throw new Error(`passkey/options answered ${status}: ${text}`);
  return body.challenge;
}

/** With the passkey alone. */
export async function logInWithPasskey(
  own: OwnPasskey,
  { challenge, bends = {}, fields = {} }: { challenge?: string; bends?: Bends; fields?: object } = {},
): Promise<Answer> {
  const credential = await assertion(own, challenge ?? (await loginChallenge()), bends);
  return post("/api/auth/passkey", { credential, ...fields });
}
