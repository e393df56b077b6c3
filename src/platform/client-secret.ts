/** The secret by which this service shows an identity provider who it is. */
import { importPKCS8, SignJWT } from "jose";
import type { Config } from "./config.ts";
import type { Provider } from "./providers.ts";

/** Apple's is signed anew each time; it may live for minutes. */
export async function clientSecretOf(
  { FEDERATION_SECRETS: secrets }: Config,
  { id, clientId, issuer }: Provider,
): Promise<string> {
  const secret = secrets?.[id];
  if (secret === undefined || typeof secret === "string") return secret ?? "";
  const key = await importPKCS8(secret.privateKey, "ES256");
  return new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: secret.keyId })
    .setIssuer(secret.teamId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime("5m")
    .sign(key);
}
