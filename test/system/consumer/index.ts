/** Verifies tokens in every way that the client package knows, and counts its calls to the service. */
import {
  createLocalVerifier,
  createVerifier,
  refusalResponse,
  requireToken,
  withToken,
  type TokenVerifierBinding,
  type VerifyOptions,
} from "@auth-api-edge/verifier";
import { Hono } from "hono";

interface Env {
  AUTH: TokenVerifierBinding;
  AUTH_FIXED: TokenVerifierBinding;
}

interface Question {
  way: "rpc" | "local" | "rpc-fixed" | "local-fixed" | "introspect";
  token: string;
  options?: VerifyOptions;
}

let skewMs = 0;
let calls: string[] = [];
let lastBinding: object | undefined;

/** The binding with its calls counted; the same object each time, as a binding is. */
const counted = new Map<object, TokenVerifierBinding>();
function count(binding: TokenVerifierBinding): TokenVerifierBinding {
  let counting = counted.get(binding);
  if (!counting) {
    const record = <Method extends keyof TokenVerifierBinding>(name: Method) =>
      ((...input: unknown[]) => {
        calls.push(name);
        return (binding[name] as (...input: unknown[]) => unknown)(...input);
      }) as TokenVerifierBinding[Method];
    counting = {
      verify: record("verify"),
      introspect: record("introspect"),
      jwks: record("jwks"),
      revocation: record("revocation"),
    };
    counted.set(binding, counting);
  }
  return counting;
}

const local = (binding: TokenVerifierBinding) =>
  createLocalVerifier(count(binding), { now: () => Date.now() + skewMs });

const guarded = withToken((_request, _env: Env, _ctx: unknown, claims) => Response.json({ sub: claims.sub }), {
  permission: "artists:write",
});

export default new Hono<{ Bindings: Env }>()
  .get("/bare", (c) => c.json({ sub: "" }))
  .post("/bare", async (c) => c.json({ sub: typeof (await c.req.json<{ token: string }>()).token }))
  .get("/rpc", requireToken(), (c) => c.json({ sub: c.var.claims.sub }))
  .get("/local", requireToken({ verifier: createLocalVerifier }), (c) => c.json({ sub: c.var.claims.sub }))
  .get("/strict", requireToken({ strict: true }), (c) => c.json({ sub: c.var.claims.sub }))
  .get("/editors", requireToken({ permission: "artists:write", verifier: createLocalVerifier }), (c) =>
    c.json({ sub: c.var.claims.sub }),
  )
  .get("/fetch", (c) => guarded(c.req.raw, c.env, c.executionCtx))
  .get("/quotes", () =>
    refusalResponse({ ok: false, code: "permission_missing", status: 403 }, { permission: 'a", b="' }),
  )
  .get("/same-binding", (c) => {
    const isSame = lastBinding === c.env.AUTH;
    lastBinding = c.env.AUTH;
    return c.json(isSame);
  })
  .get("/calls", (c) => {
    const made = calls;
    calls = [];
    return c.json(made);
  })
  .post("/clock", async (c) => {
    ({ skewMs } = await c.req.json<{ skewMs: number }>());
    return c.body(null, 204);
  })
  .post("/verdict", async (c) => {
    const { way, token, options } = await c.req.json<Question>();
    const binding = way.endsWith("fixed") ? c.env.AUTH_FIXED : c.env.AUTH;
    if (way === "introspect") return c.json(await count(binding).introspect(token, options));
    const verifier = way.startsWith("local") ? local(binding) : createVerifier(count(binding));
    return c.json(await verifier.verify(token, options));
  });
