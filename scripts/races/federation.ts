/** The way back from an identity provider: what the browser kept, what the provider says, and what comes of it. */
import { createOneTimeToken, hashToken } from "../../src/crypto/one-time-token.ts";
import { parseRefreshToken } from "../../src/crypto/refresh-token.ts";
import { describeError, type ErrorCode } from "../../src/errors.ts";
import { createIssuerAmong, federationVariables, newsIn, type Issuer } from "../../test/support/identity-provider.ts";
import type { Mailbox } from "../../test/support/mailbox-control.ts";
import type { Hand, Subject } from "./subject.ts";
import type { Answer, Request, World } from "./world.ts";

const PROVIDER = "idp";

/** A provider for worlds: each visit brings its ID token as the code. */
export async function openProvider(others: Mailbox): Promise<Issuer> {
  const provider = await createIssuerAmong(others, PROVIDER, "ES256");
  await provider.grantCodes();
  return provider;
}

/** The variables of a service that trusts it. */
export const trusting = ({ issuer }: Issuer): Record<string, string> =>
  federationVariables([{ id: PROVIDER, issuer, trustEmail: true }]);

/** What a browser visits; the other routes of the acts are called. */
export const CALLBACK = "GET /api/auth/federated/:provider/callback";

/** @param links begun in the hand's session, in order to link. */
export const comingBack = (
  claimsOf: (subject: Subject, hand: Hand) => { sub: string; email?: string; email_verified?: boolean },
  { links = false } = {},
) => ({
  routes: [CALLBACK],
  request: async ({
    world: { secrets, provider },
    subject,
    hand,
  }: {
    world: World;
    subject: Subject;
    hand: Hand;
  }): Promise<Request> => {
    const [{ token: nonce }, { token: verifier }] = await Promise.all([createOneTimeToken(), createOneTimeToken()]);
    const left = { provider: PROVIDER, returnTo: "http://localhost:3001/", expiresAt: Date.now() + 600_000 };
    const session = links ? { userId: subject.userId, sessionId: hand.sessionId } : undefined;
    const kept = await secrets.seal(JSON.stringify({ ...left, nonce, verifier, session }), "federation");
    const answer = {
      code: await provider.idToken(nonce, { claims: claimsOf(subject, hand) }),
      state: await hashToken(kept),
      iss: provider.issuer,
    };
    return {
      method: "GET",
      path: `/api/auth/federated/${PROVIDER}/callback?${new URLSearchParams(answer).toString()}`,
      cookie: `__Host-federation=${kept}`,
    };
  },
  read: readNews,
  identity: (subject: Subject, hand: Hand) => claimsOf(subject, hand).sub,
});

/** As other logins answer. A browser is sent on, whatever came of it. */
async function readNews(answer: Answer, { secrets }: World): Promise<Answer> {
  if (answer.status !== 303) return answer;
  const { error, two_factor: challenge } = newsIn(answer);
  if (error !== undefined)
    return { ...answer, status: describeError(error as ErrorCode).status, body: { code: error } };
  if (challenge !== undefined)
    return { ...answer, status: 200, body: JSON.parse(atob(challenge.replaceAll("-", "+").replaceAll("_", "/"))) };
  const [, cookie = ""] = /__Host-refresh_token=([^;]+)/.exec(answer.headers.getSetCookie().join("\n")) ?? [];
  return { ...answer, status: 200, body: { sessionId: (await parseRefreshToken(secrets, cookie))?.sessionId } };
}
