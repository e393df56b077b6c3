/** What each page of a mailed link says and asks for, by its path. */
import type { Text } from "../errors.ts";

export interface LinkPage {
  /** Where the button sends the token. */
  action: string;
  title: Text;
  explanation: Text;
  button: Text;
  /** The headline once it is done. */
  done: Text;
  /** What to do then. */
  next: Text;
  /** What is asked for besides: a new password; or the address, in place of a link's token. */
  asks?: "password" | "email";
  /** Where the link is dead: what to do, or where another one is asked for. */
  renewal?: { text: Text; path?: string };
}

const SIGN_IN: Text = {
  fr: "Vous pouvez maintenant vous connecter.",
  en: "You can sign in now.",
};
const NEW_RESET = {
  text: { fr: "Demander un nouveau lien", en: "Ask for a new link" },
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
  done: { fr: "Consultez votre boîte mail", en: "Look into your mailbox" },
  next: {
    fr: "Rien reçu ? Regardez dans les indésirables, puis réessayez dans quelques minutes.",
    en: "Nothing there? Look into the junk mail, then try again in a few minutes.",
  },
} as const;

export const LINK_PAGES: Record<string, LinkPage> = {
  "/reset-password": {
    ...CHOOSE_PASSWORD,
    title: { fr: "Choisir un nouveau mot de passe", en: "Choose a new password" },
    explanation: {
      fr: "Tous vos appareils seront déconnectés.",
      en: "All your devices will be signed out.",
    },
    renewal: NEW_RESET,
  },
  "/accept-invitation": {
    ...CHOOSE_PASSWORD,
    title: { fr: "Accepter l'invitation", en: "Accept the invitation" },
    explanation: { fr: "Choisissez le mot de passe de votre compte.", en: "Choose the password of your account." },
    renewal: NEW_RESET,
  },
  "/verify-email": {
    action: "/api/auth/verify-email",
    title: { fr: "Vérifier votre adresse", en: "Verify your address" },
    explanation: {
      fr: "Choisissez le mot de passe de votre compte, le même qu'à l'inscription si vous voulez. Les appareils déjà connectés seront déconnectés.",
      en: "Choose the password of your account, the one you registered with if you like. Devices that are signed in will be signed out.",
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
      en: "This address will become that of your account.",
    },
    button: { fr: "Confirmer", en: "Confirm" },
    done: { fr: "Nouvelle adresse confirmée", en: "New address confirmed" },
    next: {
      fr: "Connectez-vous désormais avec cette adresse.",
      en: "From now on, sign in with this address.",
    },
    renewal: {
      text: {
        fr: "Connectez-vous et demandez le changement d'adresse une nouvelle fois : un nouveau lien sera envoyé.",
        en: "Sign in and ask for the change of address again: a new link will be sent.",
      },
    },
  },
  "/cancel-email-change": {
    action: "/api/auth/cancel-email-change",
    title: { fr: "Annuler le changement d'adresse", en: "Cancel the e-mail change" },
    explanation: {
      fr: "L'adresse de votre compte restera la même. Si vous n'aviez rien demandé, changez ensuite votre mot de passe.",
      en: "The address of your account will stay the same. If you had asked for nothing, change your password next.",
    },
    button: { fr: "Annuler le changement", en: "Cancel the change" },
    done: { fr: "Changement annulé", en: "Change cancelled" },
    next: {
      fr: "Si vous n'aviez rien demandé, changez votre mot de passe.",
      en: "If you had asked for nothing, change your password.",
    },
    renewal: { text: { fr: "Changer votre mot de passe", en: "Change your password" }, path: "/forgot-password" },
  },
  "/deny-login": {
    action: "/api/auth/deny-login",
    title: { fr: "Ce n'était pas vous ?", en: "This was not you?" },
    explanation: {
      fr: "Cette connexion sera fermée, et vous recevrez un lien pour choisir un nouveau mot de passe.",
      en: "That login will be closed, and you will be sent a link to choose a new password.",
    },
    button: { fr: "Ce n'était pas moi", en: "This was not me" },
    done: { fr: "Connexion fermée", en: "Login closed" },
    next: {
      fr: "Ouvrez l'email que nous vous envoyons pour choisir un nouveau mot de passe.",
      en: "Open the e-mail that we are sending you to choose a new password.",
    },
    renewal: { text: { fr: "Changer votre mot de passe", en: "Change your password" }, path: "/forgot-password" },
  },
  "/forgot-password": {
    action: "/api/auth/forgot-password",
    asks: "email",
    title: { fr: "Mot de passe oublié", en: "Forgotten password" },
    explanation: {
      fr: "Nous vous enverrons un lien pour choisir un nouveau mot de passe.",
      en: "We will send you a link to choose a new password.",
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
      en: "We will send you a new link to verify your address.",
    },
    button: { fr: "Envoyer le lien", en: "Send the link" },
    ...SENT,
  },
};
