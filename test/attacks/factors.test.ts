/** docs/security.md, "Ways in": every change of second factors, from every way in, in every state of the account. */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import securityDocument from "../../docs/security.md?raw";
import { ISSUER } from "../support/bindings.ts";
import { configure, createIssuer, newsIn, signInWith, type Issuer } from "../support/issuer.ts";
import { logIn } from "../support/login.ts";
import { askForCode, redeem } from "../support/login-code.ts";
import { CHOSEN, forgot, proveMailbox, reset } from "../support/mailed-links.ts";
import { createPasskey } from "../support/passkeys/authenticator.ts";
import {
  assertion,
  enrolPasskey,
  HARDWARE,
  logInWithPasskey,
  ORIGINS,
  RP_ID,
  type OwnPasskey,
} from "../support/passkeys/person.ts";
import { routesOfApp } from "../support/routes.ts";
import { sampleOf } from "../support/sample.ts";
import {
  allowMail,
  answer,
  captureJobs,
  challengeOf,
  enrolEmail,
  enrolTotp,
  forgetLastStep,
  totpCode,
} from "../support/second-factor.ts";
import { claimsOf, database, get, post, request, type Answer, type Member } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

const STATES = {
  nothing: [],
  "e-mail codes": ["email"],
  TOTP: ["totp"],
  "a passkey": ["passkey"],
  "TOTP and e-mail codes": ["email", "totp"],
  "a passkey and e-mail codes": ["email", "passkey"],
};
/** With one of these on, changes need it. */
const isStrong = (on: string[]) => on.includes("totp") || on.includes("passkey");

let idp: Issuer;

interface Owner extends Member {
  on: string[];
  secret: string;
  recoveryCodes: string[];
  passkey?: OwnPasskey;
}

interface Session {
  token: string;
  refreshToken: string;
}

interface Way {
  /** The factor that must be on, if any; `none` for no factor at all, `strong` for more than the mailbox. */
  needs: "totp" | "email" | "passkey" | "any" | "none" | "strong";
  enter: (owner: Owner) => Promise<Session>;
}

const secondStep = async (owner: Owner, method: string, code: (challenge: string) => Promise<string>) => {
  const challenge = await challengeOf(owner);
  const { body, text } = await answer(challenge, method, await code(challenge));
  if (!body.token) throw new Error(`${method}: ${text}`);
  return body;
};
const byTotp = async (owner: Owner) => {
  await forgetLastStep(owner.userId);
  return secondStep(owner, "totp", () => totpCode(owner.secret));
};
const mailedCode = async (owner: Owner, twoFactorToken: string): Promise<string> => {
  await allowMail(owner.userId);
  const queue = env.JOBS;
  const jobs = captureJobs();
  await post("/api/auth/login/2fa/email", { twoFactorToken });
  Object.assign(env, { JOBS: queue });
  return jobs.find((job) => job.type === "mail_code").code;
};
const byMail = (owner: Owner) => secondStep(owner, "email", (challenge) => mailedCode(owner, challenge));
/** A proven mailbox: the first proof would take the factors away. */
const byMailedCode = async (owner: Owner) => {
  await proveMailbox(owner);
  await database.query("delete from mail_counts");
  await database.query("delete from login_throttles");
  return (await redeem(await askForCode(owner))).body;
};
const afterCode = async (owner: Owner, method: string, code: string): Promise<Session> => {
  const { twoFactorToken } = await byMailedCode(owner);
  const { body, text } = await answer(twoFactorToken, method, code);
  if (!body.token) throw new Error(`${method}: ${text}`);
  return body;
};
/** Proven on both sides: the first time links it. */
const byProvider = async (owner: Owner): Promise<Answer> => {
  await proveMailbox(owner);
  return signInWith(idp, { claims: { sub: `${owner.userId}`, email: owner.email, email_verified: true } });
};
const afterProvider = async (
  owner: Owner,
  method: string,
  code: (challenge: string) => Promise<string>,
): Promise<Session> => {
  const news = newsIn(await byProvider(owner))["two_factor"] ?? "";
  const { twoFactorToken } = JSON.parse(atob(news.replaceAll("-", "+").replaceAll("_", "/")));
  const { body, text } = await answer(twoFactorToken, method, await code(twoFactorToken));
  if (!body.token) throw new Error(`${method}: ${text}`);
  return body;
};
const byRecoveryCode = (owner: Owner) => secondStep(owner, "recovery_code", async () => owner.recoveryCodes.pop()!);
const reauthenticated = async (session: { token: string; refreshToken: string }, proof: object) => {
  const { status, body, text } = await post("/api/security/reauthenticate", proof, session);
  if (status !== 200) throw new Error(text);
  return { ...session, token: body.token as string };
};

/** By their names in the table of docs/security.md. */
const WAYS: Record<string, Way> = {
  password: { needs: "none", enter: async (owner) => (await logIn(owner)).body },
  "password and TOTP": { needs: "totp", enter: byTotp },
  passkey: { needs: "passkey", enter: async ({ passkey }) => (await logInWithPasskey(passkey!)).body },
  "password and passkey": {
    needs: "passkey",
    enter: async (owner) => {
      const { twoFactorToken, challenges } = (await logIn(owner)).body;
      const credential = await assertion(owner.passkey!, challenges.passkey.challenge);
      return (await post("/api/auth/login/2fa", { twoFactorToken, method: "passkey", credential })).body;
    },
  },
  "password and e-mail code": { needs: "email", enter: byMail },
  "password and recovery code": { needs: "any", enter: byRecoveryCode },
  "reset by mail, then the password": {
    needs: "none",
    enter: async (owner) => {
      await resetByMail(owner);
      return (await logIn(owner)).body;
    },
  },
  "reset by mail, then an e-mail code": {
    needs: "email",
    enter: async (owner) => {
      await resetByMail(owner);
      return byMail(owner);
    },
  },
  "code by mail": { needs: "none", enter: async (owner) => (await byMailedCode(owner)) as Session },
  "code by mail and TOTP": {
    needs: "totp",
    enter: async (owner) => {
      await forgetLastStep(owner.userId);
      return afterCode(owner, "totp", await totpCode(owner.secret));
    },
  },
  "code by mail and recovery code": {
    needs: "strong",
    enter: (owner) => afterCode(owner, "recovery_code", owner.recoveryCodes.pop()!),
  },
  "another service": {
    needs: "none",
    enter: async (owner) => {
      const cookies = (await byProvider(owner)).headers.getSetCookie().join("\n");
      const [Cookie = ""] = /__Host-refresh_token=[^;]+/.exec(cookies) ?? [];
      return (await post("/api/auth/refresh", {}, { headers: { Cookie, Origin: ISSUER } })).body;
    },
  },
  "another service and TOTP": {
    needs: "totp",
    enter: async (owner) => {
      await forgetLastStep(owner.userId);
      return afterProvider(owner, "totp", () => totpCode(owner.secret));
    },
  },
  "another service and e-mail code": {
    needs: "email",
    enter: (owner) => afterProvider(owner, "email", (challenge) => mailedCode(owner, challenge)),
  },
  "another service and recovery code": {
    needs: "any",
    enter: (owner) => afterProvider(owner, "recovery_code", async () => owner.recoveryCodes.pop()!),
  },
  "e-mail code, then a refresh": {
    needs: "email",
    enter: async (owner) => {
      const { refreshToken } = await byMail(owner);
      return (await post("/api/auth/refresh", { refreshToken })).body;
    },
  },
  "e-mail code, then the password again": {
    needs: "email",
    enter: async (owner) => reauthenticated(await byMail(owner), { password: owner.password }),
  },
  "e-mail code, then a recovery code": {
    needs: "email",
    enter: async (owner) =>
      reauthenticated(await byMail(owner), { method: "recovery_code", code: owner.recoveryCodes.pop()! }),
  },
};

async function resetByMail(owner: Owner): Promise<void> {
  await database.query("update one_time_tokens set created_at = now() - interval '61 s' where user_id = $1", [
    owner.userId,
  ]);
  await database.query("delete from login_throttles");
  await database.query("delete from mail_counts");
  const password = `${CHOSEN} ${crypto.randomUUID()}`;
  expect((await reset(await forgot(owner), password)).status).toBe(200);
  owner.password = password;
}

/** Every route that changes a factor, with its request. */
const CHANGES: Record<string, (owner: Owner) => Promise<object | undefined>> = {
  "POST /api/security/2fa/totp": async () => ({}),
  "POST /api/security/2fa/totp/verify": async ({ secret }) => ({ code: await totpCode(secret) }),
  "POST /api/security/2fa/email": async () => ({}),
  "POST /api/security/2fa/email/verify": async () => ({ code: "000000" }),
  "POST /api/security/2fa/recovery-codes": async () => ({}),
  "POST /api/security/passkeys/options": async () => ({}),
  "POST /api/security/passkeys": newPasskey,
  "DELETE /api/security/passkeys/1": async () => undefined,
  "DELETE /api/users/me/password": async () => undefined,
  "DELETE /api/security/2fa/totp": async () => undefined,
  "DELETE /api/security/2fa/email": async () => undefined,
};

/** Made for a challenge of nobody's: whoever may add one is told that it is wrong. */
async function newPasskey() {
  const passkey = await createPasskey("ES256");
  return { credential: await passkey.register({ challenge: "AAAA", origins: ORIGINS, rpId: RP_ID }) };
}

async function attempt(change: string, owner: Owner, token: string): Promise<Answer> {
  const [method, path] = change.split(" ") as [string, string];
  const body = await CHANGES[change]!(owner);
  return request(method, path, { token, ...(body && { body }) });
}

/** The account's factors and sessions, to restore them after an allowed change. */
const KEPT = ["two_factor_methods", "recovery_codes", "passkeys", "refresh_tokens"];
async function keep({ userId }: Owner): Promise<() => Promise<void>> {
  const rowsOf = (table: string) =>
    `'${table}', (select coalesce(jsonb_agg(t), '[]') from ${table} t where user_id = $1)`;
  const [kept] = await database.query<{ rows: Record<string, unknown> }>(
    `select jsonb_build_object(${KEPT.map(rowsOf).join(", ")}) as rows`,
    [userId],
  );
  return async () => {
    for (const table of KEPT) {
      await database.query(`delete from ${table} where user_id = $1`, [userId]);
      await database.query(
        `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
        [JSON.stringify(kept!.rows[table])],
      );
    }
  };
}

async function ownerWith(factors: string[]): Promise<Owner> {
  const member = await registerAdmin();
  let owner: Owner = { ...member, on: factors, secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", recoveryCodes: [] };
  const queue = env.JOBS;
  if (factors.includes("email")) owner = { ...owner, ...(await enrolEmail(owner)) };
  Object.assign(env, { JOBS: queue });
  if (factors.includes("totp")) owner = { ...owner, ...(await enrolTotp(owner)) };
  if (factors.includes("passkey")) {
    const passkey = await enrolPasskey(owner, { flags: HARDWARE });
    owner = { ...owner, passkey, recoveryCodes: passkey.recoveryCodes ?? owner.recoveryCodes };
  }
  return owner;
}

/**
 * The table of docs/security.md: for each way in, what the session claims, and its changes without and with TOTP on.
 */
const TOLD = new Map(
  [
    ...securityDocument
      .split("### Who may change second factors")[1]!
      .split("\n## ")[0]!
      .matchAll(/^\|(.+)\|$/gm),
  ]
    .slice(2)
    .map(([, row]) => row!.split("|").map((cell) => cell.trim()))
    .map(([name, amr, without, withTotp]) => [
      name!,
      { amr: amr!.replaceAll("`", "").replace("hwk or swk", "hwk").split(", "), without, withTotp },
    ]),
);

const isPossible = ({ needs }: Way, on: string[]) =>
  needs === "none"
    ? on.length === 0
    : needs === "strong"
      ? isStrong(on)
      : needs === "any"
        ? on.length > 0
        : on.includes(needs);

describe("changing second factors without the enabled authenticator:", () => {
  beforeAll(async () => {
    Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "on" });
    idp = await createIssuer("idp", "ES256");
    configure([{ id: "idp", issuer: idp.issuer, trustEmail: true }]);
  });
  afterAll(() => void Object.assign(env, { TWO_FACTOR_REQUIRED_FOR_ADMIN: "off" }));

  it("by a route missing from the table of changes", () => {
    const routes = routesOfApp().filter(({ guards }) => guards.some(({ changesFactors }) => changesFactors));
    const others = routesOfApp().filter(
      ({ method, path }) => /^\/api\/security\/(2fa|passkeys)/.test(path) && !["GET", "PATCH"].includes(method),
    );
    expect(routes).toEqual(expect.arrayContaining(others));
    expect(routes.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      [
        ...new Set(
          Object.keys(CHANGES).map((change) =>
            change.replace(/^(DELETE .*2fa)\/\w+$/, "$1/:method").replace("passkeys/1", "passkeys/:id"),
          ),
        ),
      ].toSorted(),
    );
  });

  const pairs = Object.entries(STATES).flatMap(([state, on]) =>
    Object.entries(WAYS)
      .filter(([, way]) => isPossible(way, on))
      .map(([way]) => ({ state, way, isStrong: isStrong(on) })),
  );
  const tried = sampleOf(pairs, ({ state, way, isStrong }) => [state, `${way}, ${isStrong}`]);

  it.each(Object.entries(STATES))("from every way in, with %s on", async (state, factors) => {
    expect([...TOLD.keys()]).toEqual(Object.keys(WAYS));
    const owner = await ownerWith(factors);
    const outcomes: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const [name, way] of Object.entries(WAYS)) {
      if (!tried.some((pair) => pair.state === state && pair.way === name)) continue;
      const session = await way.enter(owner);
      const { amr } = claimsOf(session.token) as { amr: string[] };
      const strong = ["otp", "hwk", "swk"];
      const maySetUp = !isStrong(owner.on) || [...strong, "recovery_code"].some((method) => amr.includes(method));
      const restore = await keep(owner);
      for (const change of Object.keys(CHANGES)) {
        const { status, body } = await attempt(change, owner, session.token);
        outcomes[`${name}: ${change}`] = body.code === "two_factor_required" ? "refused" : "may";
        expected[`${name}: ${change}`] = maySetUp ? "may" : "refused";
        expect(status, `${name}: ${change}`).toBeLessThan(500);
        if (status === 200) await restore();
      }
      const may = Object.keys(CHANGES).filter((change) => outcomes[`${name}: ${change}`] === "may").length;
      const cell = { 0: "none", [Object.keys(CHANGES).length]: "every change" }[may];
      const told = TOLD.get(name)!;
      expect([amr.toSorted(), cell], name).toEqual([
        told.amr.toSorted(),
        isStrong(owner.on) ? told.withTotp : told.without,
      ]);
      // Whatever was tried, a session that has used neither authenticator nor passkey can't administer anything.
      const listed = await get("/api/admin/users", { token: session.token });
      expect(listed.status, name).toBe(strong.some((method) => amr.includes(method)) ? 200 : 403);
    }
    expect(outcomes).toEqual(expected);
  });

  it("with the mailbox alone, one change after another, in order to administer", async () => {
    const owner = await ownerWith(["email", "totp"]);
    const session = await WAYS["reset by mail, then an e-mail code"]!.enter(owner);
    const stored = () =>
      database.query(
        `select (select jsonb_agg(m.secret || m.type order by m.id) from two_factor_methods m where user_id = $1) as factors,
           (select jsonb_agg(c.code order by c.id) from recovery_codes c where user_id = $1) as codes`,
        [owner.userId],
      );
    const before = await stored();
    const changes = Object.keys(CHANGES);
    const both = changes.flatMap((first) => changes.map((second) => [first, second] as const));
    for (const [first, second] of sampleOf(both, ([one, other]) => [`${one} first`, `${other} second`])) {
      await attempt(first, owner, session.token);
      await attempt(second, owner, session.token);
    }
    expect((await get("/api/admin/users", { token: session.token })).body.code).toBe("two_factor_required");
    expect(await stored()).toEqual(before);
  });
});
