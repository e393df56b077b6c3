/** The verifier of passkeys: the specification's own test vectors, and DER and CBOR that nobody thought of. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64url } from "../../src/crypto/base64url.ts";
import { verifyAuthentication, verifyRegistration, type Ceremony } from "../../src/crypto/webauthn.ts";
import { rawSignature } from "../../src/crypto/webauthn-keys.ts";
import { createPasskey, derSignature, FLAGS } from "../support/passkeys/authenticator.ts";
import vectors from "../oracles/webauthn-vectors.json";

const ceremony = (challenge: string): Ceremony => ({
  challenge,
  origins: ["https://example.org"],
  rpId: "example.org",
  requireUserVerification: false,
});

/**
 * Copied from https://www.w3.org/TR/webauthn-3/#sctn-test-vectors, with the binary values in base64url; what we don't
 * take is named with the reason.
 */
const REFUSED: Record<string, string> = {
  'ES256 Credential with "crossOrigin": true in clientDataJSON': "cross_origin",
  'ES256 Credential with "topOrigin" in clientDataJSON': "cross_origin",
  "Packed Attestation with ES384 Credential": "unsupported_key",
  "Packed Attestation with ES512 Credential": "unsupported_key",
  "Packed Attestation with Ed448 Credential": "unsupported_key",
};

describe("The test vectors of the specification", () => {
  it.each(vectors)("$title", async ({ title, credentialId, registration, authentication }) => {
    const { challenge, ...created } = registration;
    const ids = { id: credentialId, rawId: credentialId, type: "public-key" };
    const registered = await verifyRegistration({ ...ids, response: created }, ceremony(challenge));
    if (REFUSED[title] !== undefined) return expect(registered).toEqual({ ok: false, reason: REFUSED[title] });
    expect(registered).toMatchObject({ ok: true, credentialId });
    const { challenge: asked, ...signed } = authentication;
    const verdict = await verifyAuthentication(
      { ...ids, response: signed },
      registered as Extract<typeof registered, { ok: true }>,
      ceremony(asked),
    );
    expect(verdict).toMatchObject({ ok: true });
  });
});

describe("A signature in DER", () => {
  it("is read back whatever its numbers, and in no other spelling", () => {
    fc.assert(
      fc.property(
        fc
          .uint8Array({ minLength: 64, maxLength: 64 })
          .filter((raw) => [raw.slice(0, 32), raw.slice(32)].every((half) => half.some((byte) => byte > 0))),
        fc.nat({ max: 3 }),
        (random, zeros) => {
          // Short numbers are where implementations fail.
          const raw = new Uint8Array(random).fill(0, 0, zeros).fill(0, 32, 32 + zeros);
          if (raw.slice(0, 32).every((byte) => byte === 0) || raw.slice(32).every((byte) => byte === 0)) return;
          const der = derSignature(raw);
          expect(rawSignature(der)).toEqual(raw);
          expect(rawSignature(new Uint8Array([...der, 0]))).toBeUndefined();
          expect(rawSignature(der.slice(0, -1))).toBeUndefined();
          // The same content behind a length of two bytes.
          expect(rawSignature(new Uint8Array([0x30, 0x81, ...der.slice(1)]))).toBeUndefined();
          // A zero more in front of the first number.
          const longer = [0x30, der[1]! + 1, 0x02, der[3]! + 1, 0, ...der.slice(4)];
          expect(rawSignature(new Uint8Array(longer))).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is never read out of bytes that are none: what is read is written back the same", () => {
    const der = fc
      .tuple(fc.uint8Array({ maxLength: 72 }), fc.boolean())
      .map(([bytes, framed]) => (framed ? new Uint8Array([0x30, bytes.length, ...bytes]) : new Uint8Array(bytes)));
    fc.assert(
      fc.property(der, (bytes) => {
        const raw = rawSignature(bytes);
        if (raw !== undefined) expect(derSignature(raw)).toEqual(bytes);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("CBOR that is changed anywhere", () => {
  it("is refused, or says the same credential: nothing throws", async () => {
    const passkey = await createPasskey("ES256", { flags: FLAGS.userPresent | FLAGS.backupEligible });
    const asked = ceremony(encodeBase64url(new Uint8Array(32)));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.nat({ max: 255 }),
        fc.constantFrom("set", "insert", "remove"),
        async (where, byte, how) => {
          const bent = await passkey.register(asked, {
            attestationObject: (bytes) => {
              const at = where % bytes.length;
              const changed = [...bytes];
              if (how === "set") changed[at] = byte;
              else if (how === "insert") changed.splice(at, 0, byte);
              else changed.splice(at, 1);
              return new Uint8Array(changed);
            },
          });
          const verdict = await verifyRegistration(bent, asked);
          if (verdict.ok) expect(verdict.credentialId).toBe(encodeBase64url(passkey.credentialId));
          else expect(verdict.reason).not.toBeUndefined();
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
