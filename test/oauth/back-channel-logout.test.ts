/** Applications hear when a session is over. What they get is verified by jose, with the published keys. */
import { env } from "cloudflare:workers";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JWTPayload } from "jose";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  codeFor,
  exchange,
  formOf,
  nextOf,
  open,
  questionOf,
  registerClient,
  sendForm,
  type Credentials,
} from "../support/applications.ts";
import { ALLOWED_ORIGIN, ISSUER } from "../support/bindings.ts";
import { cookieOf, registerWithCookie, withCookie } from "../support/cookies.ts";
import { others } from "../support/issuer.ts";
import { deliver, passTheMinute, type Message } from "../support/jobs.ts";
import {
  claimsOf,
  database,
  del,
  get,
  logIn,
  mailbox,
  patch,
  post,
  put,
  request,
  sidOf,
  NEW_PASSWORD,
  PASSWORD,
} from "../support/service.ts";
import { sampleOf } from "../support/sample.ts";
import { registerAdmin } from "../support/staff.ts";

const BACK = "https://rp.example.test/bye";
const EVENT = "http://schemas.openid.net/event/backchannel-logout";

let admin: { token: string };
let keys: ReturnType<typeof createLocalJWKSet>;
/** From now on jobs wait here until `goOn`. */
const queued: Message[] = [];
(env as { JOBS: unknown }).JOBS = { send: async (message: Message) => void queued.push(message) };

beforeAll(async () => {
  admin = await registerAdmin();
  keys = createLocalJWKSet((await get("/.well-known/jwks.json")).body);
});

beforeEach(goOn);

/** Delivers what acts have caused, whether or not it is in the queue yet, and what comes of it. */
async function goOn(): Promise<void> {
  await sweep();
  while (queued.length > 0) expect((await deliver(queued.splice(0))).again).toEqual([]);
}

async function sweep(): Promise<void> {
  await database.query("update outbox set next_at = now()");
  await passTheMinute();
}

/** As if all waits were over. */
async function aMinuteLater(): Promise<void> {
  await database.query("update logout_tokens set next_at = now() - interval '1 s' where next_at is not null");
  await goOn();
}

interface Listening extends Credentials {
  receiver: string;
}

let receivers = 0;
async function registerListening(fields: Record<string, unknown> = {}): Promise<Listening> {
  const receiver = `application-${++receivers}`;
  const client = await registerClient({
    isFirstParty: true,
    backchannelLogoutUri: mailbox.receiver(receiver),
    ...fields,
  });
  return { ...client, receiver };
}

interface Person {
  token: string;
  cookie: string;
  email: string;
}

/** The ID token that the application gets of the person's session. */
async function signIn(client: Credentials, { cookie }: Person, scope = "openid"): Promise<string> {
  const code = (await codeFor(client, cookie, { scope })).searchParams.get("code")!;
  const { status, body } = await exchange(client, code);
  expect(status).toBe(200);
  return body.id_token;
}

/** What the application got, each verified as §2.6 says. */
async function heardBy({ client_id, receiver }: Listening): Promise<JWTPayload[]> {
  const got = await mailbox.gotBy(receiver);
  return Promise.all(
    got.map(async ({ method, headers, body }) => {
      expect([method, headers["content-type"]]).toEqual(["POST", expect.stringContaining("x-www-form-urlencoded")]);
      const form = new URLSearchParams(body);
      expect([...form.keys()]).toEqual(["logout_token"]);
      const token = form.get("logout_token")!;
      expect(decodeProtectedHeader(token).typ).toBe("logout+jwt");
      const { payload } = await jwtVerify(token, keys, {
        issuer: ISSUER,
        audience: client_id,
        typ: "logout+jwt",
        algorithms: ["RS256"],
        maxTokenAge: "2 minutes",
        requiredClaims: ["exp", "jti", "sid", "sub"],
      });
      expect(payload["events"]).toEqual({ [EVENT]: {} });
      expect(payload).not.toHaveProperty("nonce");
      return payload;
    }),
  );
}

const logOut = ({ token }: { token: string }) => post("/api/auth/logout", {}, { token });

describe("The end of a session", () => {
  it("reaches every application with an ID token of it, once, and takes the act no trip", async () => {
    const [notes, shop, deaf] = [await registerListening(), await registerListening(), await registerClient()];
    const machine = await registerListening();
    const person = await registerWithCookie();
    const headers = { Origin: ALLOWED_ORIGIN };
    const again = await post(
      "/api/auth/login",
      { email: person.email, password: PASSWORD, transport: "cookie" },
      { headers },
    );
    const other = { ...person, token: again.body.token, cookie: cookieOf(again).value };
    const idToken = await signIn(notes, person);
    await signIn(notes, person);
    await signIn(shop, person);
    await signIn(deaf, person);
    await signIn(machine, person, "offline_access");
    await signIn(notes, other);
    await goOn();
    expect(await database.tripsOf(() => logOut(person))).toBe(1);
    await sweep();
    // The queue delivers each message twice.
    while (queued.length > 0) {
      const messages = queued.splice(0);
      await deliver(messages);
      await deliver(messages);
    }
    await aMinuteLater();
    const [heard, ...more] = await heardBy(notes);
    const { sub, sid } = decodeJwt(idToken);
    expect([heard, more]).toMatchObject([{ sub, sid }, []]);
    expect(await heardBy(shop)).toMatchObject([{ sub, sid }]);
    expect(await heardBy(machine)).toEqual([]);
    expect(new Set([heard!.jti, (await heardBy(shop))[0]!.jti]).size).toBe(2);
    // The other session was not over until now.
    await logOut(other);
    await goOn();
    expect(await heardBy(notes)).toMatchObject([{ sid }, { sid: sidOf(other) }]);
  });

  const WAYS: Record<string, (person: Person) => Promise<{ status: number }>> = {
    "a logout": logOut,
    "a logout for an application": async ({ cookie }) => {
      const page = await open(`/oauth/logout?continued=1`, cookie);
      return sendForm("/oauth/logout", { request: questionOf(page) }, { Cookie: `__Host-refresh_token=${cookie}` });
    },
    "its owner, elsewhere": async (person) =>
      del(`/api/security/sessions/${sidOf(person)}`, { token: (await logIn({ ...person, password: PASSWORD })).token }),
    "its owner, who ends all others": async (person) =>
      del("/api/security/sessions", { token: (await logIn({ ...person, password: PASSWORD })).token }),
    "a new password": async (person) =>
      put(
        "/api/auth/change-password",
        { currentPassword: PASSWORD, newPassword: NEW_PASSWORD },
        { token: (await logIn({ ...person, password: PASSWORD })).token },
      ),
    "a reset of the password": async ({ email }) => {
      await post("/api/auth/forgot-password", { email });
      await goOn();
      const { text } = await mailbox.next(email, "mot de passe");
      const [, token] = /#token=([\w-]+)/.exec(text)!;
      return post("/api/auth/reset-password", { token, password: NEW_PASSWORD });
    },
    "the deletion of the account": async ({ token }) =>
      request("DELETE", "/api/users/me", { token, body: { password: PASSWORD } }),
    "an administrator, who ends it": async (person) =>
      del(`/api/admin/users/${claimsOf(person.token)["sub"]}/sessions/${sidOf(person)}`, admin),
    "an administrator, who disables the account": async ({ token }) =>
      patch(`/api/admin/users/${claimsOf(token)["sub"]}`, { isActive: false }, admin),
    "an administrator, who deletes the account": async ({ token }) =>
      del(`/api/admin/users/${claimsOf(token)["sub"]}`, admin),
    "a stolen refresh token": async ({ cookie }) => {
      const refresh = (value: string) => withCookie("/api/auth/refresh", value, ALLOWED_ORIGIN);
      await refresh(cookie);
      await database.query("update refresh_tokens set rotated_at = rotated_at - interval '1 hour', generation = 5");
      return { status: (await refresh(cookie)).status === 401 ? 200 : 500 };
    },
  };

  const ways = sampleOf(Object.entries(WAYS), ([way]) => [/^its owner|^an administrator|reset|stolen|/.exec(way)![0]]);

  it.each(ways)("by %s, is told", async (_, end) => {
    const client = await registerListening();
    const person = await registerWithCookie();
    await signIn(client, person);
    await goOn();
    expect((await end(person)).status).toBeLessThan(400);
    await goOn();
    expect(await heardBy(client)).toMatchObject([{ sid: sidOf(person) }]);
  });

  it("is not told where the application is off, has taken its address back, or has lost the person's consent alone", async () => {
    const [off, gone, kept] = [await registerListening(), await registerListening(), await registerListening()];
    const asked = await registerListening({ isFirstParty: false });
    const person = await registerWithCookie();
    for (const client of [off, gone, kept, asked]) await signIn(client, person);
    await patch(`/api/admin/applications/${off.client_id}`, { isActive: false }, admin);
    await patch(`/api/admin/applications/${gone.client_id}`, { backchannelLogoutUri: null }, admin);
    expect((await del(`/api/security/applications/${asked.client_id}`, { token: person.token })).status).toBe(200);
    await goOn();
    expect(await heardBy(asked)).toEqual([]);
    await logOut(person);
    await goOn();
    await aMinuteLater();
    expect([await heardBy(off), await heardBy(gone)]).toEqual([[], []]);
    // Nor once it is on again: what it missed is long over.
    await patch(`/api/admin/applications/${off.client_id}`, { isActive: true }, admin);
    await aMinuteLater();
    expect(await heardBy(off)).toEqual([]);
    expect([await heardBy(kept), await heardBy(asked)]).toMatchObject([[{}], [{}]]);
  });
});

describe("An application that does not take it", () => {
  const WAYS = {
    "answers 400": { status: 400 },
    redirects: { status: 302, location: mailbox.receiver("elsewhere") },
  };

  it.each(Object.entries(WAYS))("because it %s, gets the same again, and harms no other", async (_, behaviour) => {
    const [good, bad] = [await registerListening(), await registerListening()];
    const person = await registerWithCookie();
    for (const client of [good, bad]) await signIn(client, person);
    await mailbox.behave(bad.receiver, behaviour);
    await logOut(person);
    await goOn();
    expect(await heardBy(good)).toHaveLength(1);
    expect(await heardBy(bad)).toHaveLength(1);
    await mailbox.behave(bad.receiver, {});
    await aMinuteLater();
    await aMinuteLater();
    const heard = await heardBy(bad);
    expect(heard).toHaveLength(2);
    expect(new Set(heard.map(({ jti }) => jti)).size).toBe(1);
    expect(await heardBy(good)).toHaveLength(1);
    expect(await mailbox.gotBy("elsewhere")).toEqual([]);
  });

  it("is tried seven times over a day, and an operator can read of it", async () => {
    const client = await registerListening();
    const person = await registerWithCookie();
    await signIn(client, person);
    await mailbox.behave(client.receiver, { status: 503 });
    const log = vi.spyOn(console, "log");
    await logOut(person);
    await goOn();
    const waits = [];
    for (let attempt = 1; attempt < 7; attempt++) {
      const [row] = await database.query<{ wait: number }>(
        "select round(extract(epoch from next_at - updated_at))::int as wait from logout_tokens where next_at is not null",
      );
      waits.push(row!.wait);
      await aMinuteLater();
    }
    await aMinuteLater();
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    log.mockRestore();
    expect(waits).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000]);
    expect(await heardBy(client)).toHaveLength(7);
    expect(lines.filter(({ event }) => event === "logout_not_taken").at(-1)).toMatchObject({
      application: client.client_id,
      attempts: 7,
      status: 503,
    });
    expect(JSON.stringify(lines)).not.toContain(mailbox.receiver(client.receiver));
  });
});

it("What the queue loses is sent by the sweep, once", async () => {
  const client = await registerListening();
  const person = await registerWithCookie();
  await signIn(client, person);
  await goOn();
  await logOut(person);
  await sweep();
  // The event is confirmed; the job that follows is lost.
  await deliver(queued.splice(0));
  expect(queued.splice(0).map(({ job }) => job.type)).toContain("logout_tokens");
  expect(await heardBy(client)).toEqual([]);
  await aMinuteLater();
  await aMinuteLater();
  expect(await heardBy(client)).toHaveLength(1);
});

describe("An address inside", () => {
  const INSIDE = [
    "https://169.254.169.254/",
    "https://10.0.0.1/out",
    "https://kv.internal/",
    "http://rp.example.test/out",
    "https://a@rp.example.test/out",
    "https://rp.example.test:22/out",
    `${ISSUER}/api/auth/logout`,
    "javascript:alert(1)",
    "",
  ];

  it("is refused, whoever registers it and however", async () => {
    const name = `${crypto.randomUUID()}.example.test`;
    await mailbox.resolve(name, "192.168.0.1");
    const own = await registerListening();
    for (const uri of [...INSIDE, `https://${name}/`]) {
      const fields = { name: "Carnet", backchannelLogoutUri: uri };
      const added = await post("/api/admin/applications", fields, admin);
      expect([added.status, added.body.errors?.[0].pointer], uri).toEqual([422, "#/backchannelLogoutUri"]);
      const path = `/api/admin/applications/${own.client_id}`;
      expect((await patch(path, { backchannelLogoutUri: uri }, admin)).status, uri).toBe(422);
    }
    const redirect_uris = ["https://rp.example.test/callback"];
    for (const uri of INSIDE) {
      const registered = await post("/oauth/register", { redirect_uris, backchannel_logout_uri: uri });
      expect([registered.status, registered.body.error], uri).toEqual([400, "invalid_client_metadata"]);
    }
  });

  it("that a public name leads to later gets nothing", async () => {
    const client = await registerListening();
    const person = await registerWithCookie();
    await signIn(client, person);
    const name = `${crypto.randomUUID()}.example.test`;
    await mailbox.resolve(name, "10.0.0.1");
    await database.query("update oauth_clients set backchannel_logout_uri = $1 where client_id = $2", [
      `https://${name}/`,
      client.client_id,
    ]);
    const log = vi.spyOn(console, "log");
    await logOut(person);
    await goOn();
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
    log.mockRestore();
    expect(lines.find(({ event }) => event === "logout_not_taken")).toMatchObject({ failure: "refused_address" });
  });
});

describe("The address", () => {
  it("is an administrator's to set, to change and to take back", async () => {
    const asked = { name: "Carnet", redirectUris: [BACK], backchannelLogoutUri: mailbox.receiver("a") };
    const { body } = await post("/api/admin/applications", asked, admin);
    expect(body.application.backchannelLogoutUri).toBe(mailbox.receiver("a"));
    const change = async (fields: object) =>
      (await patch(`/api/admin/applications/${body.application.id}`, fields, admin)).body.application
        .backchannelLogoutUri;
    expect(await change({ backchannelLogoutUri: mailbox.receiver("b") })).toBe(mailbox.receiver("b"));
    expect(await change({ name: "Carnets" })).toBe(mailbox.receiver("b"));
    expect(await change({ backchannelLogoutUri: null })).toBeNull();
  });

  it("comes with an application that registers itself, or with its document", async () => {
    const backchannel_logout_uri = mailbox.receiver("open");
    const redirect_uris = [BACK];
    const { status, body } = await post("/oauth/register", { redirect_uris, backchannel_logout_uri });
    expect(status).toBe(201);
    expect(body).toMatchObject({ backchannel_logout_uri, backchannel_logout_session_required: true });
    const id = others.receiver("listening");
    const says = { client_id: id, redirect_uris, backchannel_logout_uri };
    await others.behave("listening", { body: JSON.stringify(says) });
    const { cookie } = await registerWithCookie();
    const look = () =>
      open(
        `/oauth/authorize?${new URLSearchParams({ client_id: id, redirect_uri: BACK, response_type: "code", continued: "1" }).toString()}`,
        cookie,
      );
    await look();
    const kept = async (client: string) =>
      database.query("select backchannel_logout_uri as uri from oauth_clients where client_id = $1", [client]);
    expect(await kept(id)).toEqual([{ uri: backchannel_logout_uri }]);
    expect(await kept(body.client_id)).toEqual([{ uri: backchannel_logout_uri }]);
    await others.behave("listening", {
      body: JSON.stringify({ ...says, backchannel_logout_uri: "https://10.0.0.1/" }),
    });
    await database.query("update oauth_clients set fetched_at = now() - interval '25 hours' where client_id = $1", [
      id,
    ]);
    expect((await look()).status).toBe(400);
  });

  it("is worth giving: the metadata says so", async () => {
    expect((await get("/.well-known/openid-configuration")).body).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });
});

it("A logout token is good for nothing else", async () => {
  const client = await registerListening({ postLogoutRedirectUris: [BACK] });
  const person = await registerWithCookie();
  const idToken = await signIn(client, person);
  await goOn();
  await logOut(person);
  await goOn();
  const [got] = await mailbox.gotBy(client.receiver);
  const token = new URLSearchParams(got!.body).get("logout_token")!;
  const leave = (id_token_hint: string) => {
    const asked = new URLSearchParams({ id_token_hint, post_logout_redirect_uri: BACK, continued: "1" });
    return open(`/oauth/logout?${asked.toString()}`);
  };
  expect(nextOf(await leave(idToken))?.href).toBe(BACK);
  expect(nextOf(await leave(token))).toBeUndefined();
  expect((await get("/api/users/me", { token })).status).toBe(401);
  expect((await get("/oauth/userinfo", { token })).status).toBe(401);
  const introspected = await request("POST", "/oauth/introspect", formOf({ ...client, token }));
  expect(introspected.body).toEqual({ active: false });
});
