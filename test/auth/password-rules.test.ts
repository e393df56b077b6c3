import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { createPlatform, SYSTEM_CLIENT } from "../../src/platform/index.ts";
import { tokenIn } from "../support/mailbox-control.ts";
import { mailbox, PASSWORD, post, put, registerMember } from "../support/service.ts";
import { logged } from "../support/stores.ts";

let registrations = 0;

async function register(password: string, vars: Record<string, string> = {}, fields: object = {}) {
  const email = `grace.hopper-${++registrations}@example.test`;
  const input = { prenom: "Zoé", nom: "Müller", email, password, ...fields };
  const { status, body } = await post("/api/auth/register", input, { vars });
  return status === 422 ? (body.errors[0].detail as string) : status;
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}

describe("the password rules", () => {
  it("ask for 8 to 128 characters, counted as people count them, after normalisation", async () => {
    expect(await register("7 chars")).toBe("Le mot de passe doit contenir au moins 8 caractères");
    expect(await register("👩‍🚀🦊🐙🌵")).toBe("Le mot de passe doit contenir au moins 8 caractères");
    expect(await register("🦊🐙🌵🚲🎻🧭🪁🫐")).toBe(201);
    expect(await register("a b".repeat(42) + "cd")).toBe(201);
    expect(await register("a b".repeat(43))).toBe("Le mot de passe doit contenir au plus 128 caractères");
    expect(await register("x9 kq7", { PASSWORD_MIN_LENGTH: "6" })).toBe(201);
    expect(await register("twelve chars", { PASSWORD_MIN_LENGTH: "15" })).toBe(
      "Le mot de passe doit contenir au moins 15 caractères",
    );
  });

  it("ask for no character classes", async () => {
    expect(await register("seulement des lettres")).toBe(201);
    expect(await register("90817263549")).toBe(201);
  });

  it("refuse common passwords, in any case", async () => {
    for (const password of [
      "password",
      "PassWord",
      "iloveyou",
      "12345678",
      "qwertyuiop",
      "trustno1",
      "ｐａｓｓｗｏｒｄ",
    ]) {
      expect(await register(password), password).toBe("Ce mot de passe est trop courant");
    }
    for (const password of ["motdepasse", "Soleil123", "doudou123", "loulou12", "azertyuiop", "marseille"])
      expect(await register(password), password).toBe("Ce mot de passe est trop courant");
    expect(await register("doudou", { PASSWORD_MIN_LENGTH: "6" })).toBe("Ce mot de passe est trop courant");
    expect(await register("dragon", { PASSWORD_MIN_LENGTH: "6" })).toBe("Ce mot de passe est trop courant");
    expect(await register("password iloveyou"), "two of them are a phrase").toBe(201);
  });

  it("refuse the owner's own name and address, in any spelling, and ignore short words", async () => {
    const refusal = "Le mot de passe ne doit contenir ni votre nom ni votre adresse email";
    expect(await register("my MULLER is here")).toBe(refusal);
    expect(await register("vive Mu\u0308ller!")).toBe(refusal);
    expect(await register(`grace.hopper-${registrations + 1}`)).toBe(refusal);
    expect(await register("Jean Marie de Nancy", {}, { prenom: "Jean-Marie" })).toBe(201);
    expect(await register("xx Jean-Marie xx", {}, { prenom: "Jean-Marie" })).toBe(refusal);
    expect(await register("zoe goes to the zoo")).toBe(201);
  });

  it("refuse the product's name", async () => {
    expect(await register("my AuthApi login")).toBe("Le mot de passe ne doit pas contenir le nom du service");
  });

  it("apply to every way to set a password", async () => {
    const ada = await registerMember();
    await mailbox.next(ada.email);
    const change = await put(
      "/api/users/me/password",
      { currentPassword: PASSWORD, newPassword: "password" },
      { token: ada.token },
    );
    expect(change.body.errors).toEqual([{ pointer: "#/newPassword", detail: "Ce mot de passe est trop courant" }]);
    await post("/api/auth/forgot-password", { email: ada.email });
    const token = tokenIn(await mailbox.next(ada.email));
    const reset = await post(
      "/api/auth/reset-password",
      { token, password: "password" },
      { headers: { "Accept-Language": "en" } },
    );
    expect(reset.body.errors).toEqual([{ pointer: "#/password", detail: "This password is too common" }]);
  });
});

describe("the list of common passwords beside the Worker", () => {
  const COMMON = "Ce mot de passe est trop courant";

  it.each([
    ["is missing", { fetch: async () => new Response("not found", { status: 404 }) }],
    ["can't be reached", { fetch: async () => Promise.reject(new Error("no such service")) }],
    ["has no binding", undefined],
  ])(
    "that %s lets passwords through, says so in the log, and leaves the most common ones refused",
    async (_, assets) => {
      const vars = { ASSETS: assets as never };
      const unreadable = () => logged.filter((line) => line.includes('"common_list_failed"')).length;
      const before = unreadable();
      expect(await register("password", vars)).toBe(COMMON);
      expect(unreadable()).toBe(before);
      expect(await register("motdepasse", vars)).toBe(201);
      expect(unreadable()).toBe(before + 1);
    },
  );

  it("is read once by an isolate, and again if that failed", async () => {
    let reads = 0;
    let down = true;
    const fetch: typeof env.ASSETS.fetch = async (...asked) => {
      reads++;
      return down ? new Response(null, { status: 500 }) : env.ASSETS.fetch(...asked);
    };
    const bindings = { ...env, ASSETS: { fetch } as never };
    const read = () => createPlatform(bindings, { waitUntil: () => {} }, SYSTEM_CLIENT).commonPasswords();
    expect(await read()).toBe("");
    down = false;
    const [list] = [await read(), await read(), await read()];
    expect([list.length > 20_000, reads]).toEqual([true, 2]);
  });
});

describe("the breach check", () => {
  const ON = { BREACH_CHECK: "on" };

  beforeEach(() => mailbox.breach({}));

  it("refuses a password known from a breach, and no other", async () => {
    const known = "correcte cavale piles agrafées";
    await mailbox.breach({ hash: await sha1(known), count: 3 });
    expect(await register(known, ON)).toBe("Ce mot de passe figure dans une fuite de données connue");
    expect(await register(`${known}!`, ON)).toBe(201);
    expect(await register(known, { BREACH_CHECK: "off" })).toBe(201);
  });

  it("ignores the padding's entries, whose count is 0", async () => {
    const padded = "une phrase qui sert de rembourrage";
    await mailbox.breach({ hash: await sha1(padded), count: 0 });
    expect(await register(padded, ON)).toBe(201);
  });

  it("accepts the password when the service fails, or does not answer in time", async () => {
    const known = "une phrase connue de tous, hélas";
    await mailbox.breach({ hash: await sha1(known), count: 9, status: 503 });
    expect(await register(known, ON)).toBe(201);
    // Longer than this test may take.
    await mailbox.breach({ delayMs: 60_000 });
    expect(await register(known, ON)).toBe(201);
    await mailbox.breach({});
  });
});
