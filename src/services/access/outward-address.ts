/** Addresses that an administrator gives the service to send something to. */
import { AppError, invalidField } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import { readAs, type Actor } from "./actor.ts";

/** A name is looked up for those alone who may have it. @throws AppError validation_failed for an address that no request may leave to. */
export async function requireOutward(
  platform: Platform,
  actor: Actor,
  { url, pointer }: { url: string; pointer: string },
): Promise<void> {
  await readAs(platform, actor, {});
  await platform.admitOutward(url).catch((error: unknown) => {
    if ((error as Error).name !== "OutwardRefused") throw new AppError("service_unavailable", { cause: error });
    throw invalidField(pointer, {
      fr: "Adresse refusée : il faut une adresse https publique",
      en: "Address refused: it must be a public https address",
    });
  });
}
