/** The dialogs of the account and of the administration, and the pages that show only after something was done. */
import type { Page } from "playwright-core";
import { press, type Shot } from "./shots.ts";

const SECURITY = "/account/security";
const APPLICATIONS = "/account/applications";

/** Each is opened by the last button that is called so. */
const dialogs = (as: Shot["as"] & string, path: string, buttons: Record<string, RegExp>): Shot[] =>
  Object.entries(buttons).map(([name, button]) => ({ name, path, as, before: press(button) }));

/** Each act on an account stands in its menu. */
const acts = (buttons: Record<string, RegExp>): Shot[] =>
  Object.entries(buttons).map(([name, act]) => ({
    name: `admin-user-${name}`,
    path: "/admin/users/:id",
    as: "admin",
    before: async (page) => {
      await page.click("main [aria-haspopup]");
      await page.getByRole("menuitem", { name: act }).click();
      await page.waitForSelector("dialog");
    },
  }));

export const DIALOG_SHOTS: Shot[] = [
  ...dialogs("member", "/account/devices", {
    "account-end-others": /^(Déconnecter les autres|Sign out the others)/,
  }),
  ...dialogs("member", APPLICATIONS, {
    "account-key-new": /^(Nouvelle clé|New key)/,
    "account-key-rename": /^(Renommer|Rename) /,
    "account-key-rotate": /^(Renouveler|Rotate) /,
    "account-key-revoke": /^(Révoquer|Revoke) /,
  }),
  { name: "account-settled-applications", path: APPLICATIONS, as: "settled" },
  ...dialogs("settled", APPLICATIONS, { "account-withdraw": /^(Retirer l'accès|Remove access)/ }),
  { name: "account-settled", path: SECURITY, as: "settled" },
  ...dialogs("settled", SECURITY, {
    "account-passkey-rename": /^(Renommer|Rename) /,
    "account-passkey-remove": /^(Supprimer|Delete) /,
    "account-drop-password": /^(Supprimer le mot de passe|Remove the password)/,
    "account-factor-off": /^(Désactiver l'application|Turn off your authenticator)/,
  }),
  {
    name: "account-recovery-codes",
    path: SECURITY,
    as: "settled",
    before: async (page) => {
      await press(/^(En créer de nouveaux|Make new ones)/)(page);
      await page.waitForSelector("dialog");
      const confirm = page.locator("dialog .primary");
      if (await confirm.count()) await confirm.click();
      await page.waitForSelector("dialog ol, dialog li");
    },
  },
  ...acts({
    address: /^(Changer l'adresse|Change the address)/,
    role: /^(Changer de rôle|Change the role)/,
    disable: /^(Désactiver|Disable)/,
    logout: /^(Fermer toutes les sessions|End all sessions)/,
    reset: /^(Retirer la double|Remove second)/,
  }),
  ...dialogs("admin", "/admin/users/:id", {
    "admin-user-name": /^(Modifier le nom|Change the name)/,
    "admin-user-session": /^(Fermer la session|End the session)/,
    "admin-user-view": /^(Mettre fin à la consultation|End the administrator)/,
    "admin-user-key": /^(Révoquer|Revoke)/,
  }),
  { name: "admin-users-deleted", path: "/admin/users?status=deleted", as: "admin" },
  ...dialogs("admin", "/admin/roles", {
    "admin-role-new": /^(Créer un rôle|Create a role)/,
    "admin-role-installed": /^(Modifier guest|Edit guest)/,
    "admin-role-delete": /^(Supprimer|Delete) support/,
  }),
  ...dialogs("admin", "/admin/applications", {
    "admin-application-new": /^(Enregistrer une|Register an)/,
    "admin-application-rotate": /^(Renouveler le secret|Rotate the secret)/,
    "admin-application-disable": /^(Désactiver|Disable) /,
    "admin-application-delete": /^(Supprimer|Delete) /,
  }),
  {
    name: "admin-application-secret",
    path: "/admin/applications",
    as: "admin",
    before: async (page) => {
      await press(/^(Renouveler le secret|Rotate the secret)/)(page);
      await page.click("dialog .primary, dialog .danger");
      await page.waitForSelector("dialog .issued");
    },
  },
  { name: "admin-audit-none", path: "/admin/audit?action=nothing.such", as: "admin" },
  { name: "admin-audit-open", path: "/admin/audit", as: "admin", before: (page) => page.click("main tbody summary") },
  {
    name: "forgot-password-sent",
    path: "/forgot-password",
    before: async (page) => {
      await page.fill("#email", "somebody@example.test");
      await page.locator("form button").click();
      await page.waitForSelector(".success");
    },
  },
  {
    name: "docs-try",
    path: "/docs#getHealth",
    before: async (page) => {
      await page.fill("#search", "health");
      await page.click("#getHealth .try > summary");
      await page.locator("#getHealth .try button").click();
      await page.waitForSelector("#getHealth .try pre");
    },
  },
  {
    name: "docs-try-signed-in",
    path: "/docs#listManagedUsers",
    as: "admin",
    before: async (page) => {
      await page.fill("#search", "listManagedUsers");
      await page.click("#listManagedUsers .try > summary");
      await page.locator("#listManagedUsers .try button").click();
      await page.waitForSelector("#listManagedUsers .try pre");
    },
  },
  { name: "docs-none", path: "/docs", before: (page: Page) => page.fill("#search", "nothing is called so") },
];
