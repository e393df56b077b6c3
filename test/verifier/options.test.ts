/** Invalid options are refused by every way to verify a token: ignoring one would open the route. */
import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createLocalVerifier, createVerifier, requireToken, withToken } from "../../src/verifier/client/index.ts";
import type { TokenVerifierBinding, VerifyOptions } from "../../src/verifier/contract.ts";
import { AUDIENCE } from "../support/bindings.ts";
import { post, type Member } from "../support/service.ts";
import { registerAdmin } from "../support/staff.ts";

type Loopback = TokenVerifierBinding & ((options: { props: object }) => TokenVerifierBinding);
const service = (exports as unknown as { TokenVerifier: Loopback }).TokenVerifier;

/** `good`, `refused` for its options, or another code. */
type Outcome = string | undefined;
const outcomeOf = ({ code, ok }: { ok: boolean; code?: string }): Outcome =>
  ok ? "good" : code === "invalid_options" ? "refused" : code;

/** Every way to verify, each with the same options. */
const WAYS: Record<string, (token: string, options: VerifyOptions) => Promise<Outcome>> = {
  "by RPC": async (token, options) => outcomeOf(await service.verify(token, options)),
  "by RPC, as introspection": async (token, options) =>
    (await service.introspect(token, options)).active ? "good" : "refused",
  "over HTTP": async (token, options) => {
    const { status, body } = await post("/api/auth/verify-token", { token, ...options });
    return status === 422 ? "refused" : outcomeOf({ ok: body.active, code: body.reason });
  },
  "by createVerifier": async (token, options) => outcomeOf(await createVerifier(service).verify(token, options)),
  "by createVerifier's defaults": async (token, options) =>
    outcomeOf(await createVerifier(service, options).verify(token)),
  "by createLocalVerifier": async (token, options) =>
    outcomeOf(await createLocalVerifier(service).verify(token, options)),
  "by createLocalVerifier's defaults": async (token, options) =>
    outcomeOf(await createLocalVerifier(service, options).verify(token)),
  "by withToken": async (token, options) => {
    const guarded = withToken(() => new Response(), options);
    return guardOutcome(await guarded(bearing(token), { AUTH: service }, {}));
  },
  "by requireToken, locally": async (token, options) => {
    const guard = requireToken({ ...options, verifier: createLocalVerifier });
    const context = { req: { raw: bearing(token) }, env: { AUTH: service }, set: () => {} };
    const answer = await guard(context as never, async () => {});
    return answer instanceof Response ? guardOutcome(answer) : "good";
  },
};

const bearing = (token: string) =>
  new Request("https://consumer.example/", { headers: { Authorization: `Bearer ${token}` } });

async function guardOutcome(answer: Response): Promise<Outcome> {
  return answer.ok ? "good" : outcomeOf({ ok: false, ...(await answer.json<{ code: string }>()) });
}

const REFUSED: Record<string, object> = {
  "an empty permission": { permission: "" },
  "a blank permission": { permission: " " },
  "a permission of another type": { permission: ["users:read"] },
  "no permission, as null": { permission: null },
  "a permission too long": { permission: "a".repeat(101) },
  "an empty audience": { audience: "" },
  "an audience of another type": { audience: 7 },
  "a list of audiences": { audience: [AUDIENCE] },
  "no audience, as null": { audience: null },
  "an audience too long": { audience: "a".repeat(201) },
  "strict as text": { strict: "true" },
  "strict as a number": { strict: 1 },
  "strict as null": { strict: null },
  "another ifUnknown": { ifUnknown: "allow" },
  "an empty ifUnknown": { ifUnknown: "" },
  "ifUnknown as a boolean": { ifUnknown: true },
  "a misspelt name": { permision: "users:read" },
  "a valid option beside an invalid one": { permission: "users:read", audience: "" },
};
const TAKEN: Record<string, VerifyOptions> = {
  none: {},
  all: { audience: AUDIENCE, permission: "users:read", strict: true, ifUnknown: "refuse" },
  "a permission of another service": { permission: "artists:write" },
  "what is undefined": { audience: undefined, permission: undefined, strict: undefined, ifUnknown: undefined },
};

let admin: Member;
beforeAll(async () => {
  admin = await registerAdmin();
  // A token that has the role's permissions.
  admin.token = (await post("/api/auth/refresh", { refreshToken: admin.refreshToken })).body.token;
});

describe.each(Object.entries(WAYS))("%s", (_, ask) => {
  it.each(Object.entries(REFUSED))("refuses %s", async (_name, options) => {
    expect(await ask(admin.token, options as VerifyOptions)).toBe("refused");
  });

  it.each(Object.entries(TAKEN))("takes %s", async (_name, options) => {
    expect(await ask(admin.token, options)).toBe("good");
  });
});

describe("Options of only some ways", () => {
  it.each(["strict", 1, [], ["users:read"]])("invalid options: %j", async (junk) => {
    for (const verifier of [service, createVerifier(service), createLocalVerifier(service)]) {
      expect(await verifier.verify(admin.token, junk as never)).toMatchObject({ code: "invalid_options", status: 500 });
    }
  });

  it.each([null, "", 7, [AUDIENCE]])("an invalid audience in the binding: %j", async (audience) => {
    const bound = service({ props: { audience } });
    expect(await bound.verify(admin.token, { audience: AUDIENCE })).toMatchObject({ code: "invalid_options" });
    expect(await bound.jwks()).toMatchObject({ code: "invalid_options" });
    expect(await createLocalVerifier(bound).verify(admin.token)).toMatchObject({ ok: false });
  });

  it.each([{ memoryMs: -1 }, { memoryMs: Number.NaN }, { memoryMs: "5000" }, { now: 0 }])(
    "a local verifier's %j",
    async (options) => {
      const verifier = createLocalVerifier(service, options as never);
      expect(await verifier.verify(admin.token)).toMatchObject({ code: "invalid_options" });
    },
  );

  it("an undefined option of a call does not override a default", async () => {
    for (const create of [createVerifier, createLocalVerifier]) {
      const verifier = create(service, { audience: "other-api" });
      expect(await verifier.verify(admin.token, { audience: undefined })).toMatchObject({ code: "audience_mismatch" });
    }
  });
});
