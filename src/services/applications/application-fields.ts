/** What an application may be given depends on more than the field: on where an address leads, and on the keys there are. */
import { idTokenAlgorithms } from "../../crypto/id-token.ts";
import { invalidField } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Actor } from "../access/actor.ts";
import { requireOutward } from "../access/outward-address.ts";

/** @throws AppError validation_failed */
export async function requireUsable(
  platform: Platform,
  actor: Actor,
  { backchannelLogoutUri: url, idTokenAlgorithm: algorithm = DEFAULT }: Fields,
): Promise<void> {
  if (typeof url === "string") await requireOutward(platform, actor, { url, pointer: "#/backchannelLogoutUri" });
  if (algorithm === DEFAULT || idTokenAlgorithms(await platform.keySet()).includes(algorithm)) return;
  throw invalidField("#/idTokenAlgorithm", {
    fr: "JWT_KEYS n'a pas de clé pour cet algorithme",
    en: "JWT_KEYS has no key for this algorithm",
  });
}

interface Fields {
  backchannelLogoutUri?: string | null | undefined;
  idTokenAlgorithm?: string | undefined;
}

/** An application has it even if nobody signs in to it. */
const DEFAULT = "RS256";
