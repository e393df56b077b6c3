/** The texts about passkeys. */
import { inLanguage } from "../shared/texts.ts";

export const sayOfPasskeys = inLanguage({
  passkeys: { fr: "Clés d'accès", en: "Passkeys" },
  passkeysLead: {
    fr: "Connectez-vous avec votre empreinte, votre visage ou le code de votre appareil, sans mot de passe à retenir.",
    en: "Sign in with your fingerprint, your face or your device's PIN, and no password to remember.",
  },
  add: { fr: "Ajouter une clé", en: "Add a passkey" },
  passkey: { fr: "Clé d'accès", en: "Passkey" },
  none: { fr: "Aucune clé d'accès", en: "No passkeys yet" },
  noneHint: {
    fr: "Plus simple qu'un mot de passe, et personne ne peut vous la soutirer. Dès la première, le mot de passe seul ne suffit plus pour se connecter.",
    en: "Simpler than a password, and nobody can trick you out of it. From the first one on, the password alone no longer gets anybody in.",
  },
  notHere: {
    fr: "Ce navigateur ne gère pas les clés d'accès.",
    en: "This browser doesn't support passkeys.",
  },
  hasOne: {
    fr: "Cet appareil a déjà une clé d'accès pour ce compte.",
    en: "This device already has a passkey for this account.",
  },
  notMade: { fr: "L'appareil n'a pas pu créer la clé d'accès.", en: "The device couldn't create the passkey." },
  synced: { fr: "synchronisée", en: "synced" },
  times: {
    fr: (made: string, used: string | null) =>
      `Ajoutée le ${made} · ${used ? `utilisée le ${used}` : "jamais utilisée"}`,
    en: (made: string, used: string | null) => `Added ${made} · ${used ? `last used ${used}` : "never used"}`,
  },
  secondOnly: { fr: "S'utilise après le mot de passe.", en: "Works after the password." },
  rename: { fr: "Renommer", en: "Rename" },
  renameNamed: { fr: (name: string) => `Renommer ${name}`, en: (name: string) => `Rename ${name}` },
  name: { fr: "Nom", en: "Name" },
  remove: { fr: "Supprimer", en: "Delete" },
  removeNamed: { fr: (name: string) => `Supprimer ${name}`, en: (name: string) => `Delete ${name}` },
  removeQuestion: { fr: (name: string) => `Supprimer ${name} ?`, en: (name: string) => `Delete ${name}?` },
  removeHint: {
    fr: "Vous ne pourrez plus vous connecter avec elle. Vos autres appareils seront déconnectés.",
    en: "It will no longer open your account. You'll be signed out of your other devices.",
  },
  dropPassword: { fr: "Supprimer le mot de passe", en: "Remove the password" },
  dropQuestion: { fr: "Supprimer votre mot de passe ?", en: "Remove your password?" },
  dropHint: {
    fr: "Vous ne vous connecterez plus qu'avec vos clés d'accès. Vos autres appareils seront déconnectés.",
    en: "You'll get in with your passkeys alone. You'll be signed out of your other devices.",
  },
  noPassword: {
    fr: "Ce compte n'a pas de mot de passe : vos clés d'accès suffisent.",
    en: "This account has no password: your passkeys are all it takes.",
  },
  nothingElse: {
    fr: "Ce compte n'a pas de mot de passe : vous vous connectez avec un compte externe. Pour en choisir un, déconnectez-vous, puis demandez un nouveau mot de passe.",
    en: "This account has no password: you sign in with another service. To choose one, sign out and ask for a new password.",
  },
});
