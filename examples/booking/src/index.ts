/**
 * Artists and their bookings: everyone can read, users with `artists:write` can edit, signed-in users can book for
 * themselves.
 */
import { createLocalVerifier, requireToken, type TokenVerifierBinding } from "@auth-api-edge/verifier";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import * as z from "zod";
import type { Agenda, Artist, Booking } from "./agenda.ts";

export { Agenda } from "./agenda.ts";

interface Env {
  AUTH: TokenVerifierBinding;
  AGENDA: DurableObjectNamespace<Agenda>;
}

/** Asks auth-api, without a database trip. */
const editor = requireToken({ permission: "artists:write" });
/** Checks auth-api's database: for acts that can't be undone, an editor demoted a second ago must be refused. */
const editorNow = requireToken({ permission: "artists:write", strict: true });
/** Checks the signature here and only asks auth-api whether the token was revoked: the cheapest for a busy route. */
const signedIn = requireToken({ verifier: createLocalVerifier });

const ArtistInput = z.object({
  name: z.string().trim().min(1).max(100),
  discipline: z.string().trim().min(1).max(100),
});
const BookingInput = z.object({ artistId: z.int().positive(), day: z.iso.date() });

const agendaOf = (env: Env) => env.AGENDA.getByName("main");

export default new Hono<{ Bindings: Env }>()
  .get("/health", (c) => c.json({ status: "ok" }))
  .get("/artists", async (c) => c.json({ data: await agendaOf(c.env).listArtists() }))
  .post("/artists", editor, async (c) => {
    const artist: Artist = await agendaOf(c.env).addArtist(await read(c.req.raw, ArtistInput));
    return c.json(artist, 201);
  })
  .delete("/artists/:id", editorNow, async (c) => {
    const removed: boolean = await agendaOf(c.env).removeArtist(Number(c.req.param("id")));
    return removed ? c.body(null, 204) : c.json({ code: "not_found" }, 404);
  })
  .get("/bookings", signedIn, async (c) => {
    return c.json({ data: await agendaOf(c.env).listBookings(c.var.claims.sub) });
  })
  .post("/bookings", signedIn, async (c) => {
    const input = await read(c.req.raw, BookingInput);
    const booking: Booking | string = await agendaOf(c.env).book({ ...input, userId: c.var.claims.sub });
    if (typeof booking !== "string") return c.json(booking, 201);
    return c.json({ code: booking }, booking === "day_taken" ? 409 : 404);
  })
  .delete("/bookings/:id", signedIn, async (c) => {
    const id = Number(c.req.param("id"));
    const cancelled: boolean = await agendaOf(c.env).cancel({ id, userId: c.var.claims.sub });
    return cancelled ? c.body(null, 204) : c.json({ code: "not_found" }, 404);
  });

async function read<Schema extends z.ZodType>(request: Request, schema: Schema): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(await request.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw new HTTPException(422, { res: Response.json({ code: "validation_failed" }, { status: 422 }) });
}
