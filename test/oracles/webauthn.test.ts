/**
 * Our verifier and the reference, `@simplewebauthn/server`, asked the same of thousands of ceremonies, valid ones and ones
 * that are bent in one place. Where the two differ, the reason stands here. `ORACLE_RUNS` says how many.
 */
import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import { describe, expect, it } from "vitest";
import { encodeBase64url, decodeBase64url } from "../../src/crypto/base64url.ts";
import { verifyAuthentication, verifyRegistration, type Ceremony } from "../../src/crypto/webauthn.ts";
import { PASSKEY_ALGORITHMS, COSE_ALGORITHMS } from "../../src/crypto/webauthn-keys.ts";
import {
  createPasskey,
  FLAGS,
  join,
  utf8,
  type Bends,
  type SoftwarePasskey,
} from "../support/passkeys/authenticator.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const RUNS = Number(process.env["ORACLE_RUNS"] ?? 1_200);
const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;
const flipped = (bytes: Bytes, at: number): Bytes => bytes.with(at, bytes[at]! ^ (1 << Math.floor(Math.random() * 8)));
const without = (fields: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
const flipAnywhere = (bytes: Bytes): Bytes => flipped(bytes, Math.floor(Math.random() * bytes.length));
const other = (bytes: Bytes, from: number, to: number): Bytes =>
  flipped(bytes, from + Math.floor(Math.random() * (to - from)));

/** What may be wrong with either ceremony, and what we make of it; undefined: it is good all the same. */
const BOTH: Record<string, [bends: () => Bends, reason: string | undefined]> = {
  nothing: [() => ({}), undefined],
  "an unknown extension": [() => ({ extensions: new Map([["largeBlob", 1]]) }), undefined],
  "more fields in the client data": [
    () => ({ clientData: (data) => ({ ...data, other_keys_can_be_added_here: "x" }) }),
    undefined,
  ],
  "no crossOrigin": [() => ({ clientData: (data) => without(data, "crossOrigin") }), undefined],
  "another challenge": [
    () => ({
      clientData: (data) => ({ ...data, challenge: encodeBase64url(crypto.getRandomValues(new Uint8Array(32))) }),
    }),
    "wrong_challenge",
  ],
  "no challenge": [() => ({ clientData: (data) => without(data, "challenge") }), "wrong_challenge"],
  "another origin": [
    () => ({
      clientData: (data) => ({
        ...data,
        origin: pick([
          "https://evil.example",
          "https://app.example.com.evil.example",
          "http://app.example.com",
          "https://app.example.com/",
          "https://APP.example.com",
          "https://app.example.com:443",
          "null",
          "",
        ]),
      }),
    }),
    "wrong_origin",
  ],
  "no origin": [() => ({ clientData: (data) => without(data, "origin") }), "wrong_origin"],
  "another type": [
    () => ({
      clientData: (data) => ({
        ...data,
        type: pick(["webauthn.create", "webauthn.get", "payment.get", ""].filter((type) => type !== data["type"])),
      }),
    }),
    "wrong_type",
  ],
  "inside a frame of another origin": [
    () => ({ clientData: (data) => ({ ...data, crossOrigin: true }) }),
    "cross_origin",
  ],
  "a top origin": [() => ({ clientData: (data) => ({ ...data, topOrigin: "https://evil.example" }) }), "cross_origin"],
  "client data that is no JSON": [() => ({ clientDataBytes: (bytes) => bytes.slice(0, -1) }), "malformed"],
  "client data that is no UTF-8": [
    () => ({
      clientDataBytes: (bytes) => join(bytes.slice(0, -1), utf8(',"a":"'), new Uint8Array([0xff]), utf8('"}')),
    }),
    "malformed",
  ],
  "client data with a byte order mark": [
    () => ({ clientDataBytes: (bytes) => join(new Uint8Array([0xef, 0xbb, 0xbf]), bytes) }),
    "malformed",
  ],
  "client data that is null": [() => ({ clientDataBytes: () => utf8("null") }), "malformed"],
  "another relying party": [() => ({ rpId: "evil.example" }), "wrong_relying_party"],
  "nobody present": [() => ({ flags: (flags) => flags & ~FLAGS.userPresent }), "user_absent"],
  "nobody verified": [() => ({ flags: (flags) => flags & ~FLAGS.userVerified }), "user_not_verified"],
  "backed up, but not eligible": [
    () => ({ flags: (flags) => (flags | FLAGS.backedUp) & ~FLAGS.backupEligible }),
    "wrong_backup_state",
  ],
  "bytes left over": [() => ({ authenticatorData: (bytes) => join(bytes, new Uint8Array([0])) }), "malformed"],
  "too few bytes": [() => ({ authenticatorData: (bytes) => bytes.slice(0, 36) }), "malformed"],
  "extensions announced, and none there": [() => ({ flags: (flags) => flags | FLAGS.extended }), "malformed"],
  "extensions there, and none announced": [
    () => ({ extensions: new Map([["a", 1]]), flags: (flags) => flags & ~FLAGS.extended }),
    "malformed",
  ],
  "another type of credential": [() => ({ response: (response) => ({ ...response, type: "password" }) }), "wrong_type"],
  "two ids": [
    () => ({ response: (response) => ({ ...response, rawId: encodeBase64url(new Uint8Array(16)) }) }),
    "wrong_credential",
  ],
  "padded base64": [
    () => ({
      response: (response) => ({
        ...response,
        response: { ...response.response, clientDataJSON: `${response.response.clientDataJSON}=` },
      }),
    }),
    "malformed",
  ],
};

const REGISTRATION: typeof BOTH = {
  ...BOTH,
  "no credential": [() => ({ flags: (flags) => flags & ~FLAGS.attested }), "malformed"],
  "another id than the attested one": [
    () => ({ response: (response) => ({ ...response, id: "AAAA", rawId: "AAAA" }) }),
    "wrong_credential",
  ],
  "an id that is too long": [() => ({ credentialId: new Uint8Array(1024) }), "wrong_credential"],
  "an id without a byte": [() => ({ credentialId: new Uint8Array(0) }), "wrong_credential"],
  "a key of another type": [() => ({ coseKey: (key) => new Map(key).set(1, 4) }), "unsupported_key"],
  "a key for another algorithm": [
    () => ({ coseKey: (key) => new Map(key).set(3, pick([-35, -36, -37, -65535, 0])) }),
    "unsupported_key",
  ],
  "a key without its numbers": [
    () => ({ coseKey: (key) => new Map([...key].filter(([label]) => label !== -2)) }),
    "unsupported_key",
  ],
  "an attestation object cut short": [
    () => ({ attestationObject: (bytes) => bytes.slice(0, -1 - Math.floor(Math.random() * 20)) }),
    "malformed",
  ],
  "an attestation object with more after it": [
    () => ({ attestationObject: (bytes) => join(bytes, new Uint8Array([0])) }),
    "malformed",
  ],
  "an attestation object that is a list": [() => ({ attestationObject: () => new Uint8Array([0x80]) }), "malformed"],
};

const AUTHENTICATION: typeof BOTH = {
  ...BOTH,
  "another credential": [() => ({ credentialId: crypto.getRandomValues(new Uint8Array(20)) }), "wrong_credential"],
  "a signature with a bit flipped": [() => ({ signature: flipAnywhere }), "wrong_signature"],
  "a signature cut short": [() => ({ signature: (bytes) => bytes.slice(0, -1) }), "wrong_signature"],
  "a signature with more after it": [
    () => ({ signature: (bytes) => join(bytes, new Uint8Array([0])) }),
    "wrong_signature",
  ],
  "no signature": [() => ({ signature: () => new Uint8Array() }), "wrong_signature"],
  "authenticator data changed after it was signed": [
    () => ({
      response: (response) => ({
        ...response,
        response: {
          ...response.response,
          authenticatorData: encodeBase64url(other(decodeBase64url(response.response.authenticatorData)!, 33, 37)),
        },
      }),
    }),
    "wrong_signature",
  ],
  "a backup that has become possible": [
    () => ({ flags: (flags) => flags ^ (FLAGS.backupEligible & ~FLAGS.backedUp) }),
    "wrong_backup_state",
  ],
};

/** Where the reference takes what we refuse, or the other way round, and why. */
const EXPLAINED: Record<string, string> = {
  "another id than the attested one": "It answers the attested id and doesn't compare.",
  "an id that is too long": "It has no limit; §7.1 step 25 has 1023 bytes.",
  "an attestation object cut short": "The bytes are missing from the key, which it doesn't read with `none`.",
  "another credential": "It leaves it to the caller to have found the key by the id.",
  "a signature with more after it": "It reads the first DER value and leaves what follows.",
  "inside a frame of another origin":
    "It takes crossOrigin: true; nobody may frame our pages (§7.1 step 10, §7.2 step 13).",
  "a top origin": "It doesn't look at topOrigin, which is there in a frame alone.",
  "client data that is no UTF-8":
    "It replaces what is no UTF-8; the specification's UTF-8 decode lets an implementation refuse.",
  "client data with a byte order mark": "It drops the mark; no browser writes one.",
  "padded base64": "It takes padding; one credential has one spelling here.",
  "a backup that has become possible": "It doesn't compare with what the credential was (§7.2 step 20).",
  "an attestation object with more after it": "It leaves what follows the map unread.",
  "a key without its numbers": "With `none` it doesn't read the key at registration, and fails at the first login.",
  "a key of another type": "With `none` it doesn't read the key at registration, and fails at the first login.",
};

const rpId = "example.com";
const origins = ["https://app.example.com"];
const newCeremony = (): Ceremony => ({
  challenge: encodeBase64url(crypto.getRandomValues(new Uint8Array(32))),
  origins,
  rpId,
  requireUserVerification: true,
});

/** Keys are slow to make, most of all for RSA: a few of each, with all that a passkey may say of itself. */
const passkeys: SoftwarePasskey[] = [];
for (const algorithm of PASSKEY_ALGORITHMS) {
  for (const backup of [0, FLAGS.backupEligible, FLAGS.backupEligible | FLAGS.backedUp]) {
    passkeys.push(await createPasskey(algorithm, { flags: FLAGS.userPresent | FLAGS.userVerified | backup }));
  }
}

interface Outcome {
  bend: string;
  algorithm: string;
  ours: string | undefined;
  wanted: string | undefined;
  reference: boolean;
}

async function registerOnce(bend: string): Promise<Outcome> {
  const [bends, wanted] = REGISTRATION[bend]!;
  const passkey = pick(passkeys);
  const ceremony = newCeremony();
  const response = await passkey.register(ceremony, bends());
  const verdict = await verifyRegistration(response, ceremony);
  const reference = await verifyRegistrationResponse({
    response: response as never,
    expectedChallenge: ceremony.challenge,
    expectedOrigin: origins,
    expectedRPID: rpId,
    requireUserVerification: true,
    supportedAlgorithmIDs: Object.values(COSE_ALGORITHMS),
  }).then(
    ({ verified }) => verified,
    () => false,
  );
  return { bend, algorithm: passkey.algorithm, ours: verdict.ok ? undefined : verdict.reason, wanted, reference };
}

async function authenticateOnce(bend: string): Promise<Outcome> {
  const [bends, wanted] = AUTHENTICATION[bend]!;
  const passkey = pick(passkeys);
  const registering = newCeremony();
  const registered = await verifyRegistration(await passkey.register(registering), registering);
  if (!registered.ok) throw new Error(`not registered: ${registered.reason}`);
  const known = await verifyRegistrationResponse({
    response: (await passkey.register(registering)) as never,
    expectedChallenge: registering.challenge,
    expectedOrigin: origins,
    expectedRPID: rpId,
  });
  const ceremony = newCeremony();
  passkey.counter = pick([0, 1, 7, 2 ** 32 - 1]);
  const response = await passkey.authenticate(ceremony, bends());
  const verdict = await verifyAuthentication(response, registered, ceremony);
  const reference = await verifyAuthenticationResponse({
    response: response as never,
    expectedChallenge: ceremony.challenge,
    expectedOrigin: origins,
    expectedRPID: rpId,
    requireUserVerification: true,
    // It judges the counter itself: by one that any counter is greater than, or equal to at zero.
    credential: { ...known.registrationInfo!.credential, counter: passkey.counter === 0 ? 0 : passkey.counter - 1 },
  }).then(
    ({ verified }) => verified,
    () => false,
  );
  return { bend, algorithm: passkey.algorithm, ours: verdict.ok ? undefined : verdict.reason, wanted, reference };
}

describe.each([
  ["registration", REGISTRATION, registerOnce],
  ["authentication", AUTHENTICATION, authenticateOnce],
] as const)("A %s", (_, bends, once) => {
  it(`is judged as by the reference, but for what is explained`, { timeout: 600_000 }, async () => {
    const names = Object.keys(bends);
    const outcomes: Outcome[] = [];
    for (let run = 0; run < RUNS / 2; run++) outcomes.push(await once(names[run % names.length]!));
    const surprises = outcomes.filter(({ ours, wanted }) => ours !== wanted);
    expect(surprises.slice(0, 5)).toEqual([]);
    const unexplained = outcomes.filter(
      ({ bend, ours, reference }) => (ours === undefined) !== reference && EXPLAINED[bend] === undefined,
    );
    expect([
      ...new Set(
        unexplained.map(({ bend, reference }) => `${bend}: the reference ${reference ? "takes" : "refuses"} it`),
      ),
    ]).toEqual([]);
  });
});
