/** What browsers send of a passkey, as `PublicKeyCredential.toJSON()` has it; all binary values in base64url. */
import * as z from "zod/mini";

/** As many characters as base64url has for so many bytes. */
const binary = (maxBytes: number) =>
  z.string().check(z.maxLength(Math.ceil((maxBytes * 4) / 3)), z.regex(/^[A-Za-z0-9_-]*$/));

const ID_BYTES = 1023;
/** Far more than a browser sends; a body is bounded besides. */
const DATA_BYTES = 16_384;

const identified = { id: binary(ID_BYTES), rawId: binary(ID_BYTES), type: z.literal("public-key") };

export const PasskeyAssertion = z.object({
  ...identified,
  response: z.object({
    clientDataJSON: binary(DATA_BYTES),
    authenticatorData: binary(DATA_BYTES),
    signature: binary(1_024),
    userHandle: z.optional(z.nullable(binary(64))),
  }),
});
export type PasskeyAssertion = z.infer<typeof PasskeyAssertion>;

export const PasskeyRegistration = z.object({
  ...identified,
  response: z.object({
    clientDataJSON: binary(DATA_BYTES),
    attestationObject: binary(DATA_BYTES),
    /** `hybrid`, `internal`, `usb`, …; those of a later level as well. */
    transports: z.optional(z.array(z.string().check(z.maxLength(32), z.regex(/^[a-z0-9-]+$/))).check(z.maxLength(10))),
  }),
  clientExtensionResults: z.optional(z.object({ credProps: z.optional(z.object({ rk: z.optional(z.boolean()) })) })),
});
export type PasskeyRegistration = z.infer<typeof PasskeyRegistration>;
