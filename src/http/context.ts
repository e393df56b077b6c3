/** What a request carries from the first middleware to its handler. */
import type { Platform } from "../platform/index.ts";
import type { Actor } from "../services/access/actor.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    platform: Platform;
    /** Set by `requireSession`: the token is ours and in time; that the session still lives is for the database to say. */
    actor: Actor;
    /** Set by `requireSession` too: when that token runs out. */
    tokenExpiresAt: Date;
  };
}
