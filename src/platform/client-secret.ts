/** The secret by which this service shows an identity provider who it is. */
import { signJws } from "../crypto/jws.ts";
import type { Config } from "./config.ts";
import type { Provider } from "./providers.ts";

const LIFETIME_SECONDS = 300;

/** Apple's is signed anew each time; it may live for minutes. */
export async function clientSecretOf(
  { FEDERATION_SECRETS: secrets }: Config,
  { id, clientId, issuer }: Provider,
): Promise<string> {
  const secret = secrets?.[id];
  if (secret === undefined || typeof secret === "string") return secret ?? "";
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: secret.teamId, sub: clientId, aud: issuer, iat, exp: iat + LIFETIME_SECONDS };
  return signJws({ alg: "ES256", kid: secret.keyId }, claims, await importPem(secret.privateKey));
}

/** PKCS #8, as Apple hands it out. */
async function importPem(pem: string): Promise<CryptoKey> {
  const der = Uint8Array.from(atob(pem.replaceAll(/-----[A-Z ]+-----|\s/g, "")), (byte) => byte.charCodeAt(0));
  return crypto.subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
}
