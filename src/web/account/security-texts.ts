/** The texts of the page about security. */
import { inLanguage, isOne } from "../shared/texts.ts";

export const sayOfSecurity = {
  ...inLanguage({
    password: { fr: "Mot de passe", en: "Password" },
    passwordLead: {
      fr: "En changer déconnecte vos autres appareils.",
      en: "Changing it signs you out of your other devices.",
    },
    currentPassword: { fr: "Mot de passe actuel", en: "Current password" },
    newPassword: { fr: "Nouveau mot de passe", en: "New password" },
    passwordHint: {
      fr: (length: number) => `Au moins ${length} caractères. Une phrase convient très bien.`,
      en: (length: number) => `At least ${length} characters. A sentence works well.`,
    },
    changePassword: { fr: "Changer le mot de passe", en: "Change password" },

    secondFactors: { fr: "Double authentification", en: "Two-factor authentication" },
    secondFactorsLead: {
      fr: "Un code s'ajoute au mot de passe : le connaître ne suffit plus pour se connecter.",
      en: "A code on top of your password, so that knowing it is not enough to get in.",
    },
    isOn: { fr: "activée", en: "on" },
    since: { fr: (day: string) => `Depuis le ${day}`, en: (day: string) => `Since ${day}` },
    on: { fr: "Activer", en: "Turn on" },
    off: { fr: "Désactiver", en: "Turn off" },
    question: { fr: (act: string) => `${act} ?`, en: (act: string) => `${act}?` },
    lastOff: {
      fr: "C'est votre dernière protection : seul le mot de passe restera, et vos codes de récupération disparaîtront.",
      en: "It is your last one: only the password is left then, and your recovery codes go too.",
    },
    scan: {
      fr: "Scannez ce code avec votre application d'authentification, puis saisissez le code qu'elle affiche.",
      en: "Scan this code with your authenticator app, then enter the code it shows.",
    },
    qrCode: { fr: "Code QR pour votre application d'authentification", en: "QR code for your authenticator app" },
    cannotScan: { fr: "Vous ne pouvez pas le scanner ?", en: "Can't scan it?" },
    copySecret: { fr: "Copier la clé", en: "Copy the key" },
    openApp: { fr: "Ouvrir l'application", en: "Open the app" },
    codeOfApp: { fr: "Code affiché par l'application", en: "Code shown by the app" },
    codeOfAppHint: {
      fr: "Six chiffres, qui changent toutes les 30 secondes.",
      en: "Six digits, new every 30 seconds.",
    },
    codeSentTo: {
      fr: (address: string) => `Nous venons d'envoyer un code à ${address}. Saisissez-le ici.`,
      en: (address: string) => `We've sent a code to ${address}. Enter it here.`,
    },
    codeOfMail: { fr: "Code reçu par email", en: "Code from the e-mail" },
    sendAgain: { fr: "Renvoyer un code", en: "Send another code" },

    recoveryCodes: { fr: "Codes de récupération", en: "Recovery codes" },
    recoveryCodesHint: {
      fr: "Pour vous connecter si vous perdez tout le reste. Chacun ne sert qu'une fois.",
      en: "To get in if you lose everything else. Each works once.",
    },
    codesLeft: {
      fr: (left: number) => (isOne(left) ? `${left} restant` : `${left} restants`),
      en: (left: number) => `${left} left`,
    },
    newCodes: { fr: "En créer de nouveaux", en: "Make new ones" },
    keepCodes: { fr: "Gardez ces codes de récupération", en: "Keep these recovery codes" },
    keepCodesHint: {
      fr: "Ils ne seront plus affichés. Rangez-les là où vous les retrouverez sans votre téléphone ; les anciens ne fonctionnent plus.",
      en: "They won't be shown again. Put them where you'll find them without your phone; earlier ones no longer work.",
    },
    codesFile: {
      fr: (product: string, address: string, day: string) => `Codes de récupération ${product} de ${address}, ${day}`,
      en: (product: string, address: string, day: string) => `${product} recovery codes of ${address}, ${day}`,
    },
    codesFileName: { fr: "codes-de-recuperation.txt", en: "recovery-codes.txt" },
    copy: { fr: "Copier", en: "Copy" },
    download: { fr: "Télécharger", en: "Download" },
    print: { fr: "Imprimer", en: "Print" },
    haveKept: { fr: "Je les ai gardés", en: "I've kept them" },
    notKept: {
      fr: "Vous ne les avez ni copiés, ni téléchargés, ni imprimés. Si vous les avez notés, fermez de nouveau.",
      en: "You haven't copied, downloaded or printed them. Close once more if you've written them down.",
    },
  }),
  totp: inLanguage({
    name: { fr: "Application d'authentification", en: "Authenticator app" },
    hint: {
      fr: "Un code de votre téléphone, même sans réseau. C'est le plus sûr des deux.",
      en: "A code from your phone, even without a network. The safer of the two.",
    },
    turnOn: { fr: "Activer l'application d'authentification", en: "Turn on your authenticator app" },
    turnOff: { fr: "Désactiver l'application d'authentification", en: "Turn off your authenticator app" },
    off: {
      fr: "Ses codes ne serviront plus. Vos autres appareils seront déconnectés.",
      en: "Its codes stop working. You'll be signed out of your other devices.",
    },
  }),
  email: inLanguage({
    name: { fr: "Codes par email", en: "Codes by e-mail" },
    hint: {
      fr: "Un code envoyé à votre adresse à chaque connexion.",
      en: "A code sent to your address at each login.",
    },
    turnOn: { fr: "Activer les codes par email", en: "Turn on codes by e-mail" },
    turnOff: { fr: "Désactiver les codes par email", en: "Turn off codes by e-mail" },
    off: {
      fr: "Nous ne vous en enverrons plus. Vos autres appareils seront déconnectés.",
      en: "We'll send no more of them. You'll be signed out of your other devices.",
    },
  }),
};
