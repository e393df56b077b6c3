/** The texts of the components themselves. */
import { inLanguage, showNumber } from "../shared/texts.ts";

export const say = inLanguage({
  optional: { fr: "facultatif", en: "optional" },
  loading: { fr: "Chargement…", en: "Loading…" },
  failed: { fr: "Impossible d'afficher cette partie", en: "This part can't be shown" },
  retry: { fr: "Réessayer", en: "Try again" },
  close: { fr: "Fermer", en: "Close" },
  cancel: { fr: "Annuler", en: "Cancel" },
  copy: { fr: "Copier", en: "Copy" },
  copied: { fr: "Copié", en: "Copied" },
  shownOnce: {
    fr: "Ce texte ne sera plus affiché : gardez-le en lieu sûr.",
    en: "It is not shown again: keep it somewhere safe.",
  },
  kept: { fr: "C'est fait", en: "Done" },
  next: { fr: "Suivant", en: "Next" },
  previous: { fr: "Précédent", en: "Previous" },
  pages: { fr: "Pages", en: "Pages" },
  page: {
    fr: (number: number) => `Page ${showNumber(number)}`,
    en: (number: number) => `Page ${showNumber(number)}`,
  },
  menu: { fr: "Menu", en: "Menu" },
  toContent: { fr: "Aller au contenu", en: "Skip to the content" },
  notifications: { fr: "Messages", en: "Messages" },
  signOut: { fr: "Se déconnecter", en: "Sign out" },
  stillSignedIn: {
    fr: "Le service ne répond pas : vous êtes encore connecté.",
    en: "The service is not responding: you are still signed in.",
  },
  confirmIdentity: { fr: "Confirmez que c'est vous", en: "Confirm that it's you" },
  whyConfirm: {
    fr: "Cette action est sensible. Nous ne vous redemanderons rien pendant dix minutes.",
    en: "This is a sensitive action. You won't be asked again for ten minutes.",
  },
  signInAgain: {
    fr: "Votre compte n'a pas de mot de passe. Reconnectez-vous avec l'autre service : vous reviendrez ici, et pourrez recommencer.",
    en: "Your account has no password. Sign in again with the other service: you'll come back here and can try again.",
  },
  byProvider: { fr: (name: string) => `Continuer avec ${name}`, en: (name: string) => `Continue with ${name}` },
  yourPassword: { fr: "Votre mot de passe", en: "Your password" },
  code: { fr: "Code de votre application d'authentification", en: "Code from your authenticator" },
  byPassword: { fr: "Utiliser mon mot de passe", en: "Use my password" },
  byPasskey: { fr: "Utiliser une clé d'accès", en: "Use a passkey" },
  passkeyHint: {
    fr: "Votre appareil vous demandera votre empreinte, votre visage ou votre code.",
    en: "Your device will ask for your fingerprint, your face or your PIN.",
  },
  notConfirmed: {
    fr: "La clé d'accès n'a pas été utilisée. Réessayez, ou choisissez un autre moyen.",
    en: "The passkey wasn't used. Try again, or choose another way.",
  },
  byRecoveryCode: { fr: "Utiliser un code de récupération", en: "Use a recovery code" },
  recoveryCode: { fr: "Code de récupération", en: "Recovery code" },
  unread: {
    fr: (count: number) => (count === 1 ? "1 non lu" : `${count} non lus`),
    en: (count: number) => `${count} unread`,
  },
  byCode: { fr: "Utiliser un code", en: "Use a code" },
  goOn: { fr: "Continuer", en: "Continue" },
  notFound: { fr: "Cette page n'existe pas", en: "There is no such page" },
  home: { fr: "Aller à votre compte", en: "Go to your account" },
});
