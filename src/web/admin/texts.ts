/** The texts that several pages of the administration share. */
import { inLanguage } from "../shared/texts.ts";

export const say = inLanguage({
  administration: { fr: "Administration", en: "Administration" },
  account: { fr: "Votre compte", en: "Your account" },

  overview: { fr: "Vue d'ensemble", en: "Overview" },
  accounts: { fr: "Comptes", en: "Accounts" },
  import: { fr: "Import", en: "Import" },
  roles: { fr: "Rôles", en: "Roles" },
  applications: { fr: "Applications", en: "Applications" },
  webhooks: { fr: "Webhooks", en: "Webhooks" },
  webhook: { fr: "Webhook", en: "Webhook" },
  audit: { fr: "Journal d'audit", en: "Audit log" },
  broadcast: { fr: "Annonces", en: "Announcements" },
  jobs: { fr: "Tâches abandonnées", en: "Failed jobs" },
  accountsLead: { fr: "Les personnes qui ont un compte.", en: "The people who have an account." },
  importLead: {
    fr: "Reprenez les comptes d'un autre service, mots de passe compris.",
    en: "Bring accounts over from another service, passwords included.",
  },
  rolesLead: { fr: "Ce que chacun a le droit de faire.", en: "Who is allowed to do what." },
  applicationsLead: {
    fr: "Les sites et les programmes qui obtiennent des jetons de ce service.",
    en: "The sites and programs that get tokens of this service.",
  },
  webhooksLead: {
    fr: "Les autres systèmes, prévenus de ce qui se passe ici.",
    en: "Other systems, told of what happens here.",
  },
  auditLead: {
    fr: "Qui a fait quoi, et quand. Rien ne s'y efface.",
    en: "Who did what, and when. Nothing in it can be erased.",
  },
  broadcastLead: {
    fr: "Un message à quelques personnes, à un rôle ou à tout le monde.",
    en: "A message to a few people, a role, or everyone.",
  },
  jobsLead: {
    fr: "Ce que le service n'a pas réussi à faire malgré plusieurs essais.",
    en: "What the service could not get done, even after several tries.",
  },

  name: { fr: "Nom", en: "Name" },
  address: { fr: "Adresse email", en: "E-mail address" },
  role: { fr: "Rôle", en: "Role" },
  state: { fr: "État", en: "State" },
  acts: { fr: "Actions", en: "Actions" },
  time: { fr: "Date", en: "Date" },
  place: { fr: "Lieu", en: "Place" },
  none: { fr: "aucun", en: "none" },
  never: { fr: "jamais", en: "never" },
  save: { fr: "Enregistrer", en: "Save" },
  more: { fr: "Plus d'actions", en: "More actions" },
  everyone: { fr: "Tous", en: "All" },
  number: {
    fr: (id: string) => `Compte nº ${id}`,
    en: (id: string) => `Account ${id}`,
  },

  denied: { fr: "Vous n'avez pas accès à cette page", en: "You don't have access to this page" },
  deniedWhy: {
    fr: "Votre rôle ne le permet pas. Si vous en avez besoin, demandez-le à un administrateur.",
    en: "Your role doesn't allow it. If you need it, ask an administrator.",
  },
  needsCode: { fr: "Connectez-vous avec un second facteur", en: "Sign in with a second factor" },
  needsCodeWhy: {
    fr: "L'administration demande une clé d'accès ou un code de votre application d'authentification. Ajoutez l'une ou l'autre dans votre compte si ce n'est pas fait, puis déconnectez-vous et reconnectez-vous avec.",
    en: "Administration asks for a passkey or a code from your authenticator. Add one of them in your account if you haven't, then sign out and sign in again with it.",
  },
  toAccount: { fr: "Ouvrir votre compte", en: "Open your account" },
});
