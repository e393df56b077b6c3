import { beforeAll, describe, expect, it } from "vitest";
import { get, post } from "../support/service.ts";
import { logged } from "../support/stores.ts";

const DOCUMENTS = [
  "/sign-in",
  "/register",
  "/email-code",
  "/account",
  "/account/security",
  "/admin",
  "/admin/users/1",
  "/gallery",
  "/docs",
];

/** The addresses of the files that a document loads. */
const filesIn = (html: string) =>
  [...html.matchAll(/(?:href|src)="(\/(?:assets|brand)\/[^"]+)"/g)].map(([, file]) => file!);

const serviceIn = (html: string) =>
  JSON.parse(/name="service" content="([^"]+)"/.exec(html)![1]!.replaceAll("&quot;", '"')) as Record<string, unknown>;

describe("the documents of the application", () => {
  it.each(DOCUMENTS)("%s runs its own scripts and styles, nothing inline and nothing from elsewhere", async (path) => {
    const { status, headers, text } = await get(path);
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(headers.get("Content-Security-Policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Cache-Control")).toBe("private, no-cache");
    expect(headers.get("Vary")).toContain("Cookie");
    expect(text).not.toMatch(/<style|<script(?! type="module" src="\/assets\/)| on\w+=| style=/);
  });

  it("announce everything that they load at once, and it can be kept for good", async () => {
    const { headers, text } = await get("/sign-in");
    const announced = [...(headers.get("Link") ?? "").matchAll(/<([^>]+)>; rel=(preload; as=style|modulepreload)/g)];
    expect(announced.map(([, file]) => file)).toEqual(expect.arrayContaining(filesIn(text)));
    for (const [, file = "", kind = ""] of announced) {
      const answer = await get(file);
      expect([file, answer.status]).toEqual([file, 200]);
      expect(answer.headers.get("Content-Type")).toMatch(kind === "modulepreload" ? /javascript/ : /^text\/css/);
      expect(answer.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
      expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
      const again = await get(file, { headers: { "If-None-Match": answer.headers.get("ETag")! } });
      expect(again.status).toBe(304);
    }
  });

  it("are in the language and the theme that the reader has chosen, else as the browser asks", async () => {
    const opening = async (headers: Record<string, string>) =>
      /<html lang="(\w+)" data-theme="(\w*)">/.exec((await get("/sign-in", { headers })).text)!.slice(1);
    expect(await opening({ "Accept-Language": "en-GB" })).toEqual(["en", ""]);
    expect(await opening({ "Accept-Language": "en", Cookie: "language=fr; theme=dark" })).toEqual(["fr", "dark"]);
    expect(await opening({ "Accept-Language": "en", Cookie: 'language=de; theme="><b>' })).toEqual(["en", ""]);
  });

  it("say what this service is", async () => {
    const { text } = await get("/register", {
      vars: {
        PRODUCT_NAME: 'Chez "Ada" & fils',
        REGISTRATION: "verified",
        PASSWORD_MIN_LENGTH: "15",
        APP_URL: "https://front.example.test/home",
        ALLOWED_ORIGINS: "https://app.example.test",
      },
    });
    expect(text).toContain("<title>Créer un compte – Chez &quot;Ada&quot; &amp; fils</title>");
    expect(serviceIn(text.replaceAll("&quot;Ada&quot;", "Ada").replaceAll("\\Ada\\", "Ada"))).toMatchObject({
      registration: "verified",
      passwordMinLength: 15,
      origins: ["https://front.example.test", "https://app.example.test"],
    });
  });

  it("wear the operator's colour and logo", async () => {
    const vars = { BRAND_COLOR: "#7A1FA2", BRAND_LOGO: "https://cdn.example.test/logo.svg" };
    const { text, headers } = await get("/sign-in", { vars });
    expect(headers.get("Content-Security-Policy")).toContain("img-src 'self' data: https://cdn.example.test;");
    expect(serviceIn(text)).toMatchObject({ logo: vars.BRAND_LOGO });
    const [style = ""] = filesIn(text).filter((file) => file.startsWith("/brand/"));
    expect(await get(style, { vars })).toMatchObject({ status: 200, text: ":root{--brand:#7A1FA2}" });
    for (const other of ["/brand/red.css", "/brand/7A1FA2", "/brand/7A1FA2;}.css"])
      expect([other, (await get(other)).status]).toEqual([other, 404]);
  });

  it("show their components in development only", async () => {
    expect((await get("/gallery")).status).toBe(200);
    expect((await get("/gallery", { vars: { ISSUER: "https://auth.example.com" } })).status).toBe(404);
  });

  it("are not there where PAGES is off, and neither is any file of theirs", async () => {
    const files = filesIn((await get("/sign-in")).text);
    expect(files.length).toBeGreaterThan(1);
    for (const path of [...DOCUMENTS.filter((each) => each !== "/docs"), ...files, "/brand/000000.css"]) {
      const { status, body } = await get(path, { vars: { PAGES: "off" } });
      expect([path, status, body?.code]).toEqual([path, 404, "not_found"]);
    }
  });

  it("leave every other address to the API", async () => {
    for (const path of [
      "/assets/none.js",
      "/pages.json",
      "/assets/../pages.json",
      "/common-passwords.txt",
      "/sign-in.html",
      "/index.html",
    ])
      expect([path, (await get(path)).body?.code]).toEqual([path, "not_found"]);
    expect((await post("/account/security")).status).toBe(405);
  });
});

describe("the server's own pages, while the files beside the Worker can't be read", () => {
  const vars = { PAGES: "off", ASSETS: { fetch: async () => new Response(null, { status: 500 }) } as never };

  it("say what they say without their looks", async () => {
    const { status, text } = await get("/", { vars });
    expect([status, /<style[^>]*>\s*<\/style>/.test(text)]).toEqual([200, true]);
    expect(logged.filter((line) => line.includes('"page_style_failed"'))).toHaveLength(2);
  });

  it("are not shown where a script is missing", async () => {
    expect((await get("/reset-password", { vars })).status).toBe(500);
  });
});

describe("the service's own origin", () => {
  const ISSUER = "http://localhost:3001";
  let account: { email: string; password: string };

  beforeAll(async () => {
    account = { email: "pages@example.test", password: "Correct cheval pile agrafe" };
    await post("/api/auth/register", { prenom: "Ada", nom: "Lovelace", ...account });
  });

  it("may refresh by cookie while there are pages, and may not without them", async () => {
    const { headers } = await post("/api/auth/login", { ...account, transport: "cookie" });
    const [cookie = ""] = headers.getSetCookie().map((each) => each.split(";")[0]!);
    const refresh = (vars: Record<string, string>) =>
      post("/api/auth/refresh", {}, { headers: { Cookie: cookie, Origin: ISSUER }, vars });
    expect((await refresh({ PAGES: "off" })).body.code).toBe("origin_not_allowed");
    expect((await refresh({ PAGES: "on" })).status).toBe(200);
  });
});
