/** What the routes of passkeys answer. */
import * as z from "zod";
import { count, flag, maybe, object, said, text, texts, time } from "./answers.ts";

/** As browsers take them (WebAuthn Level 3, §5.1.8 and §5.1.10). */
const credential = object("PasskeyDescriptor", { type: z.literal("public-key"), id: text, transports: texts });
export const PasskeyCreationOptions = object("PasskeyCreationOptions", {
  rp: object("PasskeyRelyingParty", { id: text, name: text }),
  user: object("PasskeyUser", { id: text, name: text, displayName: text }),
  challenge: text,
  pubKeyCredParams: z.array(object("PasskeyAlgorithm", { type: z.literal("public-key"), alg: z.int() })),
  timeout: count,
  excludeCredentials: z.array(credential),
  authenticatorSelection: object("PasskeyPreferences", {
    residentKey: z.literal("preferred"),
    userVerification: z.literal("preferred"),
  }),
  attestation: z.literal("none"),
  extensions: object("PasskeyExtensions", { credProps: z.literal(true) }),
});
export const PasskeyRequestOptions = object("PasskeyRequestOptions", {
  challenge: text,
  rpId: text,
  timeout: count,
  userVerification: z.enum(["required", "preferred", "discouraged"]),
  allowCredentials: z.array(credential),
});
export const PasskeyAdded = said("PasskeyAdded", { recoveryCodes: texts.optional() });
const Passkey = object("Passkey", {
  id: count,
  credentialId: text,
  name: maybe,
  aaguid: z.uuid(),
  transports: texts,
  backupEligible: flag,
  backedUp: flag,
  signsIn: flag,
  createdAt: time,
  lastUsedAt: time.nullable(),
});
export const Passkeys = object("Passkeys", {
  passkeys: z.array(Passkey),
  rpId: text,
  userHandle: maybe,
  hasPassword: flag,
});
