/** Chromium's own authenticators: a ceremony in the page ends by itself, as if somebody had touched the sensor. */
import type { CDPSession } from "playwright-core";

/**
 * `WebAuthn.enable` comes before it. One that is part of the device, verifies its user and keeps synced passkeys, or
 * what `differences` make of it.
 */
export async function addAuthenticator(
  cdp: CDPSession,
  differences: Partial<{
    transport: "internal" | "usb";
    hasResidentKey: boolean;
    hasUserVerification: boolean;
    isUserVerified: boolean;
    hasLargeBlob: boolean;
    defaultBackupEligibility: boolean;
    defaultBackupState: boolean;
  }> = {},
) {
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      defaultBackupEligibility: true,
      defaultBackupState: true,
      ...differences,
    },
  });
  return {
    authenticatorId,
    /** Whether it answers by itself. */
    touch: (enabled: boolean) => cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
  };
}
