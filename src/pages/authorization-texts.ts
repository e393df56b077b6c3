/** What the pages of the authorization server say. */
import type { Text } from "../errors.ts";

export const SCOPES: Record<string, Text> = {
  openid: { fr: "vous reconnaître à chaque connexion", en: "recognise you each time you sign in" },
  profile: { fr: "connaître votre nom et votre langue", en: "know your name and your language" },
  email: { fr: "connaître votre adresse email", en: "know your e-mail address" },
  offline_access: { fr: "garder cet accès lorsque vous n'êtes pas là", en: "keep this access while you are away" },
};

export const TEXTS = {
  goOn: { fr: "Continuer", en: "Continue" },
  consent: {
    fr: (name: string) => `Se connecter à ${name} ?`,
    en: (name: string) => `Sign in to ${name}?`,
  },
  selfRegistered: {
    fr: "Cette application s'est enregistrée elle-même ; personne n'a vérifié son nom.",
    en: "This application has registered itself; nobody has checked its name.",
  },
  presents: { fr: "Adresse de l'application :", en: "The application's address:" },
  signedInAs: { fr: "Vous êtes connecté en tant que", en: "You are signed in as" },
  itWill: { fr: "Cette application pourra :", en: "This application will be able to:" },
  use: { fr: "utiliser votre permission", en: "use your permission" },
  leadsTo: { fr: "Vous serez ensuite dirigé vers", en: "You will then be sent to" },
  allow: { fr: "Autoriser", en: "Allow" },
  deny: { fr: "Refuser", en: "Deny" },
  leave: { fr: "Se déconnecter ?", en: "Sign out?" },
  leaveWhat: {
    fr: "Vous serez déconnecté dans ce navigateur, et des applications que vous y avez ouvertes avec ce compte.",
    en: "You will be signed out of this browser, and of the applications that you signed in to with it.",
  },
  leaveNow: { fr: "Se déconnecter", en: "Sign out" },
  signedOut: {
    title: { fr: "Vous êtes déconnecté", en: "You are signed out" },
    content: { fr: "Vous pouvez fermer cette page.", en: "You can close this page." },
  },
  unknown_application: {
    title: { fr: "Application inconnue", en: "Unknown application" },
    content: {
      fr: "L'application qui vous a conduit ici n'est pas enregistrée. Contactez ses responsables.",
      en: "The application that sent you here is not registered. Contact the people who run it.",
    },
  },
  unknown_address: {
    title: { fr: "Adresse de retour inconnue", en: "Unknown return address" },
    content: {
      fr: "L'application qui vous a conduit ici demande à vous renvoyer vers une adresse qui n'est pas la sienne.",
      en: "The application that sent you here wants you sent back to an address that is not its own.",
    },
  },
  wrongRequest: {
    title: { fr: "Demande invalide", en: "Invalid request" },
    content: {
      fr: "L'application qui vous a conduit ici a envoyé une demande que ce service ne comprend pas.",
      en: "The application that sent you here made a request that this service does not understand.",
    },
  },
  tooLate: {
    title: { fr: "Demande expirée", en: "Request expired" },
    content: {
      fr: "Retournez à l'application et recommencez.",
      en: "Go back to the application and start again.",
    },
  },
} as const;
