/**
 * A login at an identity provider, between leaving and coming back: what the browser keeps, sealed, in a cookie. The
 * provider sends its hash back as `state`, so that an answer is good only in the browser that left, for what it left for.
 */
import { createOneTimeToken, hashToken } from "../../crypto/one-time-token.ts";
import { AppError } from "../../errors.ts";
import type { Platform } from "../../platform/index.ts";
import type { Flow } from "../../platform/identity-providers.ts";
import type { Identity, Provider } from "../../platform/providers.ts";

export const FLOW_MINUTES = 10;

/** What the browser left for. */
export interface Departure {
  /** Where it goes in the end; of an allowed origin. */
  returnTo: string;
  /** The Strict cookie of the device, which browsers leave out on the way back. */
  deviceToken?: string | undefined;
  /** For linking: the session that asked. */
  session?: { userId: number; sessionId: string };
}

interface Kept extends Departure {
  provider: string;
  nonce: string;
  verifier: string;
  expiresAt: number;
}

/** @throws AppError not_found */
export function getProvider({ config }: Platform, id: string): Provider {
  const provider = config.FEDERATION.find((each) => each.id === id);
  if (!provider) throw new AppError("not_found");
  return provider;
}

const redirectUriOf = ({ config }: Platform, { id }: Provider) => `${config.ISSUER}/api/auth/federated/${id}/callback`;

/** No trip. @throws AppError not_found, provider_unavailable */
export async function leaveFor(
  platform: Platform,
  providerId: string,
  departure: Departure,
): Promise<{ address: string; kept: string }> {
  const provider = getProvider(platform, providerId);
  const [{ token: nonce }, { token: verifier }] = await Promise.all([createOneTimeToken(), createOneTimeToken()]);
  const expiresAt = Date.now() + FLOW_MINUTES * 60_000;
  const flow: Kept = { ...departure, provider: provider.id, nonce, verifier, expiresAt };
  const kept = await platform.secrets.seal(JSON.stringify(flow), "federation");
  const { identityProviders } = platform;
  const address = await identityProviders.addressOf({
    provider,
    nonce,
    verifier,
    state: await hashToken(kept),
    redirectUri: redirectUriOf(platform, provider),
  });
  return { address, kept };
}

/** What the browser left for; undefined if it never did, for another provider, with another `state` or too long ago. */
export async function readDeparture(
  { secrets }: Platform,
  { provider, kept, state }: { provider: string; kept: string | undefined; state: string | null },
): Promise<Kept | undefined> {
  if (kept === undefined || state === null || (await hashToken(kept)) !== state) return undefined;
  const text = await secrets.open(kept, "federation").catch(() => undefined);
  const flow = text === undefined ? undefined : (JSON.parse(text) as Kept);
  return flow && flow.provider === provider && flow.expiresAt > Date.now() ? flow : undefined;
}

/** One request to the provider, once its keys are known. @throws AppError invalid_federation, federation_denied, provider_unavailable */
export async function whoCameBack(
  platform: Platform,
  { provider: id, nonce, verifier, kept }: Kept & { kept: string },
  answer: URLSearchParams,
): Promise<{ provider: Provider; identity: Identity }> {
  const provider = getProvider(platform, id);
  // Its own code for a person who changed their mind; what else it says is not for people.
  if (answer.get("error") === "access_denied") throw new AppError("federation_denied");
  const flow: Flow = {
    provider,
    nonce,
    verifier,
    state: await hashToken(kept),
    redirectUri: redirectUriOf(platform, provider),
  };
  return { provider, identity: await platform.identityProviders.identify(flow, answer) };
}
