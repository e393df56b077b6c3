/** The administration in Chromium: each flow end to end, and what each permission shows. */
import bcrypt from "bcryptjs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect } from "vitest";
import { PERMISSIONS } from "../../src/services/access/permissions.ts";
import { startBrowser } from "../support/browser.ts";
import { findBarriers, isTooWide, openPage, tabOrder } from "../support/pages.ts";
import { ofMany, sampleOf } from "../support/sample.ts";
import { startService, type RunningService } from "../support/system.ts";

/** What `npm test` runs of this file. */
const it = ofMany([
  "ends where an account has more permissions",
  "has no barriers, scrolls down alone, and begins with the navigation",
  "is shown to nobody if its owner administers anything",
  "make, change and delete roles",
  "draw the figures, which a table says too",
]);

const PASSWORD = "Correct cheval pile agrafe";
const STAFF = "staff@example.test";
const HASH = bcrypt.hashSync(PASSWORD, 4);

let service: RunningService;
let browser: Browser;
/** Signed in once, as an account whose role the tests change. */
let page: Page;
let complaints: string[];
let staffId: number;
let roleId: number;
let editorId: number;
/** Without permissions; with a session, a second factor, and whatever else an administrator acts on. */
let memberId: number;
/** What its address says. */
const APPLICATION = "app_0123456789abcdef";
const WEBHOOK = "0b1f0c4e-7a44-4f0a-9a5e-2f8f7f1d9a10";

const one = async <Value>(sql: string, params: unknown[] = []): Promise<Value> =>
  Object.values((await service.query(sql, params))[0]!)[0] as Value;
const address = (path: string) => `${service.origin}${path}`;
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const dialog = () => page.getByRole("dialog");
/** The act of the open dialog; it closes when it is done. */
async function agree(): Promise<void> {
  await dialog().locator("form > .actions button").first().click();
  await dialog().waitFor({ state: "detached" });
}
const isSaid = (text: string | RegExp) => page.getByText(text).first().waitFor();
async function visit(path: string): Promise<void> {
  await page.goto(address(path));
  await settled();
}
/** The page is drawn, and nothing of it is loading any more. */
async function settled(): Promise<void> {
  await page.waitForSelector("main h1");
  await page.locator("main .loading").first().waitFor({ state: "detached" });
}
const hold = (permissions: string[]) =>
  service.query("update roles set permissions = $2::jsonb where id = $1", [roleId, JSON.stringify(permissions)]);

beforeAll(async () => {
  [service, browser] = await Promise.all([startService({ MAIL_PROVIDER: "cloudflare" }), startBrowser()]);
  await service.query(
    "insert into users (email, password_hash, prenom, nom, role_id) values ('first@example.test', 'none', 'First', 'Admin', 1)",
  );
  await service.post("/api/auth/register", { prenom: "Grace", nom: "Hopper", email: STAFF, password: PASSWORD });
  roleId = await one(`insert into roles (name, permissions) values ('staff', '["*"]') returning id`);
  editorId = await one(`insert into roles (name, description) values ('editor', 'Publie') returning id`);
  staffId = await one("update users set role_id = $1 where email = $2 returning id", [roleId, STAFF]);
  memberId = await one(
    "insert into users (email, password_hash, prenom, nom) values ('ada@example.test', 'none', 'Ada', 'Lovelace') returning id",
  );
  await service.query("insert into two_factor_methods (user_id, type, confirmed_at) values ($1, 'email', now())", [
    memberId,
  ]);
  await insertSession();
  await insertKey();
  await service.query(
    `insert into oauth_clients (client_id, name, hash, mark_id, permissions, audiences)
     values ($1, 'Shop', 'none', gen_random_uuid(), '[]', '[]')`,
    [APPLICATION],
  );
  await service.query(
    "insert into webhook_endpoints (id, url, description, events, secret) values ($1, 'https://hooks.example/in', '', '{}', 'none')",
    [WEBHOOK],
  );
  ({ page, complaints } = await openPage(browser, address("/sign-in?return_to=/admin")));
  page.setDefaultTimeout(30_000);
  await page.fill("#email", STAFF);
  await page.fill("#password", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL(address("/admin"));
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

beforeEach(() => hold(["*"]));

const insertSession = () =>
  service.query(
    `insert into refresh_tokens (user_id, session_id, token, methods, expires_at, user_agent)
     values ($1, gen_random_uuid(), gen_random_uuid(), '{pwd}', now() + interval '30 days', 'curl/8')`,
    [memberId],
  );
const KEY = "0123456789abcdef";
const insertKey = () =>
  service.query(
    `insert into api_keys (user_id, key_id, name, hash, mark_id, permissions, expires_at)
     values ($1, $2, 'Sauvegarde', 'none', gen_random_uuid(), '["artists:read"]', now() + interval '30 days')`,
    [memberId, KEY],
  );
const insertDeadJob = () =>
  one<number>(
    `insert into dead_jobs (message_id, type, job)
     values (gen_random_uuid(), 'forgot_password', '{"type":"forgot_password","email":"nobody@example.test"}') returning id`,
  );

/** Every page, by the title of its link. */
const PAGES: Record<string, { path: string; permission: string }> = {
  Comptes: { path: "/admin/users", permission: "users:read" },
  Import: { path: "/admin/import", permission: "users:import" },
  Rôles: { path: "/admin/roles", permission: "roles:read" },
  Applications: { path: "/admin/applications", permission: "applications:read" },
  Webhooks: { path: "/admin/webhooks", permission: "webhooks:read" },
  Annonces: { path: "/admin/broadcast", permission: "notifications:send" },
  "Journal d'audit": { path: "/admin/audit", permission: "audit:read" },
  "Tâches abandonnées": { path: "/admin/jobs", permission: "jobs:read" },
};
const OVERVIEW = [...Object.values(PAGES).map(({ permission }) => permission), "stats:read"];

interface Act {
  page: string;
  /** As its button is called. */
  button: string;
  permission: string;
  method: string;
  api: string;
  body?: object | string;
}

/** Every act that a button of the administration stands for, and the call that it makes. */
const acts = (jobId: number): Act[] => {
  const user = `/api/admin/users/${memberId}`;
  const ofUser = (button: string, method: string, api = "", body?: object): Act => ({
    page: `/admin/users/${memberId}`,
    button,
    permission: "users:write",
    method,
    api: user + api,
    ...(body && { body }),
  });
  const ofRoles = (button: string, method: string, api = "", body?: object): Act => ({
    page: "/admin/roles",
    button,
    permission: "roles:write",
    method,
    api: `/api/admin/roles${api}`,
    ...(body && { body }),
  });
  const ofApplications = (button: string, method: string, api = "", body?: object): Act => ({
    page: "/admin/applications",
    button,
    permission: "applications:write",
    method,
    api: `/api/admin/applications${api}`,
    ...(body && { body }),
  });
  const ofWebhook = (button: string, method: string, api = "", body?: object): Act => ({
    page: `/admin/webhooks/${WEBHOOK}`,
    button,
    permission: "webhooks:write",
    method,
    api: `/api/admin/webhooks/${WEBHOOK}${api}`,
    ...(body && { body }),
  });
  return [
    ofWebhook("Envoyer un essai", "POST", "/test"),
    ofWebhook("Modifier", "PATCH", "", { description: "forbidden" }),
    ofWebhook("Renouveler le secret", "POST", "/secret"),
    ofWebhook("Mettre en pause", "PATCH", "", { isActive: false }),
    ofWebhook("Supprimer", "DELETE"),
    ofWebhook("Relancer les échecs", "POST", "/replay", { since: new Date(0).toISOString() }),
    {
      page: "/admin/webhooks",
      button: "Ajouter un webhook",
      permission: "webhooks:write",
      method: "POST",
      api: "/api/admin/webhooks",
      body: { url: service.mailbox.receiver("forbidden") },
    },
    ofApplications("Enregistrer une application", "POST", "", { name: "forbidden" }),
    ofApplications("Modifier Shop", "PATCH", `/${APPLICATION}`, { name: "forbidden" }),
    ofApplications("Renouveler le secret de Shop", "POST", `/${APPLICATION}/secret`, {}),
    ofApplications("Désactiver Shop", "PATCH", `/${APPLICATION}`, { isActive: false }),
    ofApplications("Supprimer Shop", "DELETE", `/${APPLICATION}`),
    {
      ...ofUser("Voir ce que cette personne voit", "POST", "/impersonate", { reason: "forbidden" }),
      permission: "users:impersonate",
    },
    ofUser("Modifier le nom", "PATCH", "", { prenom: "Ada" }),
    ofUser("Changer de rôle", "PATCH", "", { roleId: 0 }),
    ofUser("Changer l'adresse", "PATCH", "", { email: "other@example.test" }),
    ofUser("Confirmer l'adresse", "PATCH", "", { isVerified: true }),
    ofUser("Débloquer", "POST", "/unlock"),
    ofUser("Fermer toutes les sessions", "POST", "/logout"),
    ofUser("Retirer la double authentification", "POST", "/2fa/reset"),
    ofUser("Désactiver", "PATCH", "", { isActive: false }),
    ofUser("Supprimer", "DELETE"),
    ofUser("Révoquer la clé Sauvegarde", "DELETE", `/api-keys/${KEY}`),
    ofUser("Fermer la session sur curl", "DELETE", `/sessions/${crypto.randomUUID()}`),
    {
      page: "/admin/users",
      button: "Inviter",
      permission: "users:write",
      method: "POST",
      api: "/api/admin/users",
      body: { email: "new@example.test", prenom: "New", nom: "Person" },
    },
    ofRoles("Créer un rôle", "POST", "", { name: "forbidden" }),
    ofRoles("Modifier editor", "PATCH", `/${editorId}`, { description: "" }),
    ofRoles("Supprimer editor", "DELETE", `/${editorId}`),
    {
      page: "/admin/jobs",
      button: `Relancer la tâche forgot_password nº ${jobId}`,
      permission: "jobs:replay",
      method: "POST",
      api: `/api/admin/dead-jobs/${jobId}/replay`,
    },
    {
      page: "/admin/broadcast",
      button: "Continuer",
      permission: "notifications:send",
      method: "POST",
      api: "/api/admin/notifications",
      body: { title: "T", content: "C", all: true },
    },
    {
      page: "/admin/import",
      button: "Choisir un fichier",
      permission: "users:import",
      method: "POST",
      api: "/api/admin/users/import",
      body: "{}",
    },
  ];
};

/** The page of one entry of a list. */
const BELOW: Record<string, () => string> = {
  "/admin/users": () => `/admin/users/${memberId}`,
  "/admin/webhooks": () => `/admin/webhooks/${WEBHOOK}`,
};

/** What choosing a role takes besides. */
const NEEDS_TOO: Record<string, string> = { "Changer de rôle": "roles:read" };

/** Roles of each permission alone, and of those that open the page of an act besides. */
const ROLES: string[][] = [
  [],
  ...Object.keys(PERMISSIONS).map((permission) => [permission]),
  ["users:read", "users:write"],
  ["users:read", "users:impersonate"],
  ["users:read", "users:write", "roles:read"],
  ["roles:read", "roles:write"],
  ["applications:read", "applications:write"],
  ["webhooks:read", "webhooks:write"],
  ["jobs:read", "jobs:replay"],
  ["*"],
];

const holds = (permissions: string[], wanted: string) => permissions.includes("*") || permissions.includes(wanted);

describe("what the reader may do", () => {
  it("is what is shown, and the API refuses the rest", async () => {
    const jobId = await insertDeadJob();
    const all = acts(jobId);
    const { body } = await service.post("/api/auth/login", { email: STAFF, password: PASSWORD });
    const headers = { Authorization: `Bearer ${body.token}` };
    const wrong: string[] = [];
    const expectSame = (what: string, found: unknown, wanted: unknown) => {
      if (JSON.stringify(found) !== JSON.stringify(wanted))
        wrong.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
    };
    const kindOf = ([first = "none", ...more]: string[]) =>
      more.length > 0 ? "several" : ["none", "*", "stats:read"].includes(first) ? first : "one";
    for (const permissions of sampleOf(ROLES, (each) => [kindOf(each)])) {
      await hold(permissions);
      const role = permissions.join(" ") || "nothing";
      await visit("/admin");
      const pages = Object.entries(PAGES).filter(([, { permission }]) => holds(permissions, permission));
      const isAllowed = OVERVIEW.some((each) => holds(permissions, each));
      const links = await page.locator("nav#navigation a").allInnerTexts();
      expectSame(`links of ${role}`, links, [
        ...(isAllowed ? ["Vue d'ensemble"] : []),
        ...pages.map(([title]) => title),
      ]);
      expectSame(`plots of ${role}`, (await page.locator(".plot").count()) > 0, holds(permissions, "stats:read"));
      if (!isAllowed) expectSame(`page of ${role}`, await page.innerText("h1"), "Vous n'avez pas accès à cette page");
      for (const [title, { path }] of pages) {
        await page.locator("nav#navigation").getByRole("link", { name: title, exact: true }).click();
        await page.locator("h1", { hasText: title }).waitFor();
        await settled();
        expectSame(`buttons of ${role} on ${path}`, await actsShown(all, path), actsOf(all, permissions, path));
        const below = BELOW[path]?.();
        if (!below) continue;
        await page.locator(`main a[href="${below}"]`).click();
        await page.locator("main .back").waitFor();
        await settled();
        expectSame(`buttons of ${role} on ${below}`, await actsShown(all, below), actsOf(all, permissions, below));
      }
      for (const { method, api, body, permission } of all.filter(({ permission }) => !holds(permissions, permission))) {
        const type = typeof body === "string" ? "application/x-ndjson" : "application/json";
        const response = await fetch(address(api), {
          method,
          headers: { ...headers, ...(body && { "Content-Type": type }) },
          ...(body && { body: typeof body === "string" ? body : JSON.stringify(body) }),
        });
        expectSame(`${method} ${api} of ${role} without ${permission}`, response.status, 403);
      }
    }
    // A page that isn't listed can't be reached by its address either.
    await hold(["stats:read"]);
    for (const { path } of Object.values(PAGES)) {
      await visit(path);
      expectSame(`${path} by its address`, await page.innerText("h1"), "Vous n'avez pas accès à cette page");
    }
    expect(wrong).toEqual([]);
  }, 240_000);

  it("ends where an account has more permissions", async () => {
    await hold(["users:read", "users:write", "roles:read", "roles:write"]);
    const adminId = await one("select id from users where email = 'first@example.test'");
    await visit(`/admin/users/${String(adminId)}`);
    await isSaid(/Ce compte a des droits que vous n'avez pas/);
    expect(await page.locator("main button").count()).toBe(0);
    await visit("/admin/roles");
    expect(await button("Modifier admin").count()).toBe(0);
    await button("Créer un rôle").click();
    await dialog().locator("fieldset .small").first().waitFor();
    const offered = await dialog().locator("fieldset .small").allInnerTexts();
    expect(offered).toEqual(["users:read", "users:write", "roles:read", "roles:write"]);
  }, 60_000);

  async function actsShown(all: Act[], path: string): Promise<string[]> {
    const menu = page.locator("main [aria-haspopup]");
    if (await menu.count()) await menu.click();
    const shown: string[] = [];
    for (const act of all.filter(({ page }) => page === path)) {
      const named = page.locator("main").locator("button, label.file").filter({ hasText: act.button });
      const labelled = page.locator(`main [aria-label="${act.button}"]`);
      const texts = await named.allInnerTexts();
      if (texts.includes(act.button) || (await labelled.count()) > 0) shown.push(act.button);
    }
    return shown;
  }

  const actsOf = (all: Act[], permissions: string[], path: string) =>
    all
      .filter(
        (act) =>
          act.page === path &&
          holds(permissions, act.permission) &&
          holds(permissions, NEEDS_TOO[act.button] ?? act.permission),
      )
      .map(({ button }) => button);
});

describe("every page of the administration", () => {
  it("has no barriers, scrolls down alone, and begins with the navigation", async () => {
    const found: string[] = [];
    const below = Object.values(BELOW).map((path) => path());
    const paths = ["/admin", ...Object.values(PAGES).map(({ path }) => path), ...below];
    const looks = [
      { width: 1280, theme: "dark" },
      { width: 360, theme: "light" },
    ] as const;
    // Each page as one of the two has it, in turn.
    const cases = paths.flatMap((path, at) => looks.map((_, turn) => ({ path, ...looks[(at + turn) % 2]! })));
    for (const { path, width, theme } of sampleOf(cases, (one) => [one.path])) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await visit(path);
      if (path === "/admin") await page.waitForSelector(".plot canvas");
      found.push(...(await findBarriers(page)).map((barrier) => `${path} ${width}: ${barrier}`));
      if (await isTooWide(page)) found.push(`${path} is too wide for ${width}`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(found).toEqual([]);
    await visit("/admin/users");
    const order = await tabOrder(page);
    const from = order.indexOf("Inviter");
    expect(order.slice(0, 3)).toEqual(["Aller au contenu", expect.stringContaining("Auth API"), "Vue d'ensemble"]);
    expect(order.slice(from, from + 6)).toEqual([
      "Inviter",
      "",
      expect.stringContaining("Tous"),
      expect.any(String),
      expect.any(String),
      "Ada Lovelace",
    ]);
  }, 120_000);

  it("says what is wrong when the service or the network is away, and goes on", async () => {
    await visit("/admin/jobs");
    await page.context().setOffline(true);
    await page.locator("nav#navigation").getByRole("link", { name: "Comptes" }).click();
    await page.locator("main .state").waitFor();
    expect(await page.innerText("main .state")).toContain("Vous êtes hors ligne");
    await page.context().setOffline(false);
    // The socket may have tried meanwhile.
    complaints.splice(0);
    await button("Réessayer").click();
    await page.getByRole("link", { name: "Ada Lovelace" }).waitFor();
    await page.getByLabel("Rechercher").fill("zzz nobody");
    await isSaid("Aucun compte ne correspond");
    // The filters are in the address: coming back finds them.
    expect(new URL(page.url()).searchParams.get("q")).toBe("zzz nobody");
    await page.reload();
    await isSaid("Aucun compte ne correspond");
  }, 60_000);
});

describe("accounts", () => {
  it("are acted on from their page, each act after a word on what it does", async () => {
    await visit("/admin/users?status=active");
    await page.getByRole("link", { name: "Ada Lovelace" }).click();
    await settled();
    const act = async (name: string, fill: () => Promise<unknown> = () => Promise.resolve()) => {
      const atHand = button(name);
      if (!(await atHand.count())) {
        await button("Plus d'actions").click();
        await page.getByRole("menuitem", { name, exact: true }).click();
      } else await atHand.click();
      expect(await dialog().innerText(), name).not.toBe("");
      await fill();
      await agree();
    };
    await act("Modifier le nom", () => dialog().getByLabel("Prénom").fill("Augusta"));
    await page.locator("h1", { hasText: "Augusta Lovelace" }).waitFor();
    await act("Changer de rôle", () => dialog().locator("select").selectOption({ label: "editor" }));
    await act("Confirmer l'adresse");
    await act("Débloquer");
    await service.query("delete from refresh_tokens where user_id = $1", [memberId]);
    await insertSession();
    // The proof of the address has ended what was made before it.
    await insertKey();
    await page.reload();
    await settled();
    await isSaid("Aucun compte lié");
    await isSaid("artists:read");
    await act("Révoquer la clé Sauvegarde");
    await isSaid("Aucune clé d'API");
    await act("Fermer la session sur curl");
    await isSaid("Aucune session ouverte");
    await insertSession();
    await act("Fermer toutes les sessions");
    await service.query("delete from two_factor_methods where user_id = $1", [memberId]);
    await service.query("insert into two_factor_methods (user_id, type, confirmed_at) values ($1, 'totp', now())", [
      memberId,
    ]);
    await service.query(
      `insert into identities (user_id, issuer, subject, email, email_verified)
       values ($1, 'https://id.example', 'subject-of-ada', 'ada@id.example', true)`,
      [memberId],
    );
    await page.reload();
    await isSaid("Application d'authentification");
    const linked = page.getByRole("row", { name: "https://id.example" });
    for (const word of ["ada@id.example", "n'est plus proposé", "jamais"])
      expect(await linked.innerText()).toContain(word);
    expect(await page.content()).not.toContain("subject-of-ada");
    await act("Retirer la double authentification");
    await isSaid("Aucun second facteur");
    await act("Désactiver");
    await isSaid("désactivé");
    await act("Réactiver");
    await act("Changer l'adresse", () => dialog().getByLabel("Nouvelle adresse").fill("augusta@example.test"));
    await page.locator("header p", { hasText: "augusta@example.test" }).waitFor();
    await act("Supprimer");
    await isSaid(/Ce compte a été supprimé/);
    await act("Rétablir");
    await button("Plus d'actions").waitFor();
    const told = await service.query<{ action: string }>(
      "select action from audit_logs where target_type in ('user', 'session', 'api_key') and actor_id = $1 order by id",
      [staffId],
    );
    expect(told.map(({ action }) => action)).toEqual([
      "user.updated",
      "user.updated",
      "user.updated",
      "user.unlocked",
      "api_key.revoked",
      "session.revoked",
      "user.logged_out",
      "two_factor.reset",
      "user.updated",
      "user.updated",
      "user.updated",
      "user.deleted",
      "user.restored",
    ]);
    await isSaid("user.restored");
    expect(complaints).toEqual([]);
  }, 120_000);

  it("are made by invitation, after a proof of identity where the last is old", async () => {
    await service.query("update refresh_tokens set authenticated_at = now() - interval '601 s' where user_id = $1", [
      staffId,
    ]);
    await visit("/admin/users");
    await button("Inviter").click();
    const fill = async (email: string) => {
      await dialog().getByLabel("Adresse email").fill(email);
      await dialog().getByLabel("Prénom").fill("Hedy");
      await dialog().getByLabel("Nom", { exact: true }).fill("Lamarr");
    };
    await fill(STAFF);
    await button("Envoyer l'invitation").click();
    await page.getByLabel("Votre mot de passe").fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog .message.bad");
    await fill("hedy@example.test");
    await agree();
    await page.getByRole("link", { name: "Hedy Lamarr" }).waitFor();
    expect(await service.nextMail(address("/accept-invitation#"))).toContain("token=");
  }, 60_000);
});

describe("somebody's account", () => {
  const READS = ["Menu", "Précédent", "Suivant", "Terminer"];
  const PERSON = { prenom: "Alan", nom: "Turing", email: "alan@example.test", password: PASSWORD };
  let personId: number;
  let personToken: string;
  const live = () =>
    one<string>(
      "select count(*) from refresh_tokens where user_id = $1 and impersonator_id is not null and revoked_at is null",
      [personId],
    );
  const ask = async (): Promise<void> => {
    await visit(`/admin/users/${personId}`);
    await button("Voir ce que cette personne voit").click();
    await dialog().getByLabel("Motif").fill("Demande 42");
  };
  const send = () => dialog().getByRole("button", { name: "Voir ce que cette personne voit", exact: true }).click();
  async function look(): Promise<Page> {
    await ask();
    const [tab] = await Promise.all([page.context().waitForEvent("page"), send()]);
    tab.setDefaultTimeout(30_000);
    await tab.waitForSelector(".visit");
    await tab.waitForSelector("main h1");
    return tab;
  }
  const isOver = async (tab: Page, why: string | RegExp) => {
    await tab.locator("h1", { hasText: "Cette consultation est terminée" }).waitFor();
    await tab.getByText(why).waitFor();
    expect(await tab.locator(".visit, nav").count()).toBe(0);
  };

  beforeAll(async () => {
    personToken = (await service.post("/api/auth/register", PERSON)).body.token;
    personId = await one("select id from users where email = $1", [PERSON.email]);
    await service.query(
      "insert into login_history (user_id, outcome) select $1, 'failure' from generate_series(1, 20)",
      [personId],
    );
  });

  beforeEach(() => service.query("delete from refresh_tokens where impersonator_id is not null"));

  it("is shown in a tab of its own, where every control that could change something is off", async () => {
    await ask();
    expect(await findBarriers(page)).toEqual([]);
    await isSaid(/La personne en est prévenue aussitôt/);
    await button("Annuler").click();
    const tab = await look();
    const asked: string[] = [];
    tab.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
    const banner = await tab.innerText(".visit");
    for (const word of ["Alan Turing", PERSON.email, "Grace Hopper", "en lecture seule"])
      expect(banner).toContain(word);
    const found: string[] = [];
    const links = tab.locator("nav#navigation a");
    const titles = await links.allInnerTexts();
    expect(titles.length).toBeGreaterThan(5);
    for (const at of titles.keys()) {
      await tab.setViewportSize({ width: 1280, height: 800 });
      await links.nth(at).click();
      await tab.waitForSelector("main h1");
      await tab.locator("main .loading").first().waitFor({ state: "detached" });
      const on = await tab.evaluate<string[]>(`
        [...document.querySelectorAll("button:enabled, input:enabled, select:enabled, textarea:enabled, main a.button")]
          .map((each) => each.ariaLabel || each.name || each.textContent)`);
      found.push(...on.filter((name) => !READS.includes(name)).map((name) => `${titles[at]}: ${name} is on`));
      for (const failed of await tab.locator("[role=alert] h3").allInnerTexts()) found.push(`${titles[at]}: ${failed}`);
      const width = [360, 1280][at % 2]!;
      await tab.setViewportSize({ width, height: 800 });
      found.push(...(await findBarriers(tab)).map((barrier) => `${titles[at]} ${width}: ${barrier}`));
      if (await isTooWide(tab)) found.push(`${titles[at]} is too wide for ${width}`);
    }
    expect(found).toEqual([]);
    await tab.setViewportSize({ width: 1280, height: 800 });
    await links.getByText("Connexions").click();
    await tab.getByRole("button", { name: "Suivant" }).click();
    await tab.getByText("Page 2", { exact: true }).waitFor();
    expect(asked.filter((each) => !each.startsWith(`GET ${service.origin}/`))).toEqual([]);

    // The token is nowhere but in the memory of that document: no other tab is somebody else, and a reload has none.
    const kept = "JSON.stringify([location.href, localStorage, sessionStorage, document.cookie, name, history.state])";
    for (const each of [tab, page]) expect(await each.evaluate(kept)).not.toContain("eyJ");
    expect(asked.join()).not.toContain("eyJ");
    expect(await tab.evaluate("opener")).toBe(null);
    await page.reload();
    await page.locator(".person .name", { hasText: "Grace Hopper" }).waitFor();
    await isSaid("Consultation par un administrateur");
    expect(await live()).toBe("1");
    await tab.reload();
    await isOver(tab, /Elle ne survit ni à un rechargement/);
    await expect.poll(live).toBe("0");
    await tab.close();
    expect(
      (await fetch(address("/api/users/me"), { headers: { Authorization: `Bearer ${personToken}` } })).status,
    ).toBe(200);
  }, 90_000);

  it("is shown until the person ends it, the reader has finished, or its time is over", async () => {
    let tab = await look();
    const [{ id } = { id: "" }] = await service.query<{ id: string }>(
      "select session_id as id from refresh_tokens where impersonator_id is not null and revoked_at is null",
    );
    const ended = await fetch(address(`/api/security/sessions/${id}`), {
      method: "DELETE",
      headers: { Authorization: `Bearer ${personToken}` },
    });
    expect(ended.status).toBe(200);
    await tab.locator("nav#navigation a").nth(2).click();
    await isOver(tab, /y a mis fin/);
    await tab.close();

    tab = await look();
    await tab.getByRole("button", { name: "Terminer" }).click();
    await isOver(tab, "Vous l'avez terminée.");
    expect(await findBarriers(tab)).toEqual([]);
    await expect.poll(live).toBe("0");
    await tab.goto(address("/health"));
    await tab.goBack();
    await isOver(tab, /Elle ne survit/);
    await tab.close();

    // A browser that opens no tab by itself gets a click.
    await page.route("**/impersonate", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), expiresIn: 4 } });
    });
    await ask();
    await page.evaluate("[window.kept, window.open] = [open, () => null]");
    await send();
    await isSaid("Votre navigateur n'a pas ouvert l'onglet de lui-même.");
    await page.evaluate("window.open = kept");
    [tab] = await Promise.all([page.context().waitForEvent("page"), button("Ouvrir l'onglet").click()]);
    await isOver(tab, /dix minutes sont écoulées/);
    await expect.poll(live).toBe("0");
    await tab.close();
    await page.unroute("**/impersonate");
    // Whoever has opened them is still who they are.
    await visit(`/admin/users/${String(staffId)}`);
    expect(await button("Voir ce que cette personne voit").count()).toBe(0);
    expect(complaints).toEqual([]);
  }, 90_000);

  it("is shown to nobody if its owner administers anything", async () => {
    const managerRole = await one(
      "insert into roles (name, permissions) values ('counter', '[\"stats:read\"]') returning id",
    );
    await service.query("update users set role_id = $1 where id = $2", [managerRole, personId]);
    await visit(`/admin/users/${personId}`);
    await button("Modifier le nom").waitFor();
    expect(await button("Voir ce que cette personne voit").count()).toBe(0);
    await service.query("update users set role_id = 0 where id = $1", [personId]);
  }, 60_000);
});

describe("an import", () => {
  const choose = (lines: string[]) =>
    page.setInputFiles("input[type=file]", {
      name: "people.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(lines.join("\n")),
    });

  it("shows what is in the file, and what became of each line", async () => {
    await visit("/admin/import");
    await choose([
      "email;prenom;nom;passwordHash;role",
      `mary@example.test;"Mary ""M""";Shelley;${HASH};`,
      `MARY@example.test;Mary;Again;${HASH};0`,
      "not an address;Ada;Byron;secret;first",
      `${STAFF};Grace;Hopper;${HASH};0`,
      `role@example.test;No;Role;${HASH};99`,
      "short",
    ]);
    await isSaid("3 lignes prêtes");
    await isSaid("3 lignes à corriger");
    await isSaid("Même adresse qu'à la ligne 2.");
    await isSaid("Cette ligne n'a pas autant de colonnes que l'en-tête.");
    await button("Importer 3 lignes").click();
    await agree().catch(() => {});
    await isSaid("Import terminé");
    await isSaid("créé 1");
    const rest = page.getByRole("table");
    expect(await rest.getByRole("row", { name: STAFF }).innerText()).toContain("existe déjà");
    expect(await rest.getByRole("row", { name: "role@example.test" }).innerText()).toContain("Ce rôle n'existe pas");
    expect(await one("select prenom from users where email = 'mary@example.test'")).toBe('Mary "M"');
  }, 60_000);

  it("goes on where it stopped, at once and after the page was closed", async () => {
    const lines = Array.from({ length: 450 }, (_, at) =>
      JSON.stringify({ email: `p${at}@import.test`, prenom: "P", nom: "Q", passwordHash: HASH }),
    );
    const imported = () => one<string>("select count(*) from users where email like '%@import.test'");
    let calls = 0;
    await page.route("**/api/admin/users/import", (route) => (++calls % 2 === 0 ? route.abort() : route.continue()));
    await visit("/admin/import");
    await choose(lines);
    await button("Importer 450 lignes").click();
    await dialog().getByRole("button", { name: "Importer 450 lignes", exact: true }).click();
    await isSaid("Import interrompu");
    await isSaid("200 sur 450 lignes");
    await button("Reprendre").click();
    await isSaid("400 sur 450 lignes");
    await button("Reprendre").waitFor();
    await visit("/admin/import");
    await choose(lines);
    await isSaid(/déjà été importé jusqu'à la ligne 400/);
    await button("Importer 50 lignes").click();
    await dialog().getByRole("button", { name: "Importer 50 lignes", exact: true }).click();
    await isSaid("Import terminé");
    await isSaid("Chaque ligne a créé un compte.");
    expect(await imported()).toBe("450");
    await page.unroute("**/api/admin/users/import");
  }, 60_000);
});

describe("the other pages", () => {
  it("make, change and delete roles", async () => {
    await visit("/admin/roles");
    // What the installation has written is read in every language, and stays what it is.
    await isSaid("Aucun droit");
    await button("Modifier guest").click();
    expect(await dialog().getByLabel("Description").inputValue()).toBe("Aucun droit");
    await agree();
    expect(await one("select description from roles where name = 'guest'")).toBe("No permission");
    await button("Créer un rôle").click();
    await dialog().getByLabel("Nom", { exact: true }).fill("Not A Name");
    await dialog().getByRole("button", { name: "Créer un rôle", exact: true }).click();
    await page.waitForSelector("dialog [aria-invalid]");
    await dialog().getByLabel("Nom", { exact: true }).fill("helper");
    await dialog().getByLabel("Consulter les comptes").check();
    await dialog().getByLabel("Droits d'autres services").fill("artists:read\nartists:write");
    await agree();
    await button("Modifier helper").click();
    await dialog().getByLabel("Consulter les comptes").uncheck();
    await dialog().getByLabel("Description").fill("Aide");
    await agree();
    await isSaid("artists:write");
    const [helper] = await service.query<{ id: number; permissions: string[] }>(
      "select id, permissions from roles where name = 'helper'",
    );
    expect(helper!.permissions).toEqual(["artists:read", "artists:write"]);
    await service.query("update users set role_id = $1 where id = $2", [helper!.id, memberId]);
    await page.reload();
    await button("Supprimer helper").click();
    await dialog().locator("select").selectOption({ label: "editor" });
    await agree();
    await isSaid("Tous les comptes ont leur nouveau rôle.");
    expect(await one("select role_id from users where id = $1", [memberId])).toBe(editorId);
  }, 60_000);

  it("register applications, show each secret once, change and delete them", async () => {
    const fill = (label: string, text: string) => dialog().getByLabel(label, { exact: true }).fill(text);
    const send = (name: string) => dialog().getByRole("button", { name, exact: true }).click();
    const complaint = () => page.locator("dialog [aria-invalid] ~ .error").innerText();
    const stored = (column: string) => one(`select ${column} from oauth_clients where name like 'Boutique%'`);
    await visit("/admin/applications");
    await button("Enregistrer une application").click();
    await fill("Nom", "Boutique");
    await fill("Adresses de retour", "https://shop.example/back\nhttp://shop.example/back");
    await send("Enregistrer une application");
    await page.waitForSelector('[name="redirectUris"][aria-invalid]');
    expect(await complaint()).toBe("« http://shop.example/back » : Adresse de retour non autorisée");
    await fill("Adresses de retour", "https://shop.example/back");
    await dialog().getByLabel("Droits qu'elle peut demander").fill("users:read");
    await send("Enregistrer une application");
    await page.waitForSelector('[name="permissions"][aria-invalid]');
    await dialog().getByLabel("Droits qu'elle peut demander").fill("artists:read");
    await send("Enregistrer une application");
    await isSaid("Copiez ce secret");
    expect(await findBarriers(page)).toEqual([]);
    const [secret] = await page.locator("dialog code").allInnerTexts();
    const id = String(await stored("client_id"));
    const ask = (secret: string) =>
      fetch(address("/oauth/token"), {
        method: "POST",
        headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
        body: new URLSearchParams({ grant_type: "client_credentials" }),
      });
    expect((await ask(secret!)).status).toBe(200);
    await send("C'est fait");
    await page.reload();
    await isSaid(id);
    expect(await page.content()).not.toContain(secret);

    await button("Renouveler le secret de Boutique").click();
    await dialog().locator("select").selectOption({ label: "plus du tout : il a fuité" });
    await send("Renouveler le secret");
    await isSaid("Copiez ce secret");
    const next = await page.locator("dialog code").innerText();
    await send("C'est fait");
    expect([(await ask(secret!)).status, (await ask(next)).status]).toEqual([401, 200]);

    // What it says of itself changes, not what its tokens say: they stay good.
    const mark = await stored("mark_id");
    await button("Modifier Boutique").click();
    await fill("Nom", "Boutique en ligne");
    await dialog().getByLabel("C'est une application interne").check();
    await dialog().locator('[name="backchannelLogoutUri"]').fill("https://10.0.0.1/out");
    await send("Modifier");
    await page.waitForSelector('[name="backchannelLogoutUri"][aria-invalid]');
    expect(await complaint()).toBe("Adresse refusée : il faut une adresse https publique");
    await dialog().locator('[name="backchannelLogoutUri"]').fill("http://127.0.0.1:9/out");
    await agree();
    await page.getByText("interne", { exact: true }).waitFor();
    expect(await stored("mark_id")).toBe(mark);
    await isSaid("http://127.0.0.1:9/out");
    await button("Désactiver Boutique en ligne").click();
    await agree();
    await isSaid("désactivée");
    expect((await ask(next)).status).toBe(401);
    await button("Réactiver Boutique en ligne").click();
    await agree();
    await button("Désactiver Boutique en ligne").waitFor();
    await button("Supprimer Boutique en ligne").click();
    await agree();
    await button("Modifier Boutique en ligne").waitFor({ state: "detached" });

    await button("Enregistrer une application").click();
    await fill("Nom", "Boutique mobile");
    await dialog().getByLabel("Type").selectOption({ index: 1 });
    await fill("Adresses de retour", "com.example.shop:/back");
    await agree();
    // It can't keep a secret, so it gets none.
    await button("Modifier Boutique mobile").waitFor();
    expect(await button("Renouveler le secret de Boutique mobile").count()).toBe(0);
    expect(await stored("hash")).toBe(null);
    // Nobody vouches for one that has registered itself.
    await service.query("update oauth_clients set source = 'registration' where name = 'Boutique mobile'");
    await page.reload();
    await isSaid("inscrite d'elle-même");
    await button("Modifier Boutique mobile").click();
    expect(await dialog().getByLabel("C'est une application interne").count()).toBe(0);
    await button("Annuler").click();
    expect(complaints).toEqual([]);
  }, 60_000);

  it("add a webhook, try it out, and send again what failed", async () => {
    const act = async (name: string, answer: () => Promise<unknown> = agree) => {
      if (!(await button(name).count())) {
        await button("Plus d'actions").click();
        await page.getByRole("menuitem", { name, exact: true }).click();
      } else await button(name).click();
      await answer();
    };
    const secretShown = async () => {
      await isSaid("Copiez ce secret");
      const secret = await page.locator("dialog code").innerText();
      await button("C'est fait").click();
      return secret;
    };
    const delivery = (text: string) => page.locator("tbody tr", { hasText: text }).first();
    await service.mailbox.behave("hook", { status: 500 });
    await visit("/admin/webhooks");
    await button("Ajouter un webhook").click();
    await dialog().getByLabel("Adresse").fill("https://169.254.169.254/latest");
    await dialog().getByLabel("Tous les événements").uncheck();
    await dialog().getByRole("button", { name: "Ajouter un webhook", exact: true }).click();
    await page.waitForSelector("dialog .message.bad");
    await page.locator("dialog summary", { hasText: "Mots de passe" }).click();
    await dialog().getByLabel("Tout ce groupe").locator("visible=true").check();
    await dialog().getByLabel("password.removed").uncheck();
    expect(await findBarriers(page)).toEqual([]);
    await dialog().getByRole("button", { name: "Ajouter un webhook", exact: true }).click();
    await page.waitForSelector('[name="url"][aria-invalid]');
    expect(await page.innerText("dialog .error")).toBe("Adresse refusée : il faut une adresse https publique");
    await dialog().getByLabel("Adresse").fill(service.mailbox.receiver("hook"));
    await dialog().getByRole("button", { name: "Ajouter un webhook", exact: true }).click();
    const secret = await secretShown();
    expect(await one("select events from webhook_endpoints where id <> $1", [WEBHOOK])).toEqual([
      "password.changed",
      "password.reset",
      "invitation.accepted",
    ]);
    await page.getByRole("link", { name: new URL(service.mailbox.receiver("hook")).host }).click();
    await page.locator("main .back").waitFor();
    expect(await page.content()).not.toContain(secret);

    await act("Envoyer un essai");
    await delivery("HTTP 500").waitFor();
    await service.query("update webhook_deliveries set status = 'failed'");
    await service.mailbox.behave("hook", { status: 204 });
    await page.reload();
    await delivery("échouée")
      .getByRole("button", { name: /^Relancer webhook.test nº \d+$/ })
      .click();
    await delivery("HTTP 204").waitFor();
    await delivery("livrée").waitFor();
    await service.query("update webhook_deliveries set status = 'failed'");
    await act("Relancer les échecs");
    await isSaid("Livraisons relancées : 1.");
    await act("Renouveler le secret", () => dialog().locator("form > .actions button").first().click());
    expect(await secretShown()).not.toBe(secret);
    await isSaid(/l'ancien secret/);
    await act("Modifier", async () => {
      await dialog().getByLabel("Description").fill("Facturation");
      await dialog().getByLabel("Tous les événements").check();
      await agree();
    });
    await isSaid("Facturation");
    await act("Mettre en pause");
    await isSaid(/rien ne lui est envoyé/);
    expect(await button("Relancer les échecs").count()).toBe(0);
    await act("Reprendre");
    await button("Envoyer un essai").waitFor();
    await act("Supprimer");
    await page.waitForURL(address("/admin/webhooks"));
    expect(complaints).toEqual([]);
  }, 60_000);

  it("read the audit log, and verify its chain", async () => {
    await visit("/admin/audit?action=role.deleted");
    await page.locator("summary", { hasText: "role.deleted" }).first().click();
    await isSaid("Empreinte");
    await button("Vérifier").click();
    await isSaid(/^Intact :/);
    const anchor = await page.locator(".message.good code").innerText();
    expect(anchor).toMatch(/^\d+:[0-9a-f]{64}$/);
    await page.getByLabel(/Repartir d'un repère/).fill(anchor.replace(/.$/, (sign) => (sign === "0" ? "1" : "0")));
    await button("Vérifier").click();
    await isSaid(/le journal a été réécrit/);
  }, 60_000);

  it("send an announcement, after saying how many it reaches", async () => {
    await visit(`/admin/broadcast?to=${memberId}`);
    await page.getByLabel("Titre").fill("Maintenance");
    await page.getByLabel("Texte").fill("Dimanche\nmatin");
    expect(await page.locator(".notice p").innerText()).toBe("Dimanche\nmatin");
    await page.getByLabel("Numéros de compte").fill(`${memberId}, x`);
    await button("Continuer").click();
    await isSaid("Un numéro de compte est un nombre, par exemple 42.");
    await page.getByLabel("Numéros de compte").fill(`${memberId}, ${memberId} ${staffId}`);
    await button("Continuer").click();
    await isSaid("Elle s'adresse à 2 personnes.");
    await button("Annuler").click();
    await page.getByLabel("À qui").selectOption({ label: "Les personnes qui ont un rôle" });
    await page.getByLabel("Rôle").selectOption({ label: "editor" });
    await button("Continuer").click();
    await isSaid("Elle s'adresse à 1 personne.");
    await button("Envoyer").click();
    await isSaid("L'annonce est en route");
    expect(await one("select target_id from audit_logs where action = 'notification.sent'")).toBe(
      await page.locator("main dd code").innerText(),
    );
  }, 60_000);

  it("retry a job that failed", async () => {
    const id = await insertDeadJob();
    await visit("/admin/jobs");
    await button(`Relancer la tâche forgot_password nº ${id}`).click();
    await agree();
    await button(`Relancer la tâche forgot_password nº ${id}`).waitFor({ state: "detached" });
    expect(await one("select count(*) from dead_jobs where id = $1", [id])).toBe("0");
  }, 60_000);

  it("draw the figures, which a table says too", async () => {
    await service.query(
      "insert into daily_statistics (day, sign_ups, logins, failures, counted_until) values (current_date - 3, 4711, 0, 0, now())",
    );
    await visit("/admin");
    await page.locator(".plot canvas").nth(1).waitFor();
    await page.locator("summary").nth(1).click();
    expect(await page.locator(".plot table").nth(1).innerText()).toMatch(/4\s711/);
    await page.getByLabel("Période").selectOption({ label: "7 derniers jours" });
    await settled();
    await page.locator("summary").nth(1).click();
    expect(await page.locator(".plot table").nth(1).locator("tbody tr").count()).toBe(7);
    // The policy of the pages has let the library draw.
    expect(complaints).toEqual([]);
  }, 60_000);
});
