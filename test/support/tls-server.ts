/** A receiver behind TLS whose certificate is for another name, by an authority that nobody trusts. */
import { createPrivateKey } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";

/** For tests alone, on this machine. */
const KEY = {
  kty: "EC",
  crv: "P-256",
  x: "7SArl-oazEmurKlgHrXsaGsaZTn1vCrAH2gf2KqPH8c",
  y: "RqE6W1YnyuLJb6to_mwS2se23NEuxkb3RsSXUsu5BGw",
  d: "8Y6giH9-e-P35msGDutpln9rhMRGC92UoEzKtxmIriI",
};

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBszCCAVmgAwIBAgIBAjAKBggqhkjOPQQDAjAhMR8wHQYDVQQDDBZBdXRob3Jp
dHkgb2YgdGhlIHRlc3RzMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAw
WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATtICuX6hrMSa6sqWAetexoaxplOfW8KsAfaB/Yqo8fx0ahOltWJ8riyW+raP5s
EtrHttzRLsZG90bEl1LLuQRso4GMMIGJMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/
BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMBQGA1UdEQQNMAuCCWxvY2FsaG9z
dDAdBgNVHQ4EFgQUhcqKTUQqY1W+XIDNZTsZdK8/KCgwHwYDVR0jBBgwFoAUac1N
NaKK7lLo2VISAjQer5G27nIwCgYIKoZIzj0EAwIDSAAwRQIhAM2jqahz3V2cuHee
4xAczaEWPsZYKkcbLlGrHQzlTSmeAiBKV2oUFFhBylTsjwNYu3aZh2bLIGO+s9Wk
mpCYWepSVA==
-----END CERTIFICATE-----
`;

export function createSecureServer(listener: RequestListener): Server {
  const key = createPrivateKey({ key: KEY, format: "jwk" }).export({ format: "pem", type: "pkcs8" });
  return createServer({ key, cert: CERTIFICATE }, listener);
}
