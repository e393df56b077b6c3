/** Bare Hono routes, routes guarded through the service, and direct calls of what a measurement wants by itself. */
import { Hono } from "hono";
import { hashPassword } from "../../../src/crypto/password-hash.ts";
import { createLocalVerifier, requireToken, type TokenVerifierBinding } from "../../../src/verifier/client/index.ts";

interface Bindings {
  AUTH: TokenVerifierBinding;
  NOTIFICATION_HUB: { idFromName(name: string): object; get(id: object): { publish(): Promise<void> } };
}

export default new Hono<{ Bindings: Bindings }>()
  .get("/bare", (c) => c.json({ sub: "" }))
  .post("/bare", async (c) => c.json({ active: (await c.req.json<{ token: string }>()).token !== "" }))
  .get("/rpc", requireToken(), (c) => c.json({ sub: c.var.claims.sub }))
  .get("/local", requireToken({ verifier: createLocalVerifier }), (c) => c.json({ sub: c.var.claims.sub }))
  .post("/hash/:times", async (c) => {
    for (let i = 0; i < Number(c.req.param("times")); i++) await hashPassword(`Correct cheval pile agrafe ${i}`);
    return c.body(null, 204);
  })
  .post("/publish/:userId", async (c) => {
    const hubs = c.env.NOTIFICATION_HUB;
    await hubs.get(hubs.idFromName(`user:${c.req.param("userId")}`)).publish();
    return c.body(null, 204);
  });
