/** Bare Hono routes, routes guarded through the service, direct calls and sockets, for measurements that need them. */
import { Hono } from "hono";
import { hashPassword } from "../../../src/crypto/password-hash.ts";
import { createLocalVerifier, requireToken, type TokenVerifierBinding } from "../../../src/verifier/client/index.ts";

interface Bindings {
  AUTH: TokenVerifierBinding;
  SERVICE: Fetcher;
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
  })
  /**
   * Opens sockets for the caller and holds them until it disconnects. Writes a byte once all are open, and one each
   * time all were notified.
   */
  .post("/hold/:count", (c) => {
    const count = Number(c.req.param("count"));
    const headers = {
      Upgrade: "websocket",
      "Sec-WebSocket-Protocol": "notifications.v1",
      Authorization: c.req.header("Authorization") ?? "",
    };
    const { readable, writable } = new TransformStream<Uint8Array>();
    const writer = writable.getWriter();
    const tell = () => writer.write(new Uint8Array(1));
    const hold = async () => {
      let missing = count;
      for (let at = 0; at < count; at++) {
        const { webSocket, status } = await c.env.SERVICE.fetch("http://auth-api.example/ws", { headers });
        if (!webSocket) throw new Error(`held socket ${at + 1} was refused: ${status}`);
        webSocket.addEventListener("message", ({ data }) => {
          if ((JSON.parse(data as string) as { type: string }).type !== "notification" || --missing > 0) return;
          missing = count;
          void tell();
        });
        webSocket.accept();
      }
      await tell();
    };
    c.executionCtx.waitUntil(hold().catch((error: unknown) => writer.abort(error)));
    return c.body(readable);
  });
