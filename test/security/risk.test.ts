/** Logins from device × place × network × method, and what each is asked for. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { database, mailbox, post, registerMember, request, type Answer, type Member } from "../support/service.ts";
import { answer, captureJobs, enrolTotp, totpCode } from "../support/second-factor.ts";
import { sampleOf } from "../support/sample.ts";

interface Place {
  country: string;
  asn: number;
  latitude: string;
  longitude: string;
}

const PARIS: Place = { country: "FR", asn: 3215, latitude: "48.85", longitude: "2.35" };
const LYON: Place = { ...PARIS, latitude: "45.76", longitude: "4.84" };
const NICE: Place = { ...PARIS, latitude: "43.70", longitude: "7.27" };
const REUNION: Place = { ...PARIS, latitude: "-20.88", longitude: "55.45" };
const NEW_YORK: Place = { country: "US", asn: 7922, latitude: "40.71", longitude: "-74.01" };
const TOR: Place = { country: "T1", asn: 60729, latitude: "52.5", longitude: "13.4" };
const OTHER_ISP = 12322;
const MOBILE = 15557;
const OVH = 16276;

async function logIn(
  member: Member,
  cf: Place | undefined,
  fields: Record<string, unknown> = {},
  vars?: Record<string, string>,
) {
  const body = { email: member.email, password: member.password, ...fields };
  return request("POST", "/api/auth/login", { body, ...(cf && { cf }), ...(vars && { vars }) });
}

/** A member with a proven mailbox, who signed in from Paris `hours` ago. */
async function parisian(hours = 1): Promise<Member & { deviceToken: string }> {
  const member = await registerMember();
  await database.query("update users set is_verified = true where id = $1", [member.userId]);
  const { body } = await logIn(member, PARIS);
  await database.query("update login_places set seen_at = now() - make_interval(mins => $2) where user_id = $1", [
    member.userId,
    hours * 60,
  ]);
  return { ...member, token: body.token, deviceToken: body.deviceToken };
}

const last = async ({ userId }: Member) =>
  (
    await database.query("select outcome, reason from login_history where user_id = $1 order by id desc limit 1", [
      userId,
    ])
  )[0];

/** Farther from Paris than anybody travels in that time. */
function isTooFar(place: Place, hours: number): boolean {
  const km = new Map([
    [PARIS.latitude, 0],
    [LYON.latitude, 392],
    [NICE.latitude, 686],
    [REUNION.latitude, 9_340],
    [NEW_YORK.latitude, 5_837],
    [TOR.latitude, 870],
  ]).get(place.latitude)!;
  return km > Math.max(500, 900 * hours);
}

/** What the table says, written apart from the service's own. */
function expected(place: Place, hours: number, isKnown: boolean): string {
  return [
    ...(isTooFar(place, hours) && !(place.asn === PARIS.asn && isKnown) ? ["travel"] : []),
    ...(place.country !== "FR" && place !== TOR ? ["country"] : []),
    ...(place === TOR ? ["tor"] : []),
    ...(place.asn === OVH ? ["hosting"] : []),
  ].join();
}

describe("a login with the right password", () => {
  const places = { PARIS, LYON, NICE, REUNION, NEW_YORK, TOR };
  const networks = { home: undefined, "another provider": OTHER_ISP, hosting: OVH };
  const cases = [true, false].flatMap((isKnown) =>
    Object.entries(places).flatMap(([where, place]) =>
      Object.entries(networks).flatMap(([network, asn]) =>
        [0.25, 24].flatMap((hours) =>
          ["password", "password and TOTP"].map((method) => ({
            isKnown,
            where,
            network,
            hours,
            method,
            place: place === TOR || asn === undefined ? place : { ...place, asn },
          })),
        ),
      ),
    ),
  );
  const few = sampleOf(cases, ({ isKnown, where, network, hours, method, place }) => [
    `${isKnown} ${method}`,
    `${isKnown} ${expected(place, hours, isKnown)} ${isTooFar(place, hours)}`,
    `${where} ${hours}`,
    network,
  ]);

  it.each(few)("$method, known device $isKnown, from $where by $network after $hours hours", async (one) => {
    const { isKnown, hours, method, place } = one;
    const reasons = expected(place, hours, isKnown);
    let member: Member & { deviceToken: string; secret?: string } = await parisian(hours);
    if (method !== "password") member = { ...member, ...(await enrolTotp(member)) };
    let reply: Answer;
    const trips = await database.tripsOf(async () => {
      reply = await logIn(member, place, isKnown ? { deviceToken: member.deviceToken } : {});
    });
    expect(trips).toBe(2);
    const { status, body } = reply!;
    expect(status).toBe(200);
    if (method !== "password") {
      expect(body.methods).toEqual(["totp", "recovery_code"]);
      expect(await last(member)).toEqual({ outcome: "two_factor_required", reason: reasons || null });
      const done = await answer(body.twoFactorToken, "totp", await totpCode(member.secret!));
      expect(done.status).toBe(200);
    } else if (reasons === "") {
      expect(body.token).toEqual(expect.any(String));
      expect(await last(member)).toEqual({ outcome: "success", reason: null });
    } else {
      expect(body).toMatchObject({ twoFactorRequired: true, methods: ["email"] });
      expect(body.token).toBeUndefined();
      expect(await last(member)).toEqual({ outcome: "two_factor_required", reason: reasons });
    }
  });
});

describe("a code by mail", () => {
  async function codeFor(member: Member, twoFactorToken: string): Promise<string> {
    expect((await post("/api/auth/login/2fa/email", { twoFactorToken })).status).toBe(202);
    return /\b(\d{6})\b/.exec((await mailbox.next(member.email, "code")).text)![1]!;
  }

  it("opens the session, says why in the history and the notice, and makes the place known", async () => {
    const said = "Inhabituel : trop loin de la connexion précédente";
    for (const [place, reasons, text] of [
      [NEW_YORK, "travel,country", `${said}, nouveau pays`],
      // Neither device nor country is new.
      [{ ...NICE, asn: OTHER_ISP }, "travel", said],
    ] as const) {
      const member = await parisian(0.25);
      const { deviceToken } = member;
      const { twoFactorToken } = (await logIn(member, place, { deviceToken })).body;
      const code = await codeFor(member, twoFactorToken);
      const body = { twoFactorToken, method: "email", code };
      expect((await request("POST", "/api/auth/login/2fa", { body, cf: place })).status).toBe(200);
      expect(await last(member)).toEqual({ outcome: "success", reason: reasons });
      const notices = await database.query<{ data: object }>(
        "select data from notifications where user_id = $1 and type = 'new_device'",
        [member.userId],
      );
      expect(notices).toMatchObject([{ data: { country: place.country, reasons } }]);
      expect((await mailbox.next(member.email, "connexion")).text).toContain(text);
      expect((await logIn(member, place, { deviceToken })).body.token).toEqual(expect.any(String));
    }
  });

  it("is the one answer: other factors, a wrong code and a factor turned on meanwhile are refused", async () => {
    const member = await parisian();
    const { twoFactorToken } = (await logIn(member, TOR)).body;
    for (const method of ["totp", "recovery_code", "email"])
      expect((await answer(twoFactorToken, method, "123456")).body.code, method).toBe("invalid_code");
    const code = await codeFor(member, twoFactorToken);
    await enrolTotp(member);
    expect((await answer(twoFactorToken, "email", code)).status).toBe(401);
    // Also where it was turned on between the two trips of the login.
    const late = await parisian();
    const login = await database.holding(/select id, 'login_challenge'/, () => logIn(late, TOR));
    await enrolTotp(late);
    await database.clear();
    const opened = (await login.answer).body.twoFactorToken;
    expect((await answer(opened, "email", await codeFor(late, opened))).body.code).toBe("invalid_code");
  });

  it("is not sent where nothing is asked for, or for an account that has another factor", async () => {
    const member = await enrolTotp(await parisian());
    const { twoFactorToken } = (await logIn(member, TOR)).body;
    expect((await post("/api/auth/login/2fa/email", { twoFactorToken })).body.code).toBe("invalid_two_factor_token");
  });
});

describe("nothing is asked for", () => {
  it("at an account's first login, before its mailbox is proven, and without a place", async () => {
    const member = await registerMember();
    for (const place of [PARIS, TOR, NEW_YORK])
      expect((await logIn(member, place)).body.token, place.country).toBeDefined();
    await database.query("update users set is_verified = true where id = $1", [member.userId]);
    for (const place of [TOR, undefined]) expect((await logIn(member, place)).text).toContain('"token"');
  });

  it.each(["travel", "country", "tor", "hosting"])("by what is left out of LOGIN_RISKS: %s", async (risk) => {
    const others = ["travel", "country", "tor", "hosting"].filter((each) => each !== risk).join();
    for (const place of [NICE, NEW_YORK, TOR, { ...PARIS, asn: OVH }]) {
      const member = await parisian(0.25);
      const reasons = expected(place, 0.25, false)
        .split(",")
        .filter((each) => each !== risk)
        .join();
      const { body } = await logIn(member, place, {}, { LOGIN_RISKS: others });
      expect(body.methods?.[0], place.country).toBe(reasons === "" ? undefined : "email");
    }
    expect((await logIn(await parisian(), TOR, {}, { LOGIN_RISKS: "" })).body.token).toBeDefined();
  });
});

it("a place that the owner denies is unknown again", async () => {
  const member = await parisian();
  const thief = await logIn(member, { ...PARIS, asn: OVH }, {}, { LOGIN_RISKS: "" });
  expect(thief.status).toBe(200);
  const known = () => database.query("select network from login_places where user_id = $1 order by 1", [member.userId]);
  expect(await known()).toHaveLength(2);
  const [notice] = await database.query<{ id: string }>(
    "insert into notifications (user_id, type, title, content, data) values ($1, 'new_device', 't', 'c', $2) returning id",
    [member.userId, JSON.stringify({ sessionId: JSON.parse(atob(thief.body.token.split(".")[1])).sid })],
  );
  const denied = await post(`/api/users/me/notifications/${notice!.id}/deny`, {}, { token: member.token });
  expect(denied.status, denied.text).toBe(200);
  expect(await known()).toEqual([{ network: String(PARIS.asn) }]);
});

describe("an honest traveller", () => {
  /** Where they sign in, how many hours after the time before, always from the same device. */
  type Walk = [place: Place, hours: number][];
  const nearby = { ...PARIS, asn: MOBILE };
  const vpn: Place = { country: "NL", asn: 9009, latitude: "52.37", longitude: "4.90" };
  const WALKS: Record<string, { walk: Walk; alarms: number }> = {
    "on a train from Paris to Lyon, on the phone": {
      walk: [
        [nearby, 8],
        [LYON, 2],
        [{ ...LYON, asn: MOBILE }, 0.1],
        [PARIS, 2],
      ],
      alarms: 0,
    },
    "whose mobile network shows up in Nice, then in Paris": {
      walk: [
        [nearby, 8],
        [{ ...NICE, asn: MOBILE }, 0.1],
        [nearby, 0.1],
        [{ ...NICE, asn: MOBILE }, 0.1],
      ],
      alarms: 0,
    },
    "who goes home to Nice by plane": {
      walk: [
        [NICE, 3],
        [PARIS, 3],
      ],
      alarms: 0,
    },
    // The country, once.
    "who flies to New York and back": {
      walk: [
        [NEW_YORK, 10],
        [NEW_YORK, 24],
        [PARIS, 100],
        [NEW_YORK, 1000],
      ],
      alarms: 1,
    },
    // The country and the network of the VPN at once, once.
    "who turns a VPN on and off": {
      walk: [
        [vpn, 1],
        [PARIS, 0.1],
        [vpn, 0.1],
        [PARIS, 0.1],
        [vpn, 0.1],
      ],
      alarms: 1,
    },
    "whose network has no place": {
      walk: [
        [{ country: "FR", asn: 5410, latitude: "", longitude: "" }, 1],
        [PARIS, 1],
      ],
      alarms: 0,
    },
  };

  it("is asked as often as docs/security.md says", async () => {
    const counted: Record<string, number> = {};
    let logins = 0;
    (env as { LOGIN_RISKS?: string }).LOGIN_RISKS = "travel, country, tor, hosting";
    for (const [who, { walk }] of Object.entries(WALKS)) {
      const member = await parisian(0);
      counted[who] = 0;
      for (const [place, hours] of walk) {
        logins += 1;
        await database.query(
          "update login_places set seen_at = seen_at - make_interval(mins => $2) where user_id = $1",
          [member.userId, Math.round(hours * 60)],
        );
        const jobs = captureJobs();
        const { body } = await logIn(member, place, { deviceToken: member.deviceToken });
        if (body.token) continue;
        counted[who] += 1;
        await post("/api/auth/login/2fa/email", { twoFactorToken: body.twoFactorToken });
        const { code } = jobs.find((job) => job.type === "mail_code")!;
        const done = await request("POST", "/api/auth/login/2fa", {
          body: { twoFactorToken: body.twoFactorToken, method: "email", code },
          cf: place,
        });
        expect(done.status, who).toBe(200);
      }
    }
    expect(counted).toEqual(Object.fromEntries(Object.entries(WALKS).map(([who, { alarms }]) => [who, alarms])));
    expect(logins).toBe(21);
  });
});
