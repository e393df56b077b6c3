/** The texts of the sign-in. */
import { inLanguage } from "../shared/texts.ts";

export const say = inLanguage({
  signIn: { fr: "Connexion", en: "Sign in" },
  signInLead: { fr: "Bon retour parmi nous.", en: "Good to see you again." },
  email: { fr: "Adresse email", en: "E-mail address" },
  password: { fr: "Mot de passe", en: "Password" },
  enter: { fr: "Se connecter", en: "Sign in" },
  forgotten: { fr: "Mot de passe oublié ?", en: "Forgotten your password?" },
  noAccount: { fr: "Pas encore de compte ?", en: "No account yet?" },
  createOne: { fr: "Créer un compte", en: "Create one" },
  register: { fr: "Créer un compte", en: "Create an account" },
  registerLead: { fr: "Il suffit d'une minute.", en: "It takes a minute." },
  firstName: { fr: "Prénom", en: "First name" },
  lastName: { fr: "Nom", en: "Last name" },
  passwordHint: {
    fr: (length: number) => `Au moins ${length} caractères ; une phrase convient très bien.`,
    en: (length: number) => `At least ${length} characters. A sentence works well.`,
  },
  create: { fr: "Créer le compte", en: "Create the account" },
  haveAccount: { fr: "Déjà un compte ?", en: "Already have an account?" },
  mailbox: { fr: "Consultez votre boîte mail", en: "Check your inbox" },
  mailboxLead: {
    fr: (email: string) => `Nous avons écrit à ${email}. Ouvrez le lien du message pour terminer l'inscription.`,
    en: (email: string) => `We have written to ${email}. Open the link in the message to finish.`,
  },
  nothingCame: {
    fr: "Rien reçu ? Regardez dans vos courriers indésirables.",
    en: "Nothing there? Check your spam folder.",
  },
  newLink: { fr: "Recevoir un nouveau lien", en: "Get a new link" },
  secondStep: { fr: "Vérification en deux étapes", en: "Two-step verification" },
  totp: { fr: "Code de votre application d'authentification", en: "Code from your authenticator" },
  totpHint: { fr: "Les six chiffres affichés en ce moment.", en: "The six digits that it shows now." },
  emailed: { fr: "Code reçu par email", en: "Code from the e-mail" },
  emailedHint: {
    fr: "Nous vous avons envoyé un code, valable 10 minutes.",
    en: "We have sent you a code. It expires in 10 minutes.",
  },
  recovery: { fr: "Code de récupération", en: "Recovery code" },
  recoveryHint: {
    fr: "Un des codes conservés lors de l'activation. Il ne servira qu'une fois.",
    en: "One of the codes that you kept when you turned this on. It works once.",
  },
  check: { fr: "Vérifier", en: "Verify" },
  usePasskey: { fr: "Utiliser ma clé d'accès", en: "Use my passkey" },
  passkeyHint: {
    fr: "Votre navigateur va vous demander votre clé d'accès : celle de cet appareil, d'un téléphone ou une clé de sécurité.",
    en: "Your browser will ask for your passkey: on this device, on a phone, or on a security key.",
  },
  byPasskey: { fr: "Utiliser une clé d'accès", en: "Use a passkey" },
  byTotp: { fr: "Utiliser l'application d'authentification", en: "Use the authenticator" },
  byEmail: { fr: "Recevoir un code par email", en: "Get a code by e-mail" },
  byRecovery: { fr: "Utiliser un code de récupération", en: "Use a recovery code" },
  byProvider: { fr: (name: string) => `Continuer avec ${name}`, en: (name: string) => `Continue with ${name}` },
  providerErrors: {
    fr: (code: string) =>
      ({
        federation_denied: "Vous avez annulé la connexion.",
        federation_refused: "Ce compte ne peut pas se connecter ainsi.",
        address_not_provided: "L'autre service n'a communiqué aucune adresse email.",
        address_not_proven: "L'autre service ne garantit pas votre adresse. Créez d'abord un compte, puis associez-le.",
        sign_in_to_link:
          "Un compte a déjà cette adresse. Connectez-vous, puis associez l'autre service depuis votre compte.",
        provider_unavailable: "L'autre service ne répond pas. Réessayez dans un instant.",
        service_unavailable: "Nous n'avons pas pu vous connecter. Réessayez dans un instant.",
      })[code] ?? "Cette connexion n'est plus valable. Recommencez.",
    en: (code: string) =>
      ({
        federation_denied: "You cancelled the sign-in.",
        federation_refused: "This account can't sign in this way.",
        address_not_provided: "The other service gave no e-mail address.",
        address_not_proven: "The other service doesn't vouch for your address. Create an account first, then link it.",
        sign_in_to_link: "An account has this address already. Sign in, then link the other service from your account.",
        provider_unavailable: "The other service is not answering. Try again in a moment.",
        service_unavailable: "We couldn't sign you in. Try again in a moment.",
      })[code] ?? "This sign-in is no longer valid. Start again.",
  },
  byMailedCode: { fr: "Recevoir un code par email", en: "E-mail me a sign-in code" },
  askForCode: { fr: "Se connecter avec un code", en: "Sign in with a code" },
  askForCodeLead: {
    fr: "Nous vous enverrons un code par email : pas besoin de mot de passe.",
    en: "We will e-mail you a code. You don't need your password.",
  },
  sendCode: { fr: "Envoyer le code", en: "Send the code" },
  codeSentLead: {
    fr: (email: string) => `Si ${email} a un compte ici, un code vient d'y être envoyé. Il est valable 10 minutes.`,
    en: (email: string) => `If ${email} has an account here, we have just sent a code to it. It expires in 10 minutes.`,
  },
  mailedCode: { fr: "Votre code", en: "Your code" },
  mailedCodeLead: {
    fr: "Saisissez ce code dans le navigateur où vous l'avez demandé.",
    en: "Type this code in the browser where you asked for it.",
  },
  again: { fr: "Renvoyer le code", en: "Send the code again" },
  sentAgain: { fr: "Un nouveau code est en route.", en: "A new code is on its way." },
  back: { fr: "Revenir à la connexion", en: "Back to sign in" },
  wait: {
    fr: (wait: string) => `Trop de tentatives. Réessayez dans ${wait}.`,
    en: (wait: string) => `Too many attempts. Try again in ${wait}.`,
  },
  expired: {
    fr: "Cette connexion a expiré. Recommencez.",
    en: "This sign-in has expired. Start again.",
  },
});
