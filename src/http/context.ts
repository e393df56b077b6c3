/** What a request carries from the first middleware to its handler. */
import type { Platform } from "../platform/index.ts";
import type { Actor } from "../services/access/actor.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    platform: Platform;
    /**
     * Set by `requireSession`: the token is genuine and not expired. The database checks that the session is still
     * alive.
     */
    actor: Actor;
    /** Set by `requireSession`: when that token expires. */
    tokenExpiresAt: Date;
    /** Set by a page: where the answer to its form may lead, beside this origin. */
    formTarget?: string;
  };
}
