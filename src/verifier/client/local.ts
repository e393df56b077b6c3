/**
 * Verification in this Worker: the binding supplies the key set once per isolate, the service's own code checks
 * signatures here, and the service only answers whether a token was revoked.
 */
import { looksLikeApiKey, parseApiKey } from "../../crypto/api-key.ts";
import { verifyAccessToken } from "../../crypto/access-token-verification.ts";
import { importPublicKeys, type VerificationKeys } from "../../crypto/public-keys.ts";
import {
  hasPermission,
  refuse,
  type RevocationState,
  type TokenVerifierBinding,
  type Verdict,
  type VerifierKeySet,
  type VerifyOptions,
} from "../contract.ts";
import { createMemory, type Memory } from "../../platform/memory.ts";
import { attempt } from "./attempt.ts";
import type { Demands } from "./scope.ts";
import { toVerifier, type Verifier } from "./verifier.ts";

export interface LocalVerifierOptions extends Demands {
  /** How long a live token is not checked for revocation again. Default 5,000; adds to the revocation delay. */
  memoryMs?: number;
  /** Milliseconds since 1970; for tests. */
  now?: () => number;
}

interface Keys extends VerificationKeys, Omit<VerifierKeySet, "keys"> {
  fetchedAt: number;
}

interface Isolate {
  keys: Keys | undefined;
  /** When the service last answered, or failed to answer, about its keys. */
  askedAt: number;
  states: Memory<RevocationState>;
}

/** A key that the service no longer publishes is trusted no longer than this; same as `max-age` of its JWKS. */
const KEYS_MAX_AGE_MS = 600_000;
/** A rotated key appears as an unknown `kid`. So does a forged one, which must not make us ask more often than this. */
const KEYS_PAUSE_MS = 10_000;
const MEMORY_ENTRIES = 10_000;
/** After the service could not answer: ask again soon, but not with every request. */
const UNKNOWN_MS = 1_000;
const MAXIMUM_TTL_MS = 3_600_000;

/** Values only, never promises: a promise of another request may never settle. */
const isolates = new WeakMap<TokenVerifierBinding, Isolate>();

/** Cheap to call for each request: its memory belongs to the isolate and the binding. */
export function createLocalVerifier(binding: TokenVerifierBinding, options: LocalVerifierOptions = {}): Verifier {
  const { memoryMs = 5_000, now = () => Date.now(), ...defaults } = options;
  const isSound = Number.isFinite(memoryMs) && memoryMs >= 0 && typeof now === "function";

  function getIsolate(): Isolate {
    let isolate = isolates.get(binding);
    if (!isolate) {
      isolate = { keys: undefined, askedAt: -Infinity, states: createMemory({ maxEntries: MEMORY_ENTRIES, now }) };
      isolates.set(binding, isolate);
    }
    return isolate;
  }

  /** The keys to check `token` with; undefined when the service never supplied any. */
  async function findKeys(isolate: Isolate, token: string): Promise<Keys | undefined> {
    const { keys } = isolate;
    if (keys) {
      const isCurrent = now() - keys.fetchedAt < KEYS_MAX_AGE_MS && keys.verification.has(kidOf(token));
      if (isCurrent || now() - isolate.askedAt < KEYS_PAUSE_MS) return keys;
    }
    const answer = await attempt(binding, () => binding.jwks());
    // An unavailable service locks nobody out: its last answer holds until the next one.
    isolate.keys = answer && "keys" in answer ? await importKeys(answer) : keys;
    // Set last: meanwhile no request may be checked with keys that are about to be replaced.
    isolate.askedAt = now();
    return isolate.keys;
  }

  async function importKeys({ keys, ...issued }: VerifierKeySet): Promise<Keys> {
    return { ...issued, ...(await importPublicKeys(keys)), fetchedAt: now() };
  }

  async function stateOf(isolate: Isolate, token: Parameters<TokenVerifierBinding["revocation"]>[0]) {
    const remembered = isolate.states.get(token.jti);
    if (remembered) return remembered;
    const { sub, sid, jti, iat, auth_time, role } = token;
    const asked = { sub, sid, jti, iat, auth_time, role };
    const state = (await attempt(binding, () => binding.revocation(asked))) ?? "unknown";
    // A revoked token stays revoked.
    const keepMs = state === "live" ? memoryMs : state === "unknown" ? UNKNOWN_MS : MAXIMUM_TTL_MS;
    isolate.states.set(jti, state, keepMs);
    return state;
  }

  /** The service alone knows it, and remembers it for a minute. */
  async function verifyKey(key: string, options: VerifyOptions): Promise<Verdict> {
    if (!(await parseApiKey(key))) return refuse("token_malformed");
    return (await attempt(binding, () => binding.verify(key, options))) ?? refuse("service_unavailable");
  }

  async function verify(token: string, options: VerifyOptions): Promise<Verdict> {
    if (!isSound) return refuse("invalid_options");
    if (options.strict) {
      return (await attempt(binding, () => binding.verify(token, options))) ?? refuse("service_unavailable");
    }
    if (typeof token !== "string") return refuse("token_malformed");
    if (looksLikeApiKey(token)) return verifyKey(token, options);
    const isolate = getIsolate();
    const keys = await findKeys(isolate, token);
    if (!keys) return refuse("service_unavailable");
    const { audience, permission, ifUnknown = "accept" } = options;
    const signed = await verifyAccessToken(keys, token, {
      issuer: keys.issuer,
      applications: true,
      audience: keys.isAudienceFixed ? keys.audience : (audience ?? keys.audience),
      now: new Date(now()),
    });
    if (!signed.ok) return refuse(signed.reason);
    const { claims } = signed;
    if (audience !== undefined && ![claims.aud].flat().includes(audience)) return refuse("audience_mismatch");
    const state = await stateOf(isolate, claims);
    if (state === "unknown" && ifUnknown !== "accept") return refuse("service_unavailable");
    if (state !== "live" && state !== "unknown") return refuse(state);
    if (permission !== undefined && !hasPermission(claims.permissions, permission)) return refuse("permission_missing");
    return { ok: true, claims };
  }

  return toVerifier(defaults, async (token, options) => {
    try {
      return await verify(token, options);
    } catch {
      return refuse("service_unavailable");
    }
  });
}

/** Only decides whether to fetch keys; the signature check verifies its contents. */
function kidOf(token: string): string {
  try {
    const header = token.slice(0, token.indexOf(".")).replaceAll("-", "+").replaceAll("_", "/");
    return String((JSON.parse(atob(header)) as { kid?: unknown } | null)?.kid);
  } catch {
    return "";
  }
}
