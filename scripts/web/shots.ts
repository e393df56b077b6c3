/** The pages and their states that are worth a look: each is a picture. */
import type { Page } from "playwright-core";

export const PASSWORD = "Correct cheval pile agrafe";
/** A member, an administrator, somebody who has just come, somebody with a second factor, somebody with everything. */
export const ADDRESSES = {
  member: "ada@example.test",
  admin: "grace@example.test",
  newcomer: "zoe@example.test",
  guarded: "mary@example.test",
  settled: "paul@example.test",
};

export interface Shot {
  name: string;
  /** `:id` is an account with something to look at, `:client` an application that people sign in to. */
  path: string;
  /** As whom: nobody, unless it says. */
  as?: "member" | "admin" | "newcomer" | "settled";
  /** What happens before the picture. */
  before?: (page: Page) => Promise<unknown>;
  /** The tab that it opens, whose picture it is then. */
  opens?: (page: Page) => Promise<Page>;
}

/** One line for each page and each state that is worth a look. */
export const SHOTS: Shot[] = [
  { name: "sign-in", path: "/sign-in" },
  {
    name: "sign-in-refused",
    path: "/sign-in",
    before: async (page) => {
      await page.fill("#email", ADDRESSES.member);
      await page.fill("#password", "something else");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".message");
    },
  },
  {
    name: "sign-in-second-step",
    path: "/sign-in",
    before: async (page) => {
      await fillIn(page, ADDRESSES.guarded);
      await page.waitForSelector("[name=code]");
    },
  },
  {
    name: "sign-in-mailed-code",
    path: "/sign-in",
    before: async (page) => {
      await press(/code par email|code by e-mail|sign-in code/)(page);
      await page.fill("#email", ADDRESSES.member);
      await page.keyboard.press("Enter");
      await page.waitForSelector("[name=code]");
    },
  },
  { name: "sign-in-provider-refused", path: "/sign-in#error=sign_in_to_link" },
  { name: "email-code-elsewhere", path: "/email-code#code=123456" },
  { name: "sign-in-already", path: "/sign-in", as: "member" },
  { name: "register", path: "/register" },
  {
    name: "register-refused",
    path: "/register",
    before: async (page) => {
      for (const name of ["prenom", "nom"]) await page.fill(`[name=${name}]`, "Ada");
      await page.fill("[name=email]", ADDRESSES.member);
      await page.fill("[name=password]", "court");
      await page.keyboard.press("Enter");
      await page.waitForSelector("[aria-invalid=true]");
    },
  },
  { name: "forgot-password", path: "/forgot-password" },
  { name: "reset-password", path: "/reset-password#token=some" },
  { name: "reset-password-cut", path: "/reset-password" },
  { name: "accept-invitation", path: "/accept-invitation#token=some" },
  {
    name: "verify-email-dead",
    path: "/verify-email#token=some",
    before: async (page) => {
      for (const field of await page.locator("input[type=password]").all()) await field.fill(PASSWORD);
      await page.locator("form button").click();
      await page.waitForSelector("#renewal:not([hidden])");
    },
  },
  { name: "verify-email", path: "/verify-email#token=some" },
  { name: "confirm-email", path: "/confirm-email#token=some" },
  { name: "cancel-email-change", path: "/cancel-email-change#token=some" },
  { name: "deny-login", path: "/deny-login#token=some" },
  { name: "resend-verification", path: "/resend-verification" },
  { name: "consent", path: "/oauth/authorize?:client", as: "member" },
  { name: "consent-wrong", path: "/oauth/authorize?client_id=unknown" },
  { name: "logout", path: "/oauth/logout", as: "member" },
  { name: "not-found", path: "/there-is-nothing-here" },
  { name: "provider-away", path: "/api/auth/federated/google/callback?state=x" },
  { name: "home", path: "/" },
  { name: "account", path: "/account", as: "member" },
  { name: "account-security", path: "/account/security", as: "member" },
  {
    name: "account-authenticator",
    path: "/account/security",
    as: "member",
    before: async (page) => {
      await press(/^(Activer l'application|Turn on your authenticator)/)(page);
      await page.waitForSelector("dialog .qr");
    },
  },
  { name: "account-linked", path: "/account/security#linked=google", as: "member" },
  {
    name: "account-unlink",
    path: "/account/security",
    as: "member",
    before: press(/^(Dissocier|Unlink) Google/),
  },
  {
    name: "account-mail-codes",
    path: "/account/security",
    as: "newcomer",
    before: async (page) => {
      await press(/^(Activer les codes|Turn on codes)/)(page);
      await page.waitForSelector("dialog [name=code]");
    },
  },
  { name: "account-address", path: "/account", as: "member", before: press(/^(Changer d'adresse|Change address)/) },
  { name: "account-offline", path: "/account", as: "member", before: offline },
  { name: "account-away", path: "/account/devices", as: "member", before: breakOff },
  { name: "account-missing", path: "/account/nothing", as: "member" },
  { name: "account-menu", path: "/account", as: "member", before: openMenu },
  {
    name: "account-key",
    path: "/account/applications",
    as: "member",
    before: async (page) => {
      await press(/^(Nouvelle clé|New key)/)(page);
      await page.fill("dialog [name=name]", "Sauvegarde du soir");
      await page.keyboard.press("Enter");
      await page.waitForSelector("dialog .secret, dialog .issued");
    },
  },
  {
    name: "account-delete",
    path: "/account/data",
    as: "member",
    before: press(/^(Supprimer mon compte|Delete my account)/),
  },
  { name: "account-devices-new", path: "/account/devices", as: "newcomer" },
  { name: "account-security-new", path: "/account/security", as: "newcomer" },
  { name: "account-applications-new", path: "/account/applications", as: "newcomer" },
  { name: "account-messages-new", path: "/account/messages", as: "newcomer" },
  { name: "account-devices", path: "/account/devices", as: "member" },
  { name: "account-applications", path: "/account/applications", as: "member" },
  { name: "account-history", path: "/account/history", as: "member" },
  { name: "account-messages", path: "/account/messages", as: "member" },
  { name: "account-data", path: "/account/data", as: "member" },
  { name: "admin", path: "/admin", as: "admin", before: (page) => page.waitForSelector(".u-wrap canvas") },
  { name: "admin-denied", path: "/admin", as: "member" },
  { name: "admin-users", path: "/admin/users", as: "admin" },
  { name: "admin-users-none", path: "/admin/users?q=zzz", as: "admin" },
  { name: "admin-invite", path: "/admin/users", as: "admin", before: (page) => page.click("main header .primary") },
  { name: "admin-user", path: "/admin/users/:id", as: "admin" },
  {
    name: "admin-delete",
    path: "/admin/users/:id",
    as: "admin",
    before: async (page) => {
      await page.click("main [aria-haspopup]");
      await page.click("[role=menuitem].risky:last-child");
    },
  },
  {
    name: "admin-look",
    path: "/admin/users/:id",
    as: "admin",
    before: press(/^(Voir ce que cette|See what this)/),
  },
  { name: "account-visit", path: "/admin/users/:id", as: "admin", opens: openVisit },
  {
    name: "account-visit-over",
    path: "/admin/users/:id",
    as: "admin",
    opens: async (page) => {
      const tab = await openVisit(page);
      await tab.click(".visit button");
      return tab;
    },
  },
  { name: "admin-import", path: "/admin/import", as: "admin" },
  { name: "admin-import-preview", path: "/admin/import", as: "admin", before: chooseFile },
  {
    name: "admin-import-done",
    path: "/admin/import",
    as: "admin",
    before: async (page) => {
      await chooseFile(page);
      await page.click("main .actions .primary");
      await page.click("dialog .primary");
      await page.waitForSelector("main table");
    },
  },
  { name: "admin-roles", path: "/admin/roles", as: "admin" },
  { name: "admin-role", path: "/admin/roles", as: "admin", before: (page) => page.click("tbody tr:last-child button") },
  { name: "admin-applications", path: "/admin/applications", as: "admin" },
  {
    name: "admin-application",
    path: "/admin/applications",
    as: "admin",
    before: (page) => page.click("main .item button"),
  },
  { name: "admin-webhooks", path: "/admin/webhooks", as: "admin" },
  {
    name: "admin-webhook-one",
    path: "/admin/webhooks",
    as: "admin",
    before: async (page) => {
      await page.getByRole("link", { name: "hooks.example.com" }).click();
      await page.waitForSelector("main .back");
      await page.waitForSelector("main tbody tr");
    },
  },
  {
    name: "admin-webhook-add",
    path: "/admin/webhooks",
    as: "admin",
    before: async (page) => {
      await page.click("main header .primary");
      await page.getByLabel("Tous les événements").uncheck();
      await page.locator("dialog summary").nth(1).click();
    },
  },
  {
    name: "admin-audit",
    path: "/admin/audit",
    as: "admin",
    before: async (page) => {
      await page.click("main form .primary");
      await page.waitForSelector(".message.good");
    },
  },
  {
    name: "admin-broadcast",
    path: "/admin/broadcast",
    as: "admin",
    before: async (page) => {
      await page.fill("[name=title]", "Maintenance dimanche");
      await page.fill("[name=content]", "Le service sera coupé dimanche de 6 h à 6 h 30.\nMerci de votre patience.");
    },
  },
  {
    name: "admin-broadcast-confirm",
    path: "/admin/broadcast",
    as: "admin",
    before: async (page) => {
      await page.fill("[name=title]", "Maintenance");
      await page.fill("[name=content]", "Dimanche.");
      await page.click("main form .primary");
      await page.waitForSelector("dialog");
    },
  },
  { name: "admin-jobs", path: "/admin/jobs", as: "admin" },
  { name: "docs", path: "/docs" },
  {
    name: "docs-open",
    path: "/docs#changeProfile",
    before: (page) => page.waitForSelector(".details"),
  },
  { name: "gallery", path: "/gallery" },
];

async function openVisit(page: Page): Promise<Page> {
  const look = { name: /^(Voir ce que cette personne voit|See what this person sees)$/ };
  await page.getByRole("button", look).click();
  await page.fill("dialog [name=reason]", "42");
  const tab = page.context().waitForEvent("page");
  await page.getByRole("dialog").getByRole("button", look).click();
  await (await tab).waitForSelector("main h2");
  return tab;
}

async function chooseFile(page: Page): Promise<void> {
  const lines = [
    "email,prenom,nom,passwordHash,role",
    ...["Hedy,Lamarr", "Mary,Shelley"].map(
      (name, at) => `${at}@example.com,${name},$2b$10$${"a".repeat(21)}.${"a".repeat(31)},0`,
    ),
    `grace@example.test,Grace,Hopper,$2b$10$${"a".repeat(21)}.${"a".repeat(31)},0`,
    "not an address,Ada,Byron,secret,first",
  ];
  await page.setInputFiles("input[type=file]", {
    name: "comptes.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(lines.join("\n")),
  });
  await page.waitForSelector("main table");
}

/** Ends in the account. */
export async function signIn(page: Page, email: string): Promise<void> {
  await fillIn(page, email);
  await page.waitForURL("**/account");
  await page.waitForSelector("main h1");
}

async function fillIn(page: Page, email: string): Promise<void> {
  await page.fill("#email", email);
  await page.fill("#password", PASSWORD);
  await page.keyboard.press("Enter");
}

/** The last button that is called so, in either language. */
export function press(name: RegExp): (page: Page) => Promise<void> {
  return (page) => page.getByRole("button", { name }).last().click();
}

/** As the reader sees it once the service, or the network, is away. */
async function offline(page: Page): Promise<void> {
  await page.context().setOffline(true);
  await page.waitForSelector(".offline");
}

async function breakOff(page: Page): Promise<void> {
  await page.route("**/api/security/**", (route) => route.abort());
  await page.reload();
  await page.waitForSelector(".state[role=alert]", { timeout: 20_000 });
  await page.unrouteAll();
}

async function openMenu(page: Page): Promise<void> {
  const narrow = page.locator(".only-narrow");
  if (await narrow.isVisible()) await narrow.click();
  await page.click(".person button");
}
