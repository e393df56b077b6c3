/** What each page of a mailed link says and asks for, by its path. */
import type { Text } from "../errors.ts";

export interface LinkPage {
  /** Where the button sends the token. */
  action: string;
  title: Text;
  explanation: Text;
  button: Text;
  /** The headline after success. */
  done: Text;
  /** What to do after success. */
  next: Text;
  /** The form's field: a new password, sent with the token; or an address, sent instead of one. */
  asks?: "password" | "email";
  /** For a dead link: what to do, or the page that requests a new one. */
  renewal?: { text: Text; path?: string };
}

const SIGN_IN: Text = {
  fr: "Vous pouvez maintenant vous connecter.",
  en: "You can sign in now.",
};
const NEW_RESET = {
  text: { fr: "Demander un nouveau lien", en: "Request a new link" },
  path: "/forgot-password",
};

const CHOOSE_PASSWORD = {
  action: "/api/auth/reset-password",
  asks: "password",
  button: { fr: "Enregistrer", en: "Save" },
  done: { fr: "Mot de passe enregistré", en: "Password saved" },
  next: SIGN_IN,
} as const;

const SENT = {
  done: { fr: "Consultez votre boîte mail", en: "Check your inbox" },
  next: {
    fr: "Rien reçu ? Regardez dans vos courriers indésirables, puis réessayez dans quelques minutes.",
    en: "Nothing there? Check your spam folder, then try again in a few minutes.",
  },
} as const;

export const LINK_PAGES: Record<string, LinkPage> = {
  "/reset-password": {
    ...CHOOSE_PASSWORD,
    title: { fr: "Choisir un nouveau mot de passe", en: "Choose a new password" },
    explanation: {
      fr: "Tous vos appareils seront déconnectés.",
      en: "You will be signed out of all your devices.",
    },
    renewal: NEW_RESET,
  },
  "/accept-invitation": {
    ...CHOOSE_PASSWORD,
    title: { fr: "Accepter l'invitation", en: "Accept the invitation" },
    explanation: { fr: "Choisissez le mot de passe de votre compte.", en: "Choose a password for your account." },
    renewal: NEW_RESET,
  },
  "/verify-email": {
    action: "/api/auth/verify-email",
    title: { fr: "Vérifier votre adresse", en: "Verify your address" },
    explanation: {
      fr: "Choisissez le mot de passe de votre compte ; vous pouvez reprendre celui de l'inscription. Les appareils déjà connectés seront déconnectés.",
      en: "Choose a password for your account; it may be the one you registered with. You will be signed out of all your devices.",
    },
    asks: "password",
    button: { fr: "Vérifier mon adresse", en: "Verify my address" },
    done: { fr: "Adresse vérifiée", en: "Address verified" },
    next: SIGN_IN,
    renewal: {
      text: { fr: "Recevoir un nouveau lien", en: "Get a new link" },
      path: "/resend-verification",
    },
  },
  "/confirm-email": {
    action: "/api/auth/confirm-email",
    title: { fr: "Confirmer votre nouvelle adresse", en: "Confirm your new address" },
    explanation: {
      fr: "Cette adresse deviendra celle de votre compte.",
      en: "This will become your account's address.",
    },
    button: { fr: "Confirmer", en: "Confirm" },
    done: { fr: "Nouvelle adresse confirmée", en: "New address confirmed" },
    next: {
      fr: "Connectez-vous désormais avec cette adresse.",
      en: "From now on, sign in with this address.",
    },
    renewal: {
      text: {
        fr: "Connectez-vous et demandez à nouveau le changement d'adresse : vous recevrez un nouveau lien.",
        en: "Sign in and change your address again: you will get a new link.",
      },
    },
  },
  "/cancel-email-change": {
    action: "/api/auth/cancel-email-change",
    title: { fr: "Annuler le changement d'adresse", en: "Cancel the change of address" },
    explanation: {
      fr: "L'adresse de votre compte restera la même. Si vous n'aviez rien demandé, changez ensuite votre mot de passe.",
      en: "Your account will keep its current address. If you didn't request this change, change your password afterwards.",
    },
    button: { fr: "Annuler le changement", en: "Cancel the change" },
    done: { fr: "Changement annulé", en: "Change cancelled" },
    next: {
      fr: "Si vous n'aviez rien demandé, changez votre mot de passe.",
      en: "If you didn't request this change, change your password.",
    },
    renewal: { text: { fr: "Changer votre mot de passe", en: "Change your password" }, path: "/forgot-password" },
  },
  "/deny-login": {
    action: "/api/auth/deny-login",
    title: { fr: "Ce n'était pas vous ?", en: "Wasn't this you?" },
    explanation: {
      fr: "Cet appareil sera déconnecté, et vous recevrez un lien pour choisir un nouveau mot de passe.",
      en: "That device will be signed out, and we will e-mail you a link to choose a new password.",
    },
    button: { fr: "Ce n'était pas moi", en: "This wasn't me" },
    done: { fr: "Appareil déconnecté", en: "Device signed out" },
    next: {
      fr: "Ouvrez l'email que nous vous envoyons pour choisir un nouveau mot de passe.",
      en: "Open the e-mail we are sending you to choose a new password.",
    },
    renewal: { text: { fr: "Changer votre mot de passe", en: "Change your password" }, path: "/forgot-password" },
  },
  "/forgot-password": {
    action: "/api/auth/forgot-password",
    asks: "email",
    title: { fr: "Mot de passe oublié", en: "Forgotten your password?" },
    explanation: {
      fr: "Nous vous enverrons un lien pour choisir un nouveau mot de passe.",
      en: "We will e-mail you a link to choose a new one.",
    },
    button: { fr: "Envoyer le lien", en: "Send the link" },
    ...SENT,
  },
  "/resend-verification": {
    action: "/api/auth/verify-email/resend",
    asks: "email",
    title: { fr: "Recevoir un nouveau lien", en: "Get a new link" },
    explanation: {
      fr: "Nous vous enverrons un nouveau lien pour vérifier votre adresse.",
      en: "We will e-mail you a new link to verify your address.",
    },
    button: { fr: "Envoyer le lien", en: "Send the link" },
    ...SENT,
  },
};
