/** Better Auth as its documentation sets it up on Workers; what differs from its defaults says why. */
import { oauthProvider } from "@better-auth/oauth-provider";
import { passkey } from "@better-auth/passkey";
import { jwt } from "better-auth/plugins";

/** @param rest the database, and what only the Worker has. */
export function optionsOf({ origin, secret, ...rest }) {
  return {
    appName: "Peer",
    baseURL: origin,
    secret,
    emailAndPassword: { enabled: true, ...rest.emailAndPassword },
    // A client that sends the cookie with the session's data is answered from it; the others ask the database.
    session: { cookieCache: { enabled: true, maxAge: 300 } },
    // Where they are counted is a choice; by default it would be the isolate's memory.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: "error" },
    plugins: [
      // As its authorization server wants it: no JWT with every session check.
      jwt({ disableSettingJwtHeader: true }),
      passkey({ rpID: new URL(origin).hostname, rpName: "Peer", origin }),
      oauthProvider({
        loginPage: "/sign-in",
        consentPage: "/consent",
        silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
      }),
    ],
    ...rest.others,
    database: rest.database,
  };
}
