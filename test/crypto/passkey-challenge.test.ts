import { expect, it } from "vitest";
import { CHALLENGE_TTL_SECONDS, issueChallenge, readChallenge } from "../../src/crypto/passkey-challenge.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";

const secrets = createSecrets("a secret for tests alone, long enough for HKDF");
const sessionId = "00000000-0000-4000-8000-000000000000";
const other = "11111111-1111-4111-8111-111111111111";

it("a challenge is read for what it was issued for, until it expires", async () => {
  const now = 1_769_851_800_000;
  const challenge = await issueChallenge(secrets, { kind: "login" }, now);
  const expiresAt = new Date(now + CHALLENGE_TTL_SECONDS * 1000);
  expect(await readChallenge(secrets, challenge, { kind: "login" }, now)).toEqual({
    nonce: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
    expiresAt,
  });
  expect(await readChallenge(secrets, challenge, { kind: "login" }, expiresAt.getTime() - 1)).toBeDefined();
  expect(await readChallenge(secrets, challenge, { kind: "login" }, expiresAt.getTime())).toBeUndefined();
  expect(await issueChallenge(secrets, { kind: "login" }, now)).not.toBe(challenge);
});

it("a challenge for one purpose and session is good for no other", async () => {
  const ceremonies = [
    { kind: "login" },
    { kind: "registration", sessionId },
    { kind: "registration", sessionId: other },
    { kind: "reauthentication", sessionId },
    { kind: "reauthentication", sessionId: other },
  ] as const;
  for (const issued of ceremonies) {
    const challenge = await issueChallenge(secrets, issued);
    for (const asked of ceremonies)
      expect((await readChallenge(secrets, challenge, asked)) !== undefined, `${issued.kind} for ${asked.kind}`).toBe(
        asked === issued,
      );
  }
});

it("a challenge with any character changed, or under another secret, is none", async () => {
  const challenge = await issueChallenge(secrets, { kind: "login" });
  for (let at = 0; at < challenge.length; at++) {
    const changed = challenge.slice(0, at) + (challenge[at] === "A" ? "B" : "A") + challenge.slice(at + 1);
    expect(await readChallenge(secrets, changed, { kind: "login" }), String(at)).toBeUndefined();
  }
  const others = createSecrets("another secret, just as long as the first one");
  expect(await readChallenge(others, challenge, { kind: "login" })).toBeUndefined();
  const rotated = createSecrets(
    "another secret, just as long as the first one",
    "a secret for tests alone, long enough for HKDF",
  );
  expect(await readChallenge(rotated, challenge, { kind: "login" })).toBeDefined();
});
