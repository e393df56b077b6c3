/** The sockets of one user's devices. */
import { DurableObject } from "cloudflare:workers";

export class NotificationHub extends DurableObject<Env> {}
