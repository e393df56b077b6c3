/**
 * The RPC entry point for other Workers. It answers and never throws; it uses no database unless `strict`, since Smart
 * Placement does not apply to RPC.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import * as z from "zod/mini";
import { publicJwks } from "../crypto/access-token.ts";
import { createPlatform, SYSTEM_CLIENT, type Platform } from "../platform/index.ts";
import { logFailure } from "../platform/log.ts";
import { readRevocation } from "../services/sessions/marks.ts";
import { verifyToken } from "../services/sessions/token-verification.ts";
import {
  areVerifyOptions,
  isAudience,
  refuse,
  type Introspection,
  type Refusal,
  type RevocationState,
  type TokenVerifierBinding,
  type Verdict,
  type VerifierKeySet,
} from "./contract.ts";

/** `props` of the binding, in the other Worker's wrangler.toml: its code can't change them. */
export interface TokenVerifierProps {
  /** Only tokens for this audience are valid, whatever a call asks for. */
  audience?: string;
}

const text = (minLength: number, maxLength: number) => z.string().check(z.minLength(minLength), z.maxLength(maxLength));
const Revocable = z.object({
  sub: text(1, 64),
  sid: text(1, 64),
  jti: text(0, 64),
  iat: z.int().check(z.nonnegative()),
  auth_time: z.int().check(z.nonnegative()),
  role: z.int(),
});

/** Null or an empty text would let a call choose the audience. */
const mayBind = (audience: unknown) => audience === undefined || isAudience(audience);

/** RPC exposes TypeScript's `private` methods: those not for callers have a #name. */
export class TokenVerifier
  extends WorkerEntrypoint<Env, TokenVerifierProps | undefined>
  implements TokenVerifierBinding
{
  readonly #requestId = crypto.randomUUID();

  async verify(token: unknown, options: unknown = {}): Promise<Verdict> {
    try {
      if (typeof token !== "string") return refuse("token_malformed");
      const asked = options ?? {};
      const boundAudience = this.ctx.props?.audience;
      if (!areVerifyOptions(asked) || !mayBind(boundAudience)) return refuse("invalid_options");
      return await verifyToken(this.#platform(), { ...asked, token, boundAudience });
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** RFC 7662, for callers with a standard introspection client. */
  async introspect(token: unknown, options: unknown = {}): Promise<Introspection> {
    const verdict = await this.verify(token, options);
    if (!verdict.ok) return { active: false };
    const scope = verdict.claims.permissions.join(" ");
    return { active: true, token_type: "Bearer", scope, ...verdict.claims };
  }

  /** The public keys, and what else a verification needs: issuer and audience. */
  async jwks(): Promise<VerifierKeySet | Refusal> {
    try {
      const bound = this.ctx.props?.audience;
      if (!mayBind(bound)) return refuse("invalid_options");
      const { config, keySet } = this.#platform();
      const audience = bound ?? config.AUDIENCE;
      return { ...publicJwks(await keySet()), issuer: config.ISSUER, audience, isAudienceFixed: bound !== undefined };
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** For callers that check signatures themselves: only whether the token was revoked. */
  async revocation(token: unknown): Promise<RevocationState> {
    try {
      const parsed = Revocable.safeParse(token);
      return parsed.success ? await readRevocation(this.#platform(), parsed.data) : "unknown";
    } catch (error) {
      this.#fail(error);
      return "unknown";
    }
  }

  /** The caller learns no more; the log has the cause. */
  #fail(error: unknown): Refusal {
    logFailure(this.#requestId, "service_unavailable", error);
    return refuse("service_unavailable");
  }

  #platform(): Platform {
    return createPlatform(this.env, this.ctx, { ...SYSTEM_CLIENT, requestId: this.#requestId });
  }
}
