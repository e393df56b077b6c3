/** Login with an account of an identity provider. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { SignedIn } from "../../src/contract/answers.ts";
import { contract } from "../../src/contract/contract.ts";
import { LoginAnswer } from "../../src/contract/login-answers.ts";
import { ISSUER } from "../support/bindings.ts";
import {
  CLIENT_ID,
  comeBack,
  cookieIn,
  configure,
  createIssuer,
  leave,
  leaveToLink,
  newsIn,
  signInWith,
  type Issuer,
  others,
} from "../support/issuer.ts";
import { askForCode } from "../support/login-code.ts";
import { logIn } from "../support/login.ts";
import { proveMailbox } from "../support/mailed-links.ts";
import { assertion, enrolPasskey, loginChallenge } from "../support/passkeys/person.ts";
import { enrolTotp, forgetLastStep, totpCode } from "../support/second-factor.ts";
import { ageSessions } from "../support/staff.ts";
import {
  claimsOf,
  database,
  del,
  get,
  mailbox,
  PASSWORD,
  post,
  registerMember,
  type Answer,
  type Member,
} from "../support/service.ts";

let idp: Issuer;
let other: Issuer;
let people = 0;
/** Somebody whom the provider knows. */
const person = (more: object = {}) => ({
  sub: `subject-${++people}`,
  email: `personne-${people}@example.test`,
  email_verified: true,
  given_name: "Grace",
  family_name: "Hopper",
  ...more,
});

beforeAll(async () => {
  idp = await createIssuer("idp");
  other = await createIssuer("other", "ES256");
  configure([
    { id: "idp", issuer: idp.issuer, trustEmail: true },
    { id: "other", issuer: other.issuer, trustEmail: ["trusted.test"] },
  ]);
});

async function sessionOf(answer: Answer): Promise<{ token: string; user: Record<string, unknown> }> {
  const cookie = /__Host-refresh_token=[^;]+/.exec(answer.headers.getSetCookie().join("\n"))?.[0];
  if (!cookie) throw new Error(`nobody is signed in: ${answer.headers.get("Location") ?? answer.text}`);
  const { body } = await post("/api/auth/refresh", {}, { headers: { Cookie: cookie, Origin: ISSUER } });
  return { token: body.token, user: (await get("/api/users/me", { token: body.token })).body.user };
}
const isSignedIn = (answer: Answer) => /__Host-refresh_token/.test(answer.headers.getSetCookie().join());
async function provenMember(): Promise<Member> {
  const member = await registerMember();
  await proveMailbox(member);
  return member;
}
const identitiesOf = ({ userId }: Pick<Member, "userId">) =>
  database.query("select issuer, subject from identities where user_id = $1", [userId]);

describe("Leaving for a provider", () => {
  it("takes no trip, and sends PKCE, state and nonce that are good for one visit", async () => {
    let visit = await leave("idp");
    expect(await database.tripsOf(async () => (visit = await leave("idp")))).toBe(0);
    expect(visit.address.href).toContain(`${idp.issuer}-authorize?`);
    expect(Object.fromEntries(visit.address.searchParams)).toEqual({
      client_id: CLIENT_ID,
      redirect_uri: `${ISSUER}/api/auth/federated/idp/callback`,
      response_type: "code",
      scope: "openid email profile",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    expect((await leave("idp")).state).not.toBe(visit.state);
    const { headers } = await get("/api/auth/federated/idp");
    expect(headers.getSetCookie()[0]).toMatch(
      /^__Host-federation=v1[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it("asks for the metadata and the keys once, and a login then takes one trip and one request", async () => {
    const claims = person();
    await signInWith(idp, { claims });
    const before = [await idp.asked(""), await idp.asked("-keys"), await idp.asked("-token")];
    const visit = await leave("idp");
    await idp.grant(visit.nonce, { claims });
    expect(await database.tripsOf(() => comeBack("idp", visit, { iss: idp.issuer }))).toBe(1);
    expect([await idp.asked(""), await idp.asked("-keys"), await idp.asked("-token")]).toEqual([
      before[0],
      before[1],
      before[2]! + 1,
    ]);
    const { body } = (await idp.tokenRequests()).at(-1)!;
    const sent = Object.fromEntries(new URLSearchParams(body));
    expect(sent).toMatchObject({ grant_type: "authorization_code", code: "c", client_secret: "secret of idp" });
    expect(sent["code_verifier"]).toMatch(/^[\w-]{43}$/);
  });

  it("names the providers to front ends, and knows no others", async () => {
    const { body } = await get("/api/auth/federated");
    expect(body).toEqual({
      providers: [
        { id: "idp", name: "idp" },
        { id: "other", name: "other" },
      ],
    });
    for (const path of ["/nobody", "/nobody/callback"])
      expect((await get(`/api/auth/federated${path}`)).body.code).toBe("not_found");
  });
});

describe("A first login", () => {
  it("makes a proven account without a password, which the next one finds", async () => {
    const claims = person();
    const first = await signInWith(idp, { claims }, { returnTo: "/account?from=idp" });
    expect(first.headers.get("Location")).toBe(`${ISSUER}/account?from=idp#signed_in=idp`);
    const { token, user } = await sessionOf(first);
    expect(user).toMatchObject({ email: claims.email, prenom: "Grace", nom: "Hopper", isVerified: true });
    expect(claimsOf(token)).toMatchObject({ amr: ["fed"] });
    const again = await signInWith(idp, { claims: { ...claims, email: "change@example.test" } });
    expect((await sessionOf(again)).user).toMatchObject({ id: user["id"], email: claims.email });
    const { data } = (await get("/api/security/login-history", { token })).body;
    expect(data.map(({ method, outcome }: { method: string; outcome: string }) => [method, outcome])).toEqual([
      ["federated", "success"],
      ["federated", "success"],
    ]);
  });

  it("with an address that the provider does not vouch for makes an unproven one, where registration is open", async () => {
    const claims = person({ email_verified: false });
    const { user } = await sessionOf(await signInWith(idp, { claims }));
    expect(user).toMatchObject({ isVerified: false });
    await mailbox.next(claims.email, "vérifiez");
    const foreign = person();
    expect((await sessionOf(await signInWith(other, { claims: foreign }))).user).toMatchObject({ isVerified: false });
    const trusted = person({ email: `p-${crypto.randomUUID()}@trusted.test` });
    expect((await sessionOf(await signInWith(other, { claims: trusted }))).user).toMatchObject({ isVerified: true });
  });

  it("makes none without an address, nor with an unproven one where the mailbox must be proven, taken or not", async () => {
    expect(newsIn(await signInWith(idp, { claims: person({ email: undefined }) }))).toEqual({
      error: "address_not_provided",
    });
    const { email } = await provenMember();
    Object.assign(env, { REGISTRATION: "verified" });
    for (const address of [email, `frei-${crypto.randomUUID()}@example.test`])
      expect(newsIn(await signInWith(idp, { claims: person({ email: address, email_verified: false }) }))).toEqual({
        error: "address_not_proven",
      });
    expect(isSignedIn(await signInWith(idp, { claims: person() }))).toBe(true);
    Object.assign(env, { REGISTRATION: "open" });
  });

  it("takes names that we would take from anybody, and others if it must", async () => {
    const cases: [object, string, string][] = [
      [{ given_name: undefined, family_name: undefined, name: "Ada King Lovelace" }, "Ada", "King Lovelace"],
      [{ given_name: "\u202enimda", family_name: "x".repeat(200) }, "personne-", "–"],
      [{ given_name: 7, family_name: { $gt: "" }, name: ["x"] }, "personne-", "–"],
    ];
    for (const [names, prenom, nom] of cases) {
      const { user } = await sessionOf(await signInWith(idp, { claims: person(names) }));
      expect(user).toMatchObject({ prenom: expect.stringContaining(prenom), nom });
    }
  });

  it("five times at once makes one account, whichever address comes first", async () => {
    const { sub, ...claims } = person();
    const emails = Array.from({ length: 5 }, (_, at) => `${at}-${claims.email}`);
    await idp.grantCodes();
    const visits = await Promise.all(emails.map(() => leave("idp")));
    const answers = await Promise.all(
      visits.map(async (visit, at) => {
        const code = await idp.idToken(visit.nonce, { claims: { ...claims, sub, email: emails[at] } });
        return comeBack("idp", visit, { code, iss: idp.issuer });
      }),
    );
    expect(answers.map((answer) => newsIn(answer)["signed_in"])).toEqual(emails.map(() => "idp"));
    expect(await database.query("select id from users where email = any($1)", [emails])).toHaveLength(1);
    expect(await database.query("select id from identities where subject = $1", [sub])).toHaveLength(1);
  });
});

describe("An address that has an account", () => {
  it("is linked if both sides have proven it, and its owner is told", async () => {
    const member = await provenMember();
    const answer = await signInWith(idp, { claims: person({ email: member.email.toUpperCase() }) });
    expect((await sessionOf(answer)).user).toMatchObject({ id: String(member.userId) });
    await mailbox.next(member.email, "Compte externe associé");
    expect(await identitiesOf(member)).toHaveLength(1);
    expect((await logIn(member)).status).toBe(200);
  });

  it.each([
    ["the provider does not say that it is verified", { email_verified: false }, true],
    ["the provider says nothing about it", { email_verified: undefined }, true],
    ["the provider says so as text", { email_verified: "true" }, true],
    ["our account has not proven it", {}, false],
  ])("is never taken over where %s", async (_, claims, isProven) => {
    const member = isProven ? await provenMember() : await registerMember();
    expect(newsIn(await signInWith(idp, { claims: person({ email: member.email, ...claims }) }))).toEqual({
      error: "sign_in_to_link",
    });
    expect(await identitiesOf(member)).toEqual([]);
  });

  it("is never taken over by a provider that is not trusted for its domain", async () => {
    const member = await provenMember();
    expect(newsIn(await signInWith(other, { claims: person({ email: member.email }) }))).toEqual({
      error: "sign_in_to_link",
    });
    expect(await identitiesOf(member)).toEqual([]);
  });
});

describe("Linking an account of a provider", () => {
  const listOf = async ({ token }: { token: string }) =>
    (await get("/api/security/identities", { token })).body.identities as { id: number }[];
  const auditOf = async ({ userId }: Pick<Member, "userId">) =>
    (
      await database.query<{ action: string }>(
        "select action from audit_logs where target_id = $1::text and action like 'identity.%' order by id",
        [userId],
      )
    ).map(({ action }) => action);
  /** The whole way. */
  async function link(by: { token: string }, issuer: Issuer, claims: object): Promise<Answer> {
    const visit = await leaveToLink(issuer.name, by);
    await issuer.grant(visit.nonce, { claims: { ...claims } });
    return comeBack(issuer.name, visit, { iss: issuer.issuer });
  }
  const secondSession = async (member: Member) => (await logIn(member)).body as { token: string; refreshToken: string };

  it("takes a trip to leave and one to come back, then it signs in to that account in one", async () => {
    const member = await registerMember();
    const claims = person({ email_verified: false });
    let visit!: Awaited<ReturnType<typeof leaveToLink>>;
    expect(
      await database.tripsOf(async () => (visit = await leaveToLink("idp", member, `${ISSUER}/account?at=links`))),
    ).toBe(1);
    await idp.grant(visit.nonce, { claims });
    let answer!: Answer;
    expect(await database.tripsOf(async () => (answer = await comeBack("idp", visit, { iss: idp.issuer })))).toBe(1);
    expect(answer.headers.get("Location")).toBe(`${ISSUER}/account?at=links#linked=idp`);
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-federation=; Max-Age=0;/)]);
    await mailbox.next(member.email, "Compte externe associé");
    expect(await listOf(member)).toEqual([
      {
        id: expect.any(Number),
        provider: "idp",
        issuer: idp.issuer,
        email: claims.email,
        linkedAt: expect.stringMatching(/Z$/),
        lastUsedAt: null,
      },
    ]);

    const next = await leave("idp");
    await idp.grant(next.nonce, { claims });
    expect(await database.tripsOf(async () => (answer = await comeBack("idp", next, { iss: idp.issuer })))).toBe(1);
    expect((await sessionOf(answer)).user).toMatchObject({ id: String(member.userId), email: member.email });
    expect(await listOf(member)).toMatchObject([{ lastUsedAt: expect.stringMatching(/Z$/) }]);
  });

  it("again changes nothing, and an identity without an address is linked too", async () => {
    const member = await registerMember();
    const claims = person({ email: undefined });
    for (let time = 0; time < 2; time++) expect(newsIn(await link(member, idp, claims))).toEqual({ linked: "idp" });
    expect(await listOf(member)).toMatchObject([{ provider: "idp", email: null }]);
    expect(await auditOf(member)).toEqual(["identity.linked"]);
  });

  it("needs a session that has just signed in, on leaving and on coming back", async () => {
    const member = await registerMember();
    const visit = await leaveToLink("idp", member);
    await idp.grant(visit.nonce, { claims: person() });
    await ageSessions(member.userId);
    const { body, headers } = await post("/api/security/identities", { provider: "idp" }, { token: member.token });
    expect([body.code, headers.getSetCookie()]).toEqual(["reauthentication_required", []]);
    expect(newsIn(await comeBack("idp", visit, { iss: idp.issuer }))).toEqual({ error: "reauthentication_required" });
    expect((await post("/api/security/identities", { provider: "idp" })).status).toBe(401);
    expect(await identitiesOf(member)).toEqual([]);
  });

  it("ends with the session that began it, whoever has signed in since", async () => {
    const member = await registerMember();
    const began = await secondSession(member);
    const visit = await leaveToLink("idp", began);
    await idp.grant(visit.nonce, { claims: person() });
    await post("/api/auth/logout", {}, { token: began.token });
    await registerMember();
    expect(newsIn(await comeBack("idp", visit, { iss: idp.issuer }))).toEqual({ error: "invalid_token" });
    expect(await identitiesOf(member)).toEqual([]);
  });

  it("ends when anybody signs in with the browser that left, in whatever way", async () => {
    const [ada, bob] = [await registerMember(), await provenMember()];
    const withTotp = await enrolTotp(await provenMember());
    const passkey = await enrolPasskey(bob);
    const bobs = `bob-${crypto.randomUUID()}@example.test`;
    const ways: Record<string, () => Promise<object>> = {
      "POST /api/auth/register": async () => ({ prenom: "Bob", nom: "B.", email: bobs, password: PASSWORD }),
      "POST /api/auth/login": async () => ({ email: bobs, password: PASSWORD }),
      "POST /api/auth/login/2fa": async () => {
        const { twoFactorToken } = (await logIn(withTotp)).body;
        await forgetLastStep(withTotp.userId);
        return { twoFactorToken, method: "totp", code: await totpCode(withTotp.secret) };
      },
      "POST /api/auth/passkey": async () => ({ credential: await assertion(passkey, await loginChallenge()) }),
      "POST /api/auth/email-code/verify": () => askForCode({ email: bobs }),
    };
    const opening = Object.entries(contract).filter(([, { answers }]) =>
      Object.values(answers).some((body) => body === SignedIn || body === LoginAnswer),
    );
    expect(opening.map(([route]) => route).toSorted()).toEqual(Object.keys(ways).toSorted());
    for (const [route, fieldsOf] of Object.entries(ways)) {
      const visit = await leaveToLink("idp", ada);
      await idp.grant(visit.nonce, { claims: person() });
      const fields = { ...(await fieldsOf()), transport: "cookie" };
      const answer = await post(route.replace("POST ", ""), fields, { headers: { Cookie: visit.cookie } });
      expect([route, answer.body.token && cookieIn(answer)]).toEqual([route, "__Host-federation="]);
      const back = await comeBack("idp", { ...visit, cookie: cookieIn(answer) }, { iss: idp.issuer });
      expect([route, newsIn(back)]).toEqual([route, { error: "invalid_federation" }]);
    }
    expect(await identitiesOf(ada)).toEqual([]);
  });

  it("takes no identity from another account, and frees that of a deleted one", async () => {
    const claims = person();
    const { user } = await sessionOf(await signInWith(idp, { claims }));
    const [member, owner] = [await registerMember(), { userId: Number(user["id"]) }];
    expect(newsIn(await link(member, idp, claims))).toEqual({ error: "identity_taken" });
    expect([await identitiesOf(member), await auditOf(member)]).toEqual([[], []]);
    expect(await identitiesOf(owner)).toHaveLength(1);
    await database.query("update users set deleted_at = now() where id = $1", [owner.userId]);
    expect(newsIn(await link(member, idp, claims))).toEqual({ linked: "idp" });
    expect([await identitiesOf(member), await identitiesOf(owner)]).toMatchObject([[{ subject: claims.sub }], []]);
  });

  it("cannot be finished in another browser, nor by what another account or a login left for", async () => {
    const [lured, stranger] = [await registerMember(), await registerMember()];
    const [theirs, own, login] = [
      await leaveToLink("idp", stranger),
      await leaveToLink("idp", lured),
      await leave("idp"),
    ];
    const before = await idp.asked("-token");
    for (const { nonce } of [theirs, own, login]) {
      await idp.grant(nonce, { claims: person() });
      for (const cookie of ["", own.cookie, login.cookie])
        for (const answer of [{}, { code: undefined, error: "access_denied" }])
          expect(
            newsIn(await comeBack("idp", { cookie, state: theirs.state }, { iss: idp.issuer, ...answer })),
          ).toEqual({ error: "invalid_federation" });
    }
    expect(await idp.asked("-token")).toBe(before);
    for (const member of [lured, stranger]) expect(await identitiesOf(member)).toEqual([]);
  });

  it("never signs anybody in, and goes to no address that is not ours", async () => {
    const member = await registerMember();
    expect(isSignedIn(await link(member, idp, person()))).toBe(false);
    const { status, body, headers } = await post(
      "/api/security/identities",
      { provider: "idp", returnTo: "https://evil.example.test/" },
      { token: member.token },
    );
    expect([status, body.errors?.[0].pointer, headers.getSetCookie().length]).toEqual([422, "#/returnTo", 0]);
  });

  it("can be undone by its owner, which ends the other sessions, and the identity signs in no more", async () => {
    const [member, stranger] = [await registerMember(), await registerMember()];
    const claims = person({ email: undefined });
    await link(member, idp, claims);
    const { token } = await sessionOf(await signInWith(idp, { claims }));
    const [{ id }] = (await listOf(member)) as [{ id: number }];
    const path = `/api/security/identities/${id}`;
    expect((await del(path, { token: stranger.token })).body.code).toBe("not_found");
    await database.query(
      "update refresh_tokens set authenticated_at = now() - interval '11 minutes' where session_id = $1",
      [claimsOf(token)["sid"]],
    );
    expect((await del(path, { token })).body.code).toBe("reauthentication_required");
    expect(await identitiesOf(member)).toHaveLength(1);

    expect((await del(path, { token: member.token })).status).toBe(200);
    expect(await listOf(member)).toEqual([]);
    expect((await get("/api/security/identities", { token })).status).toBe(401);
    await mailbox.next(member.email, "Compte externe dissocié");
    expect(await auditOf(member)).toEqual(["identity.linked", "identity.unlinked"]);
    expect(newsIn(await signInWith(idp, { claims }))).toEqual({ error: "address_not_provided" });
    expect((await del(path, { token: member.token })).body.code).toBe("not_found");
  });

  it("cannot be undone where it is the last way in that works today", async () => {
    const claims = person();
    const member = await sessionOf(await signInWith(idp, { claims }));
    const [{ id }] = (await listOf(member)) as [{ id: number }];
    const unlink = () => del(`/api/security/identities/${id}`, { token: member.token });
    const refused = async () => {
      const { status, body } = await unlink();
      return [status, body.code, (await listOf(member)).some((each) => each.id === id)];
    };
    expect(await refused()).toEqual([409, "last_way_in", true]);
    expect(newsIn(await link(member, other, person()))).toEqual({ linked: "other" });
    const before = env.FEDERATION;
    Object.assign(env, { FEDERATION: JSON.stringify(JSON.parse(before).slice(0, 1)) });
    expect(await refused()).toEqual([409, "last_way_in", true]);
    Object.assign(env, { FEDERATION: before });
    expect((await unlink()).status).toBe(200);
    expect(await listOf(member)).toMatchObject([{ provider: "other" }]);
  });
});

describe("Somebody who registered the address before its owner", () => {
  it("by a provider loses the identity with the first proof of the mailbox", async () => {
    const claims = person({ email_verified: false });
    const { user } = await sessionOf(await signInWith(idp, { claims }));
    await database.query("update users set is_verified = true where id = $1", [Number(user["id"])]);
    expect(await identitiesOf({ userId: Number(user["id"]) })).toEqual([]);
    expect(newsIn(await signInWith(idp, { claims }))).toEqual({ error: "sign_in_to_link" });
  });
});

describe("A second factor that is on", () => {
  it("is asked for after the provider", async () => {
    const member = await enrolTotp(await provenMember());
    const claims = person({ email: member.email });
    const answer = await signInWith(idp, { claims });
    expect(isSignedIn(answer)).toBe(false);
    const challenge = JSON.parse(atob(newsIn(answer)["two_factor"]!.replaceAll("-", "+").replaceAll("_", "/")));
    expect(challenge).toMatchObject({ twoFactorRequired: true, methods: ["totp", "recovery_code"] });
    const { twoFactorToken } = challenge;
    const code = await totpCode(member.secret);
    const { body } = await post("/api/auth/login/2fa", { twoFactorToken, method: "totp", code });
    expect(claimsOf(body.token)["amr"]).toEqual(["fed", "otp", "mfa"]);
  });
});

describe("An account that is set aside", () => {
  it("disabled stays closed; deleted, its identity is free for another one", async () => {
    const claims = person();
    const { user } = await sessionOf(await signInWith(idp, { claims }));
    const userId = Number(user["id"]);
    await database.query("update users set is_active = false where id = $1", [userId]);
    expect(newsIn(await signInWith(idp, { claims }))).toEqual({ error: "federation_refused" });
    await database.query("update users set is_active = true, deleted_at = now() where id = $1", [userId]);
    expect((await sessionOf(await signInWith(idp, { claims }))).user["id"]).not.toBe(user["id"]);
  });
});

describe("The provider's quirks:", () => {
  it("Apple posts its answer, and a redirect brings the cookie back", async () => {
    const apple = await createIssuer("apple");
    const { privateKey } = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ])) as CryptoKeyPair;
    const pem = btoa(
      String.fromCharCode(...new Uint8Array((await crypto.subtle.exportKey("pkcs8", privateKey)) as ArrayBuffer)),
    );
    const before = {
      FEDERATION: env.FEDERATION,
      FEDERATION_SECRETS: (env as never as Record<string, string>)["FEDERATION_SECRETS"],
    };
    configure([{ id: "apple", issuer: apple.issuer, trustEmail: true }], {
      apple: {
        teamId: "TEAM",
        keyId: "KEY",
        privateKey: `-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----`,
      },
    });
    const visit = await leave("apple");
    expect(visit.address.searchParams.get("response_mode")).toBe("form_post");
    await apple.grant(visit.nonce, {
      claims: person({ email_verified: "true", given_name: undefined, family_name: undefined }),
    });
    const user = JSON.stringify({ name: { firstName: "Tim", lastName: "Berners" }, email: "evil@example.test" });
    const posted = await post("/api/auth/federated/apple/callback", undefined, {
      rawBody: new URLSearchParams({ code: "c", state: visit.state, user, extra: "x" }).toString(),
      headers: { "Content-Type": "application/x-www-form-urlencoded", Origin: "https://appleid.apple.com" },
    });
    expect([posted.status, posted.headers.getSetCookie()]).toEqual([303, []]);
    const location = posted.headers.get("Location")!;
    expect(location).toMatch(/^\/api\/auth\/federated\/apple\/callback\?code=c&state=[\w-]{43}&user=/);
    await apple.announce({ authorization_response_iss_parameter_supported: undefined });
    const answer = await get(`${location}&iss=${encodeURIComponent(apple.issuer)}`, {
      headers: { Cookie: visit.cookie },
    });
    expect((await sessionOf(answer)).user).toMatchObject({ prenom: "Tim", nom: "Berners", isVerified: true });
    const sent = new URLSearchParams((await apple.tokenRequests())[0]!.body).get("client_secret")!;
    expect(claimsOf(sent)).toMatchObject({ iss: "TEAM", sub: CLIENT_ID, aud: apple.issuer });
    Object.assign(env, before);
    const others = await post("/api/auth/federated/idp/callback", undefined, {
      rawBody: "code=c",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect(others.body.code).toBe("not_found");
  });

  it("an ID token without an address: the provider is asked for it once more, about the same person", async () => {
    const thin = await createIssuer("thin");
    await thin.announce({ userinfo_endpoint: others.receiver("thin-people") });
    const before = {
      FEDERATION: env.FEDERATION,
      FEDERATION_SECRETS: (env as never as Record<string, string>)["FEDERATION_SECRETS"],
    };
    configure([{ id: "thin", issuer: thin.issuer, trustEmail: true }]);
    const { sub, ...told } = person();
    const tell = (claims: object, status = 200) =>
      others.behave("thin-people", {
        status,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(claims),
      });
    await tell({ ...told, sub: "somebody else" });
    expect(newsIn(await signInWith(thin, { claims: { sub } }))).toEqual({ error: "invalid_federation" });
    await tell({}, 503);
    expect((await signInWith(thin, { claims: { sub } })).body.code).toBe("provider_unavailable");
    await tell({ ...told, sub, iss: "https://elsewhere.test" });
    const { user } = await sessionOf(await signInWith(thin, { claims: { sub, given_name: "Ada" } }));
    expect(user).toMatchObject({ email: told.email, prenom: "Ada", nom: "Hopper", isVerified: true });
    expect((await others.gotBy("thin-people")).map(({ headers }) => headers["authorization"])).toEqual(
      Array.from({ length: 3 }, () => "Bearer at"),
    );
    await signInWith(thin, { claims: { sub, ...told } });
    expect(await others.gotBy("thin-people")).toHaveLength(3);
    Object.assign(env, before);
  });

  it("GitHub has no ID token: its API says who it is, by a number, and which address is verified", async () => {
    const issuer = others.receiver("github");
    const before = {
      FEDERATION: env.FEDERATION,
      FEDERATION_SECRETS: (env as never as Record<string, string>)["FEDERATION_SECRETS"],
    };
    configure([{ id: "github", issuer, trustEmail: true }]);
    const behave = (emails: unknown, user: unknown = { id: 583_231, login: "octocat", name: "Mona Octocat" }) =>
      others.behave("github", {
        headers: { "Content-Type": "application/json" },
        bodies: {
          "login/oauth/access_token": JSON.stringify({ access_token: "gho", token_type: "bearer", scope: "" }),
          "api/v3/user": JSON.stringify(user),
          "api/v3/user/emails": JSON.stringify(emails),
        },
      });
    const enter = async () => comeBack("github", await leave("github"));
    await behave([
      { email: "other@example.test", primary: false, verified: true },
      { email: "octocat@example.test", primary: true, verified: true },
    ]);
    const { user } = await sessionOf(await enter());
    expect(user).toMatchObject({ email: "octocat@example.test", prenom: "Mona", nom: "Octocat", isVerified: true });
    await behave([], { id: 583_231, login: "renamed" });
    expect((await sessionOf(await enter())).user["id"]).toBe(user["id"]);
    await behave([{ email: "octocat@example.test", primary: true, verified: false }], { id: 9, login: "thief" });
    expect(newsIn(await enter())).toEqual({ error: "sign_in_to_link" });
    await behave([], { id: "583231", login: "text" });
    expect(newsIn(await enter())).toEqual({ error: "invalid_federation" });
    Object.assign(env, before);
  });
});
