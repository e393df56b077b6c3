import { describe, expect, it } from "vitest";
import { generateDeviceId, hashDeviceId, issueDeviceToken, parseDeviceToken } from "../../src/crypto/device-token.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";

const secrets = createSecrets("a secret of at least thirty-two bytes");

describe("device tokens", () => {
  it("name the account and the device, and are refused with any character changed", async () => {
    const device = { userId: 0xffff_fffe, deviceId: generateDeviceId() };
    const token = await issueDeviceToken(secrets, device);
    expect(token).toMatch(/^adt_[A-Za-z0-9_-]{71}$/);
    expect(await parseDeviceToken(secrets, token)).toEqual(device);
    for (let i = 0; i < token.length; i++) {
      const changed = token.slice(0, i) + (token[i] === "A" ? "B" : "A") + token.slice(i + 1);
      expect(await parseDeviceToken(secrets, changed), `character ${i}`).toBeUndefined();
    }
    expect(await parseDeviceToken(secrets, `${token}A`)).toBeUndefined();
  });

  it("survive one rotation of the secret, and only their hash is stored", async () => {
    const device = { userId: 7, deviceId: generateDeviceId() };
    const token = await issueDeviceToken(secrets, device);
    const rotated = createSecrets("another secret of thirty-two bytes !", "a secret of at least thirty-two bytes");
    expect(await parseDeviceToken(rotated, token)).toEqual(device);
    expect(await parseDeviceToken(createSecrets("a third secret of thirty-two bytes !!"), token)).toBeUndefined();
    expect(await hashDeviceId(device.deviceId)).not.toContain(device.deviceId);
  });
});
